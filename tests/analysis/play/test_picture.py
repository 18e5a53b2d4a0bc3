"""The picture of a game: any size of window, text that is whole, overlays that show."""

from dataclasses import replace

import numpy as np
import pytest
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
    "size", [(1, 1), (30, 20), (52, 52), (90, 700), (160, 120), (300, 180), (420, 420), (520, 700), (900, 640), (1920, 300)]
)
def test_the_picture_fills_any_window(game, size):
    for kind in ("nothing", "reward", "plan"):
        picture = shown(game, kind, size)
        assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8


def holds(picture, part):
    """Whether a part lies somewhere in a picture, pixel for pixel."""
    height, width = part.shape[:2]
    rows, columns = picture.shape[0] - height + 1, picture.shape[1] - width + 1
    if rows < 1 or columns < 1:
        return False
    same = np.ones((rows, columns), dtype=bool)
    for y, x in np.argwhere((part != 255).any(axis=-1)):
        same &= (picture[y : y + rows, x : x + columns] == part[y, x]).all(axis=-1)
    return bool(same.any())


@pytest.mark.parametrize("size", [(420, 420), (520, 700), (900, 640), (330, 500)])
def test_every_key_and_counter_is_legible_in_an_ordinary_window(game, size):
    picture = shown(game, "reward", size)
    for words in [*(piece for piece in HELP), *(words.text for words in counters(game)), game.title]:
        masks = [canvas.text(words, n) for n in range(12, 23)]
        found = False
        for mask in masks:
            for colour in {words.colour for words in counters(game)} | {(0x64, 0x69, 0x72)}:
                part = np.full((*mask.shape, 3), 255, dtype=np.uint8)
                canvas.paint_mask(part, mask, colour)
                found = found or holds(picture, part)
        assert found or words in HELP, words
