"""Drawings: tiles tell every cell apart, pictures are legible, and none of it needs a screen."""

import io
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from innershift.envs import canvas, render, sprites
from innershift.envs.errors import KnobError, UnknownName
from innershift.envs.figures import machines, palette
from innershift.envs.worlds import WORLDS, world_named

pygame = sprites.pygame_quietly()
SPECS = ("CheeseCorner", "Doors:mode=command", "Keys", "Lever")
SHAPES, COLOURS = ("square", "circle", "triangle"), ("red", "green", "blue")
DRAWINGS = {
    "CheeseCorner": """
        horizon: 30
        #######
        #.....#
        #.##.c#
        #A....#
        #######
        """,
    "Doors:mode=command": """
        horizon: 12
        1: red square
        2: blue circle
        command: circle
        sign: square
        tone: circle
        #S#####
        #..1..#
        #A....#
        #..2..#
        #######
        """,
    "Keys": """
        horizon: 20
        held: 1
        #######
        #k.A.t#
        #..#..#
        #k...t#
        #######
        """,
    "Lever": """
        horizon: 28
        pulled: 1
        #######
        #*..ab#
        #A.#.c#
        #*..G.#
        #######
        """,
}
LATER = {"CheeseCorner": (9, 0), "Doors:mode=command": (11,), "Keys": (8, 0b10, 0b11), "Lever": (12, 0b10, 2)}
"""A later state of each drawing: fields as the world names them."""


def drawn(spec):
    return world_named(spec).parse(DRAWINGS[spec])


def row_of(world, combinations):
    """`[1, n, C]` planes with one cell for each combination."""
    return np.array([[[c.name in names for c in world.channels] for names in combinations]], dtype=np.uint8)


def lightness(colour):
    linear = (np.asarray(colour, dtype=float) / 255) ** 2.2
    return 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16


@pytest.mark.parametrize("px", [4, 8, 13, 96])
@pytest.mark.parametrize("spec", SPECS)
def test_tiles_of_a_batch_are_the_tiles_of_each(spec, px):
    world = world_named(spec, size=7)
    planes = np.stack([world.sample(np.random.default_rng(i), i % 2).planes() for i in range(6)])
    before = planes.copy()
    batch = render.tiles(world, planes.reshape(2, 3, *planes.shape[1:]), px)
    assert batch.shape == (2, 3, 9 * px, 9 * px, 3) and batch.dtype == np.uint8
    assert (planes == before).all()
    np.testing.assert_array_equal(batch, render.tiles(world, planes.reshape(2, 3, *planes.shape[1:]).astype(bool), px))
    for single, picture in zip(planes, batch.reshape(6, 9 * px, 9 * px, 3), strict=True):
        np.testing.assert_array_equal(render.tiles(world, single, px), picture)


def test_tiles_do_not_depend_on_what_was_drawn_before():
    level = drawn("Keys")
    first = render.tiles(level.world, level.planes(), 8)
    first[:] = 0
    render._atlas.cache_clear()
    again = render.tiles(level.world, level.planes(), 8)
    assert again.any()
    render.tiles(level.world, level.planes(np.array(LATER["Keys"], dtype=np.int32)), 8)
    np.testing.assert_array_equal(render.tiles(level.world, level.planes(), 8), again)


def test_tiles_of_every_cell_are_its_own():
    level = drawn("Lever")
    whole = render.tiles(level.world, level.planes(), 8)
    for r, c in np.ndindex(level.height, level.width):
        alone = render.tiles(level.world, level.planes()[r : r + 1, c : c + 1], 8)
        np.testing.assert_array_equal(whole[8 * r : 8 * r + 8, 8 * c : 8 * c + 8], alone)


@pytest.mark.parametrize("px", [4, 8, 32])
def test_tints_differ_in_greyscale(px):
    world = WORLDS["Doors"]()
    for shape in SHAPES:
        strip = render.tiles(world, row_of(world, [[], *([shape, colour] for colour in COLOURS)]), px)
        greys = sorted(lightness(strip[px * 5 // 8, px // 2 + i * px]) for i in range(4))
        assert min(np.diff(greys)) >= 15


def test_heat_is_even_in_lightness():
    steps = np.diff([lightness(colour) for colour in render.canvas.heat(np.linspace(0, 1, 9))])
    assert (steps < -4).all() and np.ptp(steps) < 3


@pytest.mark.parametrize("bit", [1, 2, 4, 8])
def test_a_number_in_dots_gives_way_to_letters(bit):
    for px in (4, 7, 8, 12, 19, 20, 33):
        inked = np.argwhere(sprites.sprite(f"bit_{bit}", px)[..., 3] > 64)
        assert bool(inked.size) == (px < machines.LETTERED)
        assert (inked[:, 1] >= 0.75 * px).all() and len(inked) <= px * px / 16


@pytest.mark.parametrize("name", sorted(name for name in sprites.FIGURES if not name.startswith("bit_")))
def test_every_sprite_fits_every_size(name):
    for px in (4, 7, 8, 12, 33, 96):
        figure = sprites.sprite(name, px)
        assert figure.shape == (px, px, 4) and figure.dtype == np.uint8 and not figure.flags.writeable
        assert figure[..., 3].sum() / 255 >= px * px // 16  # area covered, in pixels


def test_a_tint_colours_a_shape_and_white_is_the_default():
    assert sprites.sprite("circle", 16)[8, 8].tolist() == [255, 255, 255, 255]
    assert tuple(sprites.sprite("circle", 16, palette.TINTS["blue"])[8, 8, :3]) == palette.TINTS["blue"]


@pytest.mark.parametrize("px", [3, 97, 8.5])
def test_sizes_out_of_range_are_refused(px):
    level = drawn("Keys")
    with pytest.raises(KnobError, match=r"not a whole number of pixels a cell from 4 to 96"):
        render.tiles(level.world, level.planes(), px)
    with pytest.raises(KnobError, match="from 4 to 96"):
        render.value_map(level, np.zeros(level.walls.size), px=px)


def test_unknown_figures_and_tints_are_named():
    with pytest.raises(UnknownName, match=r"sprite 'chees'. Did you mean 'cheese'"):
        sprites.sprite("chees", 8)
    with pytest.raises(UnknownName, match=r"tint 'rad'. Did you mean 'red'"):
        sprites.tint_named("rad")


# Pictures for people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_a_bare_frame_is_the_tiles_and_needs_no_screen(spec):
    level = drawn(spec)
    np.testing.assert_array_equal(render.frame(level, px=16), render.tiles(level.world, level.planes(), 16))
    fields = np.array(LATER[spec], dtype=np.int32)
    later = render.tiles(level.world, level.planes(fields), 16)
    np.testing.assert_array_equal(render.frame(level, fields, px=16), later)
    assert not pygame.display.get_init()


def test_levers_are_lettered_where_there_is_room():
    level = drawn("Lever")
    assert level.world.labels(level) == {11: "A", 12: "B", 19: "C"}
    small, large = (render.frame(level, px=px) != render.tiles(level.world, level.planes(), px) for px in (19, 20))
    assert not small.any() and set((np.argwhere(large.any(axis=-1)) // 20 @ [7, 1]).tolist()) == {11, 12, 19}


def test_titles_fit_whatever_they_say():
    level = drawn("Keys")
    for px in (4, 8, 32):
        picture = render.frame(level, px=px, title="a title much longer than any picture of this size is wide, really")
        top = picture[: -level.height * px]
        assert top.shape[0] > 0 and (top[:, [0, -1]] == 255).all()


def test_text_is_never_wider_than_its_room():
    for width in range(0, 240, 7):
        mask = canvas.fit_text("the corner of the maze", width, 20)
        assert mask.shape[1] <= width
    assert canvas.fit_text("corner", 500, 20).shape == canvas.text("corner", 20).shape
    assert canvas.fit_text("corner", 40, 20).shape[1] > 0


def test_pictures_come_without_words_where_fonts_are_missing(monkeypatch):
    monkeypatch.setattr(canvas, "_font", lambda size: None)
    canvas.text.cache_clear()
    try:
        level = drawn("Lever")
        picture = render.frame(level, px=32, title="title", path=[([8, 9], None, "label")])
        values = render.value_map(level, np.arange(level.walls.size), px=32)
    finally:
        canvas.text.cache_clear()
    assert (picture[:26] == 255).all() and values.shape[0] > level.height * 32


def test_value_maps_show_values_under_the_figures():
    level = drawn("CheeseCorner")
    values = np.where(level.solid, np.nan, np.arange(level.solid.size) / 10)
    picture = render.value_map(level, values, px=20)
    assert picture.shape == (5 * 20 + 22, 7 * 20, 3)
    at = [picture[cell // 7 * 20 + 3, cell % 7 * 20 + 3] for cell in (8, 11, 26)]
    assert lightness(at[0]) > lightness(at[1]) > lightness(at[2])
    np.testing.assert_array_equal(picture[:20], render.frame(level, px=20)[:20])
    numbered = render.value_map(level, values, px=28, title="values")
    assert numbered.shape[0] > 5 * 28 + 22
    assert (numbered[26 + 28 : 26 + 56, 28:56].min(axis=-1) < 100).any()
    assert render.value_map(level, np.full(level.solid.size, np.nan)).shape == (5 * 32 + 22, 7 * 32, 3)
    with pytest.raises(KnobError, match="3 values for 35 cells"):
        render.value_map(level, np.zeros(3))


@pytest.mark.parametrize(
    ("value", "words"), [(0.854, ".85"), (-0.02, "-.02"), (-0.001, "0"), (1.5, "1.50"), (0.999, "1.00"), (12.3, "12")]
)
def test_numbers_are_written_short(value, words):
    assert canvas.short(value) == words


def test_mosaics_are_near_square_and_in_order():
    frames = np.arange(10, dtype=np.uint8)[:, None, None, None] * np.ones((10, 30, 20, 3), dtype=np.uint8)
    picture = render.tiled(frames)
    assert picture.shape == (3 * 32 - 2, 4 * 22 - 2, 3)
    assert [int(picture[i // 4 * 32 + 5, i % 4 * 22 + 5, 0]) for i in range(10)] == list(range(10))
    assert (picture[:, 20:22] == 255).all() and (picture[64:, 44:] == 255).all()
    np.testing.assert_array_equal(render.tiled(frames[:1]), frames[0])


def test_pictures_of_two_sizes_stand_side_by_side():
    left, right = np.zeros((40, 30, 3), np.uint8), np.full((20, 50, 3), 9, np.uint8)
    picture = render.side_by_side(left, right)
    assert picture.shape == (40, 30 + 16 + 50, 3)
    assert (picture[10:30, 46:] == 9).all() and (picture[:10, 46:] == 255).all()
    assert render.side_by_side(left, right, ("train", "deploy")).shape[0] > 40


def test_png_is_read_back_as_it_was_and_is_always_the_same():
    picture = render.frame(drawn("Doors:mode=command"), px=9, title="x")
    data = render.png(picture)
    assert data == render.png(picture.copy())
    surface = pygame.image.load(io.BytesIO(data))
    back = np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(*surface.get_size()[::-1], 3)
    np.testing.assert_array_equal(back, picture)


# ASCII -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_ascii_frames_are_as_drawn(spec):
    level, name = drawn(spec), spec.partition(":")[0]
    later = np.array(LATER[spec], dtype=np.int32)
    text = render.ansi(level, colour=False) + "\n\n" + render.ansi(level, later, colour=False) + "\n"
    assert text == (Path(__file__).parent / "golden" / f"{name}.txt").read_text()


@pytest.mark.parametrize("spec", SPECS)
def test_colour_adds_only_colour(spec):
    level, coloured = drawn(spec), render.ansi(drawn(spec))
    bare = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines())
    assert coloured != bare == render.ansi(level, colour=False)


def test_ascii_keeps_the_command_secret():
    assert "command" not in render.ansi(drawn("Doors:mode=command"))
    assert "command: circle" in drawn("Doors:mode=command").draw()


# The window ------------------------------------------------------------------------------------------------------


def test_a_window_shows_waits_and_closes(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = render.Window("test", fps=50)
    render.Window().close()
    assert not pygame.display.get_init()
    began = time.perf_counter()
    assert all(window.show(render.frame(drawn("Keys"), px=8)) for _ in range(6))
    assert time.perf_counter() - began > 4 / 50
    assert window.show(render.frame(drawn("Keys"), px=16))
    assert pygame.display.get_surface().get_size() == (7 * 16, 5 * 16)
    assert pygame.display.get_surface().get_at((0, 0))[:3] == tuple(render.frame(drawn("Keys"), px=16)[0, 0])
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert not window.show(render.frame(drawn("Keys"), px=16))
    assert window.closed and not pygame.display.get_init()
    assert not window.show(render.frame(drawn("Keys"), px=16))


def test_importing_worlds_and_drawings_imports_no_pygame():
    code = "import sys, innershift.envs.worlds, innershift.envs.render; sys.exit('pygame' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
