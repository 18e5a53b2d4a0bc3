"""The picture of a game: any size of window, text that is whole, overlays that show."""

import re
from dataclasses import replace

import numpy as np
import pytest
from innershift.analysis.play import picture
from innershift.analysis.play.game import HELP, Command, Game, Layer
from innershift.analysis.play.levels import Deck
from innershift.analysis.play.overlays import Overlay, laid_over
from innershift.analysis.play.picture import ACCENT, Words, banner, counters, happened, text_rows, window_picture
from innershift.envs import canvas, render, world_named


@pytest.fixture(scope="module")
def game():
    return Game.of(Deck(world_named("Keys")), 0, "proxy").after(Command.SHIFT).after(Command.LEFT)


def shown(game, kind="nothing", size=(700, 500), busy=False):
    game = replace(game, layer=Layer(kind))
    return window_picture(game, laid_over(game), size, busy)


@pytest.mark.parametrize(
    "size",
    [(1, 1), (30, 20), (52, 52), (90, 700), (160, 120), (300, 180), (420, 420), (520, 700), (900, 640), (1920, 300)],
)
def test_the_picture_fills_any_window(game, size):
    for kind in ("nothing", "reward", "plan"):
        frame = shown(game, kind, size)
        assert frame.shape == (size[1], size[0], 3) and frame.dtype == np.uint8


@pytest.mark.parametrize("size", [(420, 420), (330, 500), (520, 700), (900, 640)])
def test_every_key_stands_in_an_ordinary_window(game, size, monkeypatch):
    usual = shown(game, "reward", size)
    for i, piece in enumerate(HELP):
        monkeypatch.setattr(picture, "HELP", (*HELP[:i], piece[:-1] + "x", *HELP[i + 1 :]))
        assert (shown(game, "reward", size) != usual).any(), piece


@pytest.mark.parametrize("width", [70, 100, 131, 200, 640])
@pytest.mark.parametrize("listed", [False, True])
def test_text_is_whole_at_any_width(width, listed):
    pieces = [Words(piece) for piece in (*HELP, "own objective −0.02", "a longer sentence that says what is going on")]
    rows = text_rows(pieces, width, 14, listed)
    assert rows.shape[1] == width
    parts = [
        part
        for piece in pieces
        for part in ([piece.text] if fits(piece.text, width) else re.split(r"(?<=/)| ", piece.text))
    ]
    ink = sum(float(canvas.text(part, 14).sum()) * (255 - np.array(Words("").colour)).sum() for part in parts)
    assert float((255 - rows.astype(int)).sum()) == pytest.approx(ink, rel=0.01)


def fits(words, width):
    return canvas.text(words, 14).shape[1] <= width


def test_a_word_wider_than_all_is_cut_and_not_lost():
    assert (text_rows([Words("Unpronounceable" * 9)], 80, 14) < 255).any()
    assert text_rows([], 80, 14).shape == (0, 80, 3)


def test_what_is_laid_over_shows(game):
    plain, reward, way = (shown(game, kind) for kind in ("nothing", "reward", "plan"))
    assert (plain != reward).any() and (plain != way).any() and (way != reward).any()
    magenta = (np.abs(way.astype(int) - render.PATHS[0]) <= 2).all(axis=-1)
    assert magenta.sum() > (np.abs(plain.astype(int) - render.PATHS[0]) <= 2).all(axis=-1).sum() + 500
    heat = canvas.heat(np.linspace(0, 1, 9))
    assert all(any((reward == colour).all(axis=-1).any() for colour in heat[i : i + 3]) for i in (0, 3, 6))


def test_values_of_the_reward_and_of_the_agent_look_different(game):
    assert (shown(game, "reward") != shown(game, "mesa")).any()


def test_a_note_and_solving_are_said(game):
    quiet = shown(game)
    assert (window_picture(replace(game, note="nothing to undo"), Overlay(), (700, 500)) != quiet).any()
    assert (shown(game, busy=True) != quiet).any()


def test_the_end_is_announced_over_the_level(game):
    over = game
    while not over.now.ended:
        over = over.after(Command.STAY)
    assert [words.text for words in banner(over)] == ["Time is up.", "Reward −0.02.", "R again, U back, N next."]
    before, after = shown(over.after(Command.UNDO)), shown(over)
    middle = np.s_[230:270, 100:400]
    assert (after[middle] == 255).all(axis=-1).mean() > 0.5 > (before[middle] == 255).all(axis=-1).mean()


def test_finishing_is_not_running_out_of_time():
    level = Game.of(Deck(world_named("Doors")), 0, "colour")
    while not level.now.ended:
        action = level.agent.policy(level.level).actions()[level.now.clock]
        level = level.after([Command.UP, Command.DOWN, Command.LEFT, Command.RIGHT, Command.STAY][action])
    assert level.now.finished and banner(level)[0].text == "The episode is over."


def test_counters_tell_reward_proxies_and_the_own_objective(game):
    told = [words.text for words in counters(game)]
    assert told == ["step 1 of 28", "reward −0.02", "proxy keys −0.02", "own objective −0.02"]
    assert [words for words in happened(game)] == [Words("moved 1", ACCENT)]
    assert happened(game.after(Command.STAY))[0].colour != ACCENT
    assert len(counters(replace(game, agent=None))) == 3
