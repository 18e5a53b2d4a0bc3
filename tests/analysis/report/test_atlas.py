"""The gallery of worlds in the terminal: every world, whole sentences, at any width, with colours and without."""

import io

import pytest
from innershift.analysis.play.levels import level_pair
from innershift.analysis.report import atlas
from innershift.analysis.report.terminal import formula
from innershift.envs import WORLDS, world_named
from innershift.envs.figures import palette
from rich.console import Console


def shown(monkeypatch, width, colours=None):
    """What the gallery prints."""
    out = io.StringIO()

    def console(**options):
        made = Console(
            file=out, width=width, color_system=colours, force_terminal=bool(colours), legacy_windows=False, **options
        )
        return made

    monkeypatch.setattr(atlas, "Console", console)
    monkeypatch.setattr(Console, "encoding", property(lambda _: "utf-8"))
    atlas.show_worlds()
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_world_tells_its_story_at_any_width(monkeypatch, width):
    told = shown(monkeypatch, width)
    assert max(map(len, told.splitlines())) <= width
    words = told.split()
    for name, cls in WORLDS.items():
        world = cls()
        assert words.count(name) == 1
        sentences = [
            world.summary,
            world.knob,
            formula(world.base),
            *(formula(p.weights) for p in world.proxies.values()),
        ]
        assert all(word in words for sentence in sentences for word in sentence.split())
        assert all(proxy in words for proxy in world.proxies)
    assert ("training" in words) and told.count("training") >= len(WORLDS)


def test_without_colours_the_pictures_are_the_drawings(monkeypatch):
    told = shown(monkeypatch, 100)
    assert "\x1b" not in told and atlas.HALF not in told
    for level in level_pair(WORLDS["Keys"](), 0):
        assert all(row in told for row in level.draw().splitlines()[-level.height :])


def test_with_colours_they_are_half_as_high(monkeypatch):
    wide, narrow = shown(monkeypatch, 200, "truecolor"), shown(monkeypatch, 80, "256")
    assert atlas.HALF in wide and atlas.HALF in narrow
    assert len(wide.splitlines()) < 0.7 * len(narrow.splitlines())
    assert "38;2;{};{};{}".format(*palette.ACCENT) in wide


def test_a_thumbnail_has_the_colour_of_each_cell():
    level = world_named("CheeseCorner").parse("#####\n#A.c#\n#####")
    picture = atlas.thumbnail(level, coloured=True)
    assert picture.plain == f"{atlas.HALF * 5}\n{atlas.HALF * 5}"
    styles = [str(span.style) for span in picture.spans]
    wall, floor, agent = ("#{:02x}{:02x}{:02x}".format(*c) for c in (palette.WALL, palette.FLOOR, palette.ACCENT))
    cheese = styles[3].split(" on ")[1]
    assert styles == [f"{wall} on {c}" for c in (wall, agent, floor, cheese, wall)] + [wall] * 5
    assert cheese not in (wall, agent, floor)
    assert atlas.thumbnail(level, coloured=False).plain == "#####\n#A.c#\n#####"
