"""Ways and marks in pictures for people: where they run, what lies over what, and which words are left out."""

import numpy as np
import pytest
from innershift.envs import canvas, render
from innershift.envs.errors import KnobError, UnknownName
from innershift.envs.worlds import world_named


def cheese():
    return world_named("CheeseCorner").parse("horizon: 30\n#######\n#.....#\n#.##.c#\n#A....#\n#######")


def keys():
    return world_named("Keys").parse("horizon: 20\nheld: 1\n#######\n#k.A.t#\n#..#..#\n#k...t#\n#######")


def coloured(picture):
    """`[h, w]` where a picture has the colour of the first path."""
    return (np.abs(picture.astype(int) - render.PATHS[0]) <= 2).all(axis=-1)


def test_hidden_marks_only_the_hidden_cell():
    level = cheese()
    for px in (4, 12, 32, 64):
        changed = (render.frame(level, px=px, hidden=True) != render.frame(level, px=px)).any(axis=-1)
        rows, columns = np.nonzero(changed)
        assert rows.size > 0
        assert {int(r) // px for r in rows} == {1} and {int(c) // px for c in columns} == {1}


def test_a_path_to_a_hidden_cell_ends_over_its_mark():
    level, cells = cheese(), [22, 15, 8]
    marked = render.frame(level, px=32, hidden=True, path=cells)
    own = coloured(render.frame(level, px=32, path=cells))
    assert own[32:64, 32:64].any()  # the head of the arrow
    assert coloured(marked)[own].all()


def test_words_in_cells_are_legible_or_left_out():
    level = cheese()
    for px in (32, 64):
        outlined = render.frame(level, px=px)
        canvas.outline(outlined, (px, px), px)
        named = (render.frame(level, px=px, hidden=True) != outlined).any()
        assert named == (canvas.text("corner", render.LEGIBLE).shape[1] <= px - 4) == (px == 64)


def test_a_dashed_path_is_the_same_way_with_gaps():
    level, cells, px = cheese(), [22, 23, 24, 25, 26, 19], 32
    frames = [render.frame(level, px=px, path=[render.Path(cells, dashed=dashed)]) for dashed in (False, True)]
    whole, dashed = (coloured(picture) for picture in frames)
    assert not (dashed & ~whole).any() and 0.5 < dashed.sum() / whole.sum() < 0.9
    tip = np.s_[2 * px + 10 : 2 * px + 28, 5 * px : 6 * px]
    assert (dashed == whole)[tip].all() and whole[tip].any()


def test_a_path_runs_from_cell_to_cell_and_under_the_agent():
    level = cheese()
    path, px = [22, 23, 23, 24, 25, 26, 19], 32
    plain, picture = render.frame(level, px=px), render.frame(level, px=px, path=path)
    changed = (plain != picture).any(axis=-1)
    assert {r * 7 + c for r, c in (np.argwhere(changed) // px).tolist()} == {22, 23, 24, 25, 26, 19}
    middle = np.s_[3 * px + 8 : 4 * px - 8, px + 8 : 2 * px - 8]
    np.testing.assert_array_equal(picture[middle], plain[middle])
    np.testing.assert_array_equal(picture, render.frame(level, px=px, path=[(path, None, "")]))


def test_a_path_that_turns_back_runs_beside_itself():
    cells = [6, 7, 8, 7, 6]
    (lanes,) = canvas.lanes_of([cells])
    points = canvas.route(cells, 5, 1, lanes)
    there, back = points[: len(points) // 2], points[len(points) // 2 :]
    aside = np.interp(2.5, there[:, 0], there[:, 1]) - np.interp(2.5, back[::-1, 0], back[::-1, 1])
    assert 0.2 < aside < 0.6
    straight = canvas.route([6, 7], 5, 1, canvas.lanes_of([[6, 7]])[0])
    assert np.ptp(straight[:, 1]) == 0


def test_two_paths_on_the_same_way_lie_side_by_side():
    lanes = canvas.lanes_of([[1, 2, 3], [1, 2, 7]])
    assert lanes[0][1, 2] == -lanes[1][1, 2] != 0
    assert lanes[0][2, 3] == lanes[1][2, 7] == 0


def test_paths_in_odd_forms_are_drawn_or_refused():
    level = keys()
    plain = render.frame(level)
    np.testing.assert_array_equal(render.frame(level, path=[]), plain)
    assert (render.frame(level, path=np.array([17, 16])) != plain).any()
    assert (render.frame(level, path=[22]) != plain).any()
    legend = render.frame(level, path=[([22, 23], "red", "one"), ([23, 24], (0, 0, 0), "two"), ([24], None, "")])
    assert legend.shape[0] == plain.shape[0] + 2 * 20
    with pytest.raises(KnobError, match="cell 35 is not in the level; its cells are 0 to 34"):
        render.frame(level, path=[34, 35])
    with pytest.raises(UnknownName, match="tint 'grean'"):
        render.frame(level, path=[([22], "grean", "")])


def test_a_value_map_shows_paths_and_hidden_cells_too():
    level, px = cheese(), 32
    values = np.arange(level.walls.size, dtype=float)
    plain = render.value_map(level, values, px)
    marked = (render.value_map(level, values, px, hidden=True) != plain).any(axis=-1)
    assert {r * 7 + c for r, c in (np.argwhere(marked) // px).tolist()} == {8}
    way = coloured(render.value_map(level, values, px, path=[22, 23, 24, 17])) & ~coloured(plain)
    assert {r * 7 + c for r, c in (np.argwhere(way) // px).tolist()} == {22, 23, 24, 17}
