"""The control `free` against brute force over all increasing maps and all relabellings."""

from __future__ import annotations

import itertools
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


def increasing(domain, values):
    """All strictly increasing maps from `domain` into `values`, both ascending."""
    return (dict(zip(domain, chosen, strict=True)) for chosen in itertools.combinations(values, len(domain)))


def fits(phi, found):
    return all({phi[v] for v in need} <= offer for offer, need in found.values())


def brute_force(rows):
    train, deploy = (menus([r for r in rows if r.split == split]) for split in ("train", "deploy"))
    values, bases = sorted({r.mesa for r in rows}), sorted({r.base for r in rows})
    # Maps may also take values between and beyond those that occur: as many as there could be base values.
    fine = sorted({Fraction(v) + Fraction(k, 8) for v in [values[0] - 1, *values] for k in range(8)})

    def exists(found):
        domain = sorted({v for _, need in found.values() for v in need})
        return any(fits(phi, found) for phi in increasing(domain, values))

    train_fits = exists(train)
    pinned = all(fits(phi, deploy) for phi in increasing(bases, fine) if fits(phi, train))
    return train_fits, exists(deploy), exists(train | deploy), train_fits and pinned


def random_rows(generator):
    return [
        ValueRow(generator.choice("ab"), "train" if i == 0 else generator.choice(["train", "deploy"]),
                 generator.randint(0, 2), generator.randint(0, 2))
        for i in range(generator.randint(1, 6))
    ]  # fmt: skip


def test_quantifiers_equal_brute_force_and_certificates_hold():
    generator, patterns = random.Random(4), set()
    for _ in range(250):
        rows = random_rows(generator)
        found = decide(rows, "free")
        assert (found.train, found.deploy, found.joint, found.every) == brute_force(rows), rows
        patterns.add(found.letters)
        if found.joint:
            phi = dict(zip(found.map.base.tolist(), found.map.image.tolist(), strict=True))
            assert sorted(phi.values()) == list(phi.values()) and len(set(phi.values())) == len(phi)
            assert {found.map(r.mesa) for r in rows if found.map.points.mesa_column.rank(r.mesa) in phi.values()} == {
                r.base for r in rows
            }
        else:
            whole = {(r.level, r.split) for r in found.witness}
            assert {r for r in rows if (r.level, r.split) in whole} == set(found.witness)
            again = [ValueRow(f"{r.level}{r.split}", "train", r.mesa, r.base) for r in found.witness]
            assert not decide(again, "free").joint
    assert patterns == {"YYYY", "YYY·", "YY··", "·Y··", "Y···", "····"}


def test_every_misaligned_objective_with_enough_values_passes():
    rows = [ValueRow(level, split, -u, u) for level, split in (("a", "train"), ("b", "deploy")) for u in range(4)]
    assert decide(rows, "free").letters == "YYYY" and decide(rows, "increasing").letters == "····"
    few = [ValueRow(level, split, u // 3, u) for level, split in (("a", "train"), ("b", "deploy")) for u in range(4)]
    assert decide(few, "free").letters == "····"


@pytest.mark.parametrize("seed", range(3))
def test_misfit_equals_a_search_over_relabellings_and_monotone_maps(seed):
    generator = random.Random(seed)
    for _ in range(40):
        rows = random_rows(generator)
        if len({r.base for r in rows}) == 1:
            continue
        offers, values = menus(rows), sorted({r.mesa for r in rows})
        best = None
        for chosen in itertools.product(*(sorted(offers[r.level, r.split][0]) for r in rows)):
            # Half the largest fall of base as the chosen mesa value rises or stays: L∞ isotonic regression.
            falls = [a.base - b.base for (a, m), (b, n) in itertools.product(zip(rows, chosen, strict=True), repeat=2) if m <= n]
            error = Fraction(max(falls), 2)
            best = error if best is None else min(best, error)
        spread = max(r.base for r in rows) - min(r.base for r in rows)
        assert decide(rows, "free").misfit == pytest.approx(float(best / spread)), (rows, values)
