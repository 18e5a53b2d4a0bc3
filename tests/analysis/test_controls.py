"""Planted controls come out as planted, for every class, outcome set and draw of levels."""

import pytest
from innershift.analysis.controls import SETS, as_planted, controls, levels, measure

CONTROLS = {control.name: control for control in controls()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", CONTROLS)
def test_every_cell_is_as_planted(name, seed):
    found = measure(CONTROLS[name], *levels(seed))
    for (kind, map_class), decision in found.items():
        pattern = CONTROLS[name].expected[kind][map_class]
        assert as_planted(pattern, decision), (kind, map_class, pattern, decision.letters, decision.share_seen)


def test_the_table_is_whole_and_says_something():
    for control in CONTROLS.values():
        for kind, expected in control.expected.items():
            assert tuple(sorted(expected)) == tuple(sorted(SETS[kind])), control.name
            assert all(set(pattern) <= set("Y·s?") and len(pattern) == 4 for pattern in expected.values())
    patterns = [p for c in CONTROLS.values() for e in c.expected.values() for p in e.values()]
    assert patterns.count("????") < len(patterns) / 5 and {"YYYY", "····", "Y···", "YYYs", "YYY·"} <= set(patterns)


def test_a_wrong_pattern_is_noticed():
    found = measure(CONTROLS["u³"], *levels(0))["profiles", "positive_affine"]
    assert as_planted("····", found) and not as_planted("YYYY", found) and not as_planted("···Y", found)
