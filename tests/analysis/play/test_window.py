"""Whole games in a window: without a display by posted events, and under Xvfb by keys, where it is installed."""

import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from innershift.analysis.play import play, window
from innershift.analysis.play.game import Command, Game, Layer
from innershift.analysis.play.levels import Deck
from innershift.analysis.play.window import NoWindow, play_in_window
from innershift.envs import world_named
from innershift.envs.sprites import pygame_quietly


@pytest.fixture
def pygame(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    module = pygame_quietly()
    module.display.init()
    module.event.clear()
    yield module
    module.display.quit()


@pytest.fixture
def frames(monkeypatch, pygame):
    """What the window showed, in order."""
    seen = []
    flip = pygame.display.flip

    def kept():
        surface = pygame.display.get_surface()
        seen.append(np.array(pygame.surfarray.array3d(surface)).transpose(1, 0, 2))
        flip()

    monkeypatch.setattr(pygame.display, "flip", kept)
    return seen


def game(spec="Keys", agent="proxy"):
    return Game.of(Deck(world_named(spec)), 0, agent)


def press(pygame, *keys, mod=0):
    for key in keys:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.key.key_code(key), mod=mod, unicode=""))


def test_a_session_of_keys_is_the_same_game_as_its_commands(pygame):
    press(
        pygame, "t", "down", "left", "a", "space", "u", "backspace", "n", "p", "right", "r", "o", "tab", "g", "escape"
    )
    left = play_in_window(game())
    commands = [
        Command.SHIFT, Command.DOWN, Command.LEFT, Command.LEFT, Command.STAY, Command.UNDO, Command.UNDO, Command.NEXT,
        Command.PREVIOUS, Command.RIGHT, Command.RESTART, Command.OVERLAY, Command.OVERLAY, Command.AGENT, Command.QUIT,
    ]  # fmt: skip
    expected = game()
    for command in commands:
        expected = expected.after(command)
    assert left.past == expected.past and left.layer == expected.layer == Layer("proxy", "keys")
    assert left.agent.name == expected.agent.name and left.over and not pygame.display.get_init()


@pytest.mark.parametrize("way", ["close", "q", "ctrl-c"])
def test_every_way_out_ends_the_game_and_closes_the_window(pygame, way):
    press(pygame, "left")
    if way == "close":
        pygame.event.post(pygame.event.Event(pygame.QUIT))
    else:
        press(pygame, "c" if way == "ctrl-c" else "q", mod=pygame.KMOD_LCTRL if way == "ctrl-c" else 0)
    press(pygame, "left")
    left = play_in_window(game())
    assert left.over and left.now.clock == 1 and not pygame.display.get_init()


def test_keys_with_control_or_alt_do_nothing_else(pygame):
    press(pygame, "r", "u", "left", mod=pygame.KMOD_LCTRL)
    press(pygame, "left", "f5", mod=pygame.KMOD_LALT)
    press(pygame, "x", "q")
    assert len(play_in_window(game()).past) == 1


def test_a_key_that_is_held_repeats_until_it_is_let_go_however_long_a_picture_takes(pygame, monkeypatch):
    left = pygame.key.key_code("left")
    down, up = (pygame.event.Event(kind, key=left, mod=0) for kind in (pygame.KEYDOWN, pygame.KEYUP))
    nothing, quit_ = pygame.event.Event(pygame.NOEVENT), pygame.event.Event(pygame.QUIT)
    # a press is a step, then one more after 0.3 s and every 0.09 s; a key let go while the game was busy takes no step
    script = [(0.0, down), (0.2, nothing), (0.35, nothing), (0.4, nothing), (0.5, nothing), (0.9, up), (2.0, nothing)]
    script += [(3.0, down), (9.0, up), (9.1, nothing), (9.2, quit_)]
    coming, clock = iter(script), [0.0]

    def wait(_):
        clock[0], event = next(coming)
        return event

    monkeypatch.setattr(pygame.event, "wait", wait)
    monkeypatch.setattr(pygame.event, "get", lambda: [])
    monkeypatch.setattr(window, "monotonic", lambda: clock[0])
    assert play_in_window(game()).now.clock == 4


def test_an_interrupt_in_the_terminal_ends_it_too(pygame, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pygame.event, "wait", interrupted)
    assert play_in_window(game()).now.clock == 0 and not pygame.display.get_init()


def test_overlays_change_what_is_shown_and_solving_is_said_once(pygame, frames, monkeypatch):
    keys = [pygame.key.key_code(key) for key in ("o", "o", "o", "o", "left", "o", "o")]
    events = [pygame.event.Event(pygame.KEYDOWN, key=key, mod=0) for key in keys]
    coming = iter([*events, pygame.event.Event(pygame.QUIT)])
    monkeypatch.setattr(pygame.event, "wait", lambda _: next(coming))
    monkeypatch.setattr(pygame.event, "get", lambda: [])
    left = play_in_window(game())
    assert left.layer == Layer("reward")
    # the start; reward, proxy, mesa and plan, each with "solving ..." before; a step; nothing; reward, which is known by now
    start, *rest = [frame for frame in frames if frame.shape == frames[-1].shape]
    pairs, (step, plain, reward) = rest[:8], rest[-3:]
    assert len(rest) == 11
    for busy, solved in zip(pairs[::2], pairs[1::2], strict=True):
        assert (busy != solved).any() and (solved != start).any()
    distinct = {frame.tobytes() for frame in (start, pairs[1], pairs[7], step, plain, reward)}
    assert len(distinct) == 6


def test_a_resized_window_is_filled(pygame, frames, monkeypatch):
    sizes = iter([(480, 700), (120, 90)])

    def resized(_):
        size = next(sizes, None)
        if size is None:
            return pygame.event.Event(pygame.QUIT)
        pygame.display.set_mode(size, pygame.RESIZABLE)
        return pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])

    monkeypatch.setattr(pygame.event, "wait", resized)
    play_in_window(game())
    assert [frame.shape[1::-1] for frame in frames][-2:] == [(480, 700), (120, 90)]
    assert all(frame.std() > 20 for frame in frames)


def test_without_a_display_it_is_played_in_the_terminal(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(window.sys, "platform", "linux")
    with pytest.raises(NoWindow, match="there is no display"):
        play_in_window(game())
    monkeypatch.setenv("SDL_VIDEODRIVER", "nonsense")
    with pytest.raises(NoWindow, match="no window opens here: nonsense not available"):
        play_in_window(game())
    monkeypatch.setattr("builtins.input", lambda _: "left q")
    play("Keys")
    told = capsys.readouterr()
    assert "nonsense not available; playing in the terminal." in told.err
    assert told.out.endswith("Keys, training, seed 0: reward −0.02 in 1 of 28 steps: moved 1.\n")


needs_xvfb = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="Xvfb and xdotool are not installed"
)


@pytest.fixture
def display():
    """The name of a display of its own."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24"], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    yield name
    server.terminate()
    server.wait(timeout=20)


@needs_xvfb
@pytest.mark.parametrize("end", ["Escape", signal.SIGINT, signal.SIGTERM])
def test_a_real_window_obeys_real_keys(display, end):
    env = {k: v for k, v in os.environ.items() if k != "SDL_VIDEODRIVER"} | {"DISPLAY": display}
    command = [sys.executable, "-m", "innershift", "play", "Keys", "--agent", "proxy"]
    player = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def xdotool(*words):
        return subprocess.run(["xdotool", *words], env=env, capture_output=True, text=True, check=False).stdout.split()

    deadline = time.monotonic() + 60
    while not (found := xdotool("search", "--onlyvisible", "--class", ".")) and time.monotonic() < deadline:
        assert player.poll() is None, player.stderr.read()
        time.sleep(0.3)
    xdotool("windowfocus", "--sync", found[0])
    for key in ("t", "Down", "o", "a", *([end] if isinstance(end, str) else [])):
        xdotool("key", key)
        time.sleep(0.3)
    if not isinstance(end, str):
        time.sleep(1)
        player.send_signal(end)
    out, err = player.communicate(timeout=60)
    assert (player.returncode, out) == (0, "Keys, deployment, seed 0: reward −0.04 in 2 of 28 steps: moved 2.\n"), err
