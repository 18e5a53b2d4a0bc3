"""Whole games in a terminal, through a pseudo-terminal and through pipes: keys, frames, and the terminal as it was."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from dataclasses import replace

import pytest
from innershift.analysis.play.game import HELP, Command, Game, Layer
from innershift.analysis.play.levels import Deck
from innershift.analysis.play.overlays import Overlay, laid_over
from innershift.analysis.play.terminal import ENTER, LEAVE, frame, key_name
from innershift.analysis.play.text import arrows, flowed, scale, text_rows
from innershift.envs import world_named
from rich.console import Console

PLAY = [sys.executable, "-m", "innershift", "play"]


def game(spec="Keys", agent="proxy"):
    return Game.of(Deck(world_named(spec)), 0, agent)


class Terminal:
    """A game in a pseudo-terminal of 80 x 30."""

    def __init__(self, *words, **env):
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 80, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.process = subprocess.Popen(
            [*PLAY, *words], stdin=self.slave, stdout=self.slave, stderr=self.slave,
            env=environment | {"TERM": "xterm-256color"} | env, process_group=0,
        )  # fmt: skip
        self.shown = ""

    def until(self, words, seconds=90):
        """Reads on until the terminal has shown `words` since the last time; everything since then."""
        deadline = time.monotonic() + seconds
        while words not in self.shown:
            assert time.monotonic() < deadline, self.shown[-3000:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.shown += os.read(self.master, 65536).decode()
        seen, self.shown = self.shown, ""
        return seen

    def type(self, keys):
        os.write(self.master, keys.encode())

    def end(self):
        """Exit status, what was shown last, and whether the terminal is set as it was."""
        status = self.process.wait(timeout=60)
        while select.select([self.master], [], [], 0.2)[0]:
            self.shown += os.read(self.master, 65536).decode()
        same = termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)
        return status, self.shown, same


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_session_with_single_keys_leaves_the_terminal_as_it_was():
    terminal = Terminal("Keys", "--agent", "proxy", "--ansi")
    first = terminal.until("Q quit")
    assert ENTER in first and "\x1b[38;5;" in first and "step 0 of 28" in plain(first)
    assert not termios.tcgetattr(terminal.slave)[3] & (termios.ICANON | termios.ECHO)
    for keys, words in (
        ("t", "deployment"), ("\x1b[B", "step 1 of 28"), ("\x1bOD", "step 2 of 28"), ("u", "step 1 of 28"),
        ("\x1b[C", "step 2 of 28"), ("o", "0 is"), ("ooo", "way of proxy: keys"), ("r", "step 0 of 28"), ("u", "step 2 of 28"),
        ("\x7f\x7f\x7f", "nothing to undo"), ("p", "this is the first level"), ("n", "seed 1"),
    ):  # fmt: skip
        terminal.type(keys)
        terminal.until(words)
    terminal.type("\x1b[1;5A\x1b[5~?Q")
    status, last, same = terminal.end()
    assert status == 0 and same
    assert last.index(LEAVE) < last.index("Keys, deployment, seed 1: reward −0.02 in 1 of 28 steps: moved 1.")


@pytest.mark.parametrize("end", ["\x1b", "\x03", signal.SIGTERM])
def test_every_way_out_gives_the_terminal_back(end):
    terminal = Terminal("CheeseCorner:size=5", "--ansi")
    terminal.until("Q quit")
    terminal.type(" ")
    terminal.until("step 1 of")
    if isinstance(end, str):  # Ctrl-C sends its signal to the session that owns a terminal; there is none here
        terminal.process.send_signal(signal.SIGINT) if end == "\x03" else terminal.type(end)
    else:
        terminal.process.send_signal(end)
    status, last, same = terminal.end()
    assert status == 0 and same and LEAVE in last and "in 1 of" in last and "Traceback" not in last


def test_a_paused_game_gives_the_terminal_back_and_takes_it_again():
    terminal = Terminal("CheeseCorner:size=5", "--ansi")
    terminal.until("Q quit")
    terminal.process.send_signal(signal.SIGTSTP)
    terminal.until(LEAVE)
    deadline = time.monotonic() + 20
    while os.waitid(os.P_PID, terminal.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert termios.tcgetattr(terminal.slave) == terminal.before
    terminal.process.send_signal(signal.SIGCONT)
    assert ENTER in terminal.until("Q quit")
    terminal.type(" ")
    terminal.until("step 1 of")
    terminal.type("q")
    status, _, same = terminal.end()
    assert status == 0 and same


def test_a_terminal_that_changes_its_size_is_drawn_again():
    terminal = Terminal("Keys", "--ansi")
    terminal.until("Q quit")
    fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 9, 40, 0, 0))
    small = plain(terminal.until("\x1b[J"))
    assert len(small.splitlines()) <= 9 and "Q quit" not in small and "A" in small
    terminal.type("q")
    assert terminal.end()[0] == 0


@pytest.mark.parametrize("env", [{}, {"PYTHONIOENCODING": "ascii"}])
def test_without_a_keyboard_it_reads_lines(env):
    typed = "left left u\no x\n\nq\nnever read\n"
    done = subprocess.run(
        [*PLAY, "Keys", "--ansi"], input=typed.encode(), capture_output=True, env=os.environ | env, check=True
    )
    out = done.stdout.decode()
    assert (
        "\x1b" not in out
        and "value by the reward" in out
        and "'x' is no key here" in out
        and "nothing to undo" not in out
    )
    assert out.splitlines()[-1].replace("-", "−") == "Keys, training, seed 0: reward −0.02 in 1 of 28 steps: moved 1."


def test_the_end_of_input_ends_the_game():
    done = subprocess.run(
        [*PLAY, "Keys", "--ansi"], stdin=subprocess.DEVNULL, capture_output=True, check=True, text=True
    )
    assert (
        done.stdout.count("step 0 of 28") == 1
        and done.stdout.endswith("in 0 of 28 steps: no events.\n")
        and not done.stderr
    )


# Frames and keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 16), (40, 12), (24, 8), (10, 5)])
@pytest.mark.parametrize("kind", ["nothing", "reward", "plan"])
def test_frames_fit_and_show_the_agent(size, kind):
    console = Console(width=size[0], color_system="truecolor", force_terminal=True)
    now = replace(game("Doors:mode=command", "sign"), layer=Layer(kind))
    lines = frame(now, laid_over(now), size, console)
    assert all(len(line.plain.rstrip()) <= size[0] for line in lines)
    assert any("A" in line.plain for line in lines[2:])
    if size[0] >= 60 and size[1] >= 24:
        words = " ".join(line.plain for line in lines)
        assert all(piece in words for piece in HELP) and len(lines) <= size[1]


def test_the_end_and_notes_are_told():
    console, now = Console(width=80), game("Keys:horizon=1").after(Command.STAY)
    told = "\n".join(line.plain for line in frame(now.after(Command.UP), laid_over(now), (80, 40), console))
    assert "Time is up.   Reward 0.00.   R again, U back, N next." in told and "the episode is over" in told
    assert "solving ..." in "\n".join(line.plain for line in frame(now, Overlay(), (80, 40), console, busy=True))


def test_values_are_digits_whose_order_is_that_of_the_values():
    now = replace(game("CheeseCorner", "corner"), layer=Layer("reward"))
    shown = laid_over(now)
    _, rows = text_rows(now.level, now.now.fields, shown, colour=False)
    digits, values = [], []
    for cell, value in enumerate(shown.values):
        row, column = divmod(cell, now.level.width)
        sign = rows[row].plain.ljust(2 * now.level.width)[2 * column + 1]
        assert sign.isdigit() == (value == value)
        if sign.isdigit():
            digits.append(int(sign))
            values.append(value)
    ordered = [digit for _, digit in sorted(zip(values, digits, strict=True))]
    assert ordered == sorted(digits) and {0, 9} <= set(digits)
    least, most = f"{min(values):.2f}", f"{max(values):.2f}"
    assert scale(shown) == f"0 is {least.replace('0.', '.', 1)}, 9 is {most}"
    assert scale(Overlay(values=shown.values * 0)) == "all 0" and scale(Overlay()) == ""
    _, coloured = text_rows(now.level, now.now.fields, shown)
    assert [row.plain for row in coloured] == [row.plain for row in rows]
    assert any("on #" in str(span.style) for row in coloured for span in row.spans)


def test_a_way_is_arrows():
    assert arrows([7, 8, 14, 13, 13]) == {7: "→", 8: "↓", 14: "←", 13: "●"}
    assert arrows([7, 8, 7, 6]) == {7: "•", 8: "←", 6: "●"}
    assert arrows([5]) == {5: "●"}


def test_lines_are_filled_and_nothing_is_lost():
    pieces = ["one two", "three", "a longer piece", "unbreakable" * 3]
    for width in (8, 12, 20, 200):
        lines = flowed(pieces, width)
        assert all(len(line) <= width for line in lines)
        assert "".join(lines).replace(" ", "").startswith("onetwothreealongerpiece")
    assert flowed(pieces, 200) == ["   ".join(pieces)] and flowed([], 10) == []


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("\x1b[A", "up"), ("\x1bOB", "down"), ("\x1b[1;2C", "right"), ("\x1b[D", "left"), (" ", "space"), ("\t", "tab"),
        ("\x7f", "backspace"), ("W", "w"), ("\x1b", "escape"), ("\x1b[5~", "\x1b[5~"), ("é", "é"),
    ],
)  # fmt: skip
def test_keys_have_the_names_that_the_window_gives_them(sign, name):
    assert key_name(sign) == name
