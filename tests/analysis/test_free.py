"""The control `free` against brute force over all relabellings, and that it is as vacuous as it should be."""

from __future__ import annotations

import itertools
import math
import random
from fractions import Fraction

import pytest
from innershift.analysis import ValueRow, decide


def menus(rows):
    """{(level, split): (mesa values on offer, base values that need an image)}."""
    found = {}
    for r in rows:
        offer, need = found.setdefault((r.level, r.split), (set(), set()))
        offer.add(r.mesa)
        need.add(r.base)
    return found


def fits(rows):
    """Whether in each menu some increasing choice of images exists, by trying all."""
    return all(
        any(True for _ in itertools.combinations(sorted(offer), len(need))) for offer, need in menus(rows).values()
    )


def random_rows(generator):
    return [
        ValueRow(generator.choice("ab"), "train" if i == 0 else generator.choice(["train", "deploy"]),
                 generator.randint(0, 2), generator.randint(0, 2))
        for i in range(generator.randint(1, 7))
    ]  # fmt: skip


def test_quantifiers_equal_brute_force_and_certificates_hold():
    generator, patterns = random.Random(4), set()
    for _ in range(500):
        rows = random_rows(generator)
        train, deploy = ([r for r in rows if r.split == split] for split in ("train", "deploy"))
        found = decide(rows, "free")
        known = {(r.level, r.mesa, r.base) for r in train}
        pinned = all((r.level, r.mesa, r.base) in known for r in deploy)
        assert (found.train, found.deploy, found.joint, found.every) == (
            fits(train), fits(deploy), fits(rows), fits(rows) and pinned,
        ), rows  # fmt: skip
        patterns.add(found.letters)
        if found.joint:
            for level in {r.level for r in train} - {r.level for r in deploy}:
                images = dict(found.map.pairs(level))
                number = found.map.points.base_column.number
                assert {number(b) for b in images.values()} == {r.base for r in train if r.level == level}
                assert list(images.values()) == sorted(images.values()) and str(found.map)
        else:
            assert len({(r.level, r.split) for r in found.witness}) == 1
            assert not decide([ValueRow(r.level, "train", r.mesa, r.base) for r in found.witness], "free").joint
        assert (found.rival is not None) == (found.joint and not found.every)
    assert patterns == {"YYYY", "YYY·", "·Y··", "Y···", "····"}  # joint is train and deploy: a map a level


def test_every_misaligned_objective_with_enough_values_passes():
    """Also one whose scale differs from level to level, which no map for all levels fits."""
    rows = [ValueRow(level, split, -u * s, u) for level, split, s in (("a", "train", 1), ("b", "deploy", 7)) for u in range(4)]
    assert decide(rows, "free").letters == "YYY·" and decide(rows, "increasing").letters == "····"
    few = [ValueRow(level, split, u // 3, u) for level, split in (("a", "train"), ("b", "deploy")) for u in range(4)]
    assert decide(few, "free").letters == "····"


@pytest.mark.parametrize("seed", range(3))
def test_misfit_equals_a_search_over_relabellings_and_monotone_maps(seed):
    generator, seen = random.Random(seed), set()
    for _ in range(60):
        rows = random_rows(generator)
        spread = max(r.base for r in rows) - min(r.base for r in rows)
        if not spread:
            continue
        worst = Fraction(0)
        for offer, need in menus(rows).values():
            # Every way to give each base value an image, images rising weakly: half the widest set of one image.
            ways = itertools.combinations_with_replacement(sorted(offer), len(need))
            best = min(
                max(max(b for b, m in zip(sorted(need), way, strict=True) if m == image)
                    - min(b for b, m in zip(sorted(need), way, strict=True) if m == image) for image in set(way))
                for way in ways
            )  # fmt: skip
            worst = max(worst, Fraction(best, 2))
        found = decide(rows, "free")
        assert found.misfit == pytest.approx(float(worst / spread)), rows
        seen.add(found.misfit > 0)
    assert seen == {True, False}


def test_slack_asks_whether_ties_of_the_reward_could_split():
    tied = [ValueRow("a", "train", m, 1) for m in range(3)]
    assert decide(tied, "free").slack == math.inf
    crowded = [ValueRow("a", "train", 0, 1), ValueRow("a", "train", 1, 1), ValueRow("a", "train", 1, 2)]
    assert decide(crowded, "free").joint and decide(crowded, "free").slack == 0


def test_the_map_knows_both_sides_of_a_level():
    rows = [ValueRow("a", split, m, u) for split, m, u in (("train", 1, 0), ("train", 2, 1), ("deploy", 3, 0), ("deploy", 4, 1))]
    found = decide(rows, "free")
    assert found.letters == "YYY·" and [found.map(r.mesa, level="a") for r in rows] == [0, 1, 0, 1]
