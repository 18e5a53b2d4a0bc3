"""The picture of all outcomes as points: every point in its place, and both splits told apart without colour."""

import re
from xml.etree import ElementTree

from innershift.analysis.report.scatter import HEIGHT, WIDTH, scatter

POINTS = {"train": [[0.0, 0.0, 1], [1.0, 1.0, 5]], "deploy": [[0.5, -1.0, 20]]}


def parts(svg):
    return list(ElementTree.fromstring(svg).iter())


def test_no_points_no_picture():
    assert scatter({}) == "" and scatter({"train": [], "deploy": []}) == ""


def test_discs_for_training_and_crosses_for_deployment():
    found = parts(scatter(POINTS))
    by_class = {kind: [p.get("d") for p in found if p.get("class") == kind] for kind in ("train", "deploy")}
    assert all(d.endswith("h0") for d in by_class["train"]) and len(by_class["train"]) == 2
    assert all("l" in d and "h0" not in d for d in by_class["deploy"]) and len(by_class["deploy"]) == 1


def test_larger_marks_stand_for_more_outcomes():
    widths = [float(p.get("stroke-width")) for p in parts(scatter(POINTS)) if p.get("class") == "train"]
    assert widths == sorted(widths) and len(set(widths)) == 2


def test_places_follow_the_values():
    svg = scatter({"train": [[0, 0, 1], [1, 2, 1], [2, 1, 1]]})
    at = [tuple(map(float, xy)) for xy in re.findall(r"M([\d.]+) ([\d.]+)h0", svg)]
    assert sorted(x for x, _ in at) == [x for x, _ in sorted(at)]
    (_, low), (_, high), (_, middle) = sorted(at)
    assert high < middle < low  # the screen's y runs down
    assert all(0 < x < WIDTH and 0 < y < HEIGHT for x, y in at)


def test_witnesses_are_ringed_and_lettered_and_the_map_is_a_line():
    found = parts(scatter(POINTS, [("A", "#111111", 0.5, -1.0), ("B", "#222222", 1.0, 1.0)], joined=True))
    rings = [p for p in found if p.tag == "circle"]
    letters = [p.text for p in found if p.tag == "text" and p.text in "AB"]
    assert len(rings) == 2 and letters == ["A", "B"]
    (line,) = [p for p in found if p.get("class") == "fit"]
    assert len(line.get("points").split()) == 3
    assert not [p for p in parts(scatter(POINTS)) if p.get("class") == "fit"]


def test_one_value_alone_stands_in_the_middle():
    assert re.findall(r"M[\d.]+ [\d.]+h0", scatter({"train": [[3.0, 3.0, 2]], "deploy": []}))


def test_the_axis_says_what_is_across():
    assert "credited ĝ" in scatter(POINTS, score="credited ĝ")
