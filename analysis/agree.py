"""Does a map from mesa values to base values survive the shift? Four exact answers, each with its certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .errors import AnalysisError, EmptyError, unknown_name
from .maps import MAP_CLASSES, MapClass, ValueMap
from .maps.columns import check_tolerance
from .maps.points import Sample, read_sample
from .maps.protocol import Evidence
from .rows import ValueRow, ValueTable, as_table

__all__ = ["Decision", "Measures", "decide", "measures"]


@dataclass(frozen=True)
class Decision:
    """What `decide` found; docs/objectives.md, sections 4 and 7, defines them.

    Attributes:
        map_class: name of the class of maps.
        train: some map of the class fits all train rows.
        deploy: some map fits all deploy rows (vacuously true where there are none).
        joint: one map fits both; a map survives the shift.
        every: some map fits train, and every map that does also fits deploy; train alone pinned it.
        every_on_seen: `every` on train and those deploy rows on which all train-fitting maps agree.
        share_seen: share of deploy rows that are such; 1.0 where there are none.
        misfit: least largest ``|φ(mesa) − base|`` over train and deploy and over the closure of the class (a ≥ 0,
            ties allowed), divided by the range of base; where base is constant, 0.0 if it is met and else inf.
        slack: where joint holds, the least change of base values that ends it (sup-norm over distinct points, / range
            of base; inf if none can); 0.0 where joint fails, and where any change at all ends it; nan for `free`.
        map: where joint holds, a map that fits all rows; callable, and `str` of it is its formula.
        witness: where joint fails, few rows that refute it by themselves, by ascending mesa value.
        witness_index: their indices into the input.
        witness_where: the narrowest place they come from: `"train"`, `"deploy"` or `"joint"` (a row of each).
        witness_kind: what they show: unequal, collision, inversion, split tie, not on a line, slopes differ, features
            cancel, too few values.
        rival: where joint holds and every fails, a second map that fits train and misses a deploy row.
        rival_row: a deploy row it misses.
        rival_index: that row's index into the input.
        coverage: share of all rows that are representable (mesa is not None); the others are left out of all above.
        coverage_train: the same in train.
        coverage_deploy: the same in deploy; 1.0 where there are no deploy rows.
        train_rows: number of representable train rows.
        deploy_rows: number of representable deploy rows.
        exact: whether both columns were exact numbers; else floats were snapped and `allowance` was used.
        allowance: how far base may be from where the identity or an affine map puts it (reward per episode); 0 if
            exact.
    """

    map_class: str
    train: bool
    deploy: bool
    joint: bool
    every: bool
    every_on_seen: bool
    share_seen: float
    misfit: float
    slack: float
    map: ValueMap | None = field(compare=False)
    witness: tuple[ValueRow, ...] | None
    witness_index: tuple[int, ...] | None
    witness_where: str | None
    witness_kind: str | None
    rival: ValueMap | None = field(compare=False)
    rival_row: ValueRow | None
    rival_index: int | None
    coverage: float
    coverage_train: float
    coverage_deploy: float
    train_rows: int
    deploy_rows: int
    exact: bool
    allowance: float

    @property
    def letters(self) -> str:
        """The four quantifiers as in the tables of the design: Y or · for train, deploy, joint, every."""
        return "".join("Y" if yes else "·" for yes in (self.train, self.deploy, self.joint, self.every))


def decide(rows: Iterable[ValueRow] | ValueTable, map_class: str, *, tol: float = 1e-9) -> Decision:
    """Decides whether a map of a class survives the shift from train to deploy.

    Ints and Fractions (and integer columns) are decided exactly. If either column holds floats, that column is first
    snapped to clusters, as `analysis.maps.columns` says: values closer than ``tol/1000 · range`` are one, values
    farther than ``tol · range`` are two, anything between is an error. Rankings and collisions are then decided exactly
    on the clusters; identity and the affine classes, besides being ranked alike, may miss base by at most
    ``tol · range(base)``. Rows with mesa=None carry no value and are left out. To decide a witness on its own, relabel
    its rows as train: joint does not look at the split.

    Args:
        rows: ValueRows in any order, or a ValueTable.
        map_class: identity, positive_affine, positive_affine_offsets, increasing, non_decreasing, any, cue_affine,
            per_level_affine, per_level_increasing, per_level_any, feature_linear (rows with features) or free
            (`innershift.analysis.maps.MAP_CLASSES`).
        tol: float tolerance, relative to a column's range; 0 takes floats as exact numbers.

    Returns:
        The decision with its certificates.

    Raises:
        EmptyError: no rows, or no train row with a mesa value.
        RowError: a row or column is malformed.
        SnapError: two floats are neither equal nor different at `tol`, or `tol` is out of range.
        UnknownNameError: no such class or split.
    """
    if not isinstance(map_class, str) or map_class not in MAP_CLASSES:
        raise unknown_name("map class", map_class, MAP_CLASSES)
    rule = MAP_CLASSES[map_class]
    tol = check_tolerance(tol)
    table = as_table(rows)
    check_train(table)
    sample = read_sample(table, tol)
    points = rule.points(sample)
    in_train, in_deploy = points.in_train, points.in_deploy
    joint = rule.decide(points)  # a map that fits all rows fits every part of them
    train = joint or rule.decide(points.select(in_train))
    deploy = joint or rule.decide(points.select(in_deploy))
    seen = rule.seen(points)
    all_seen = bool(np.all(seen[in_deploy]))
    on_seen = joint or (train and not all_seen and rule.decide(points.select(in_train | (in_deploy & seen))))
    count = int(points.deploy_count.sum())
    rival, rival_index = None, None
    if joint and not all_seen:
        open_to_train = np.flatnonzero(in_deploy & ~seen)
        target = int(open_to_train[np.argmin(points.deploy_row[open_to_train])])
        rival, rival_index = rule.rival(points, target), int(points.deploy_row[target])
    index, where, kind = (None, None, None) if joint else refute(rule, sample, points, train, deploy)
    return Decision(
        map_class=map_class,
        train=train,
        deploy=deploy,
        joint=joint,
        every=joint and all_seen,
        every_on_seen=on_seen,
        share_seen=int(points.deploy_count[seen].sum()) / count if count else 1.0,
        misfit=0.0 if joint and points.exact else rule.misfit(points),
        slack=rule.slack(points) if joint else 0.0,
        map=rule.fit(points) if joint else None,
        witness=None if index is None else tuple(table.row(at) for at in index),
        witness_index=index,
        witness_where=where,
        witness_kind=kind,
        rival=rival,
        rival_row=None if rival_index is None else table.row(rival_index),
        rival_index=rival_index,
        coverage=share(table.representable, np.ones_like(table.deploy)),
        coverage_train=share(table.representable, ~table.deploy),
        coverage_deploy=share(table.representable, table.deploy),
        train_rows=len(sample.row) - count,
        deploy_rows=count,
        exact=points.exact,
        allowance=points.allowance,
    )


@dataclass(frozen=True)
class Measures:
    """How far from fitting, and how firmly fitting, each quantifier is; all as shares of the range of base over all rows.

    Attributes:
        misfit: `"train"`, `"deploy"`, `"joint"` → least largest ``|φ(mesa) − base|`` over the closure of the class.
        slack: the same and `"every"` → least change of base values (sup-norm over distinct points) that turns a YES into
            a NO; 0.0 where it is a NO. What training has seen does not depend on base values, so `every` ends where joint
            does, but for squeezed values of `non_decreasing`, which any change lets loose.
    """

    misfit: Mapping[str, float]
    slack: Mapping[str, float]


def measures(rows: Iterable[ValueRow] | ValueTable, map_class: str, *, tol: float = 1e-9) -> Measures:
    """Misfit and slack of a class for every quantifier; `decide` gives those of joint alone.

    Args:
        rows: as `decide`.
        map_class: as `decide`.
        tol: as `decide`.

    Raises:
        As `decide`.
    """
    found = decide(rows, map_class, tol=tol)
    rule, table = MAP_CLASSES[map_class], as_table(rows)
    points = rule.points(read_sample(table, check_tolerance(tol)))
    parts = {"train": points.select(points.in_train), "deploy": points.select(points.in_deploy), "joint": points}
    fits = {"train": found.train, "deploy": found.deploy, "joint": found.joint}
    misfit = {name: 0.0 if fits[name] and part.exact else rule.misfit(part) for name, part in parts.items()}
    slack = {name: rule.slack(part) if fits[name] else 0.0 for name, part in parts.items()}
    squeezed = map_class == "non_decreasing" and bool(np.any(~np.isin(points.mesa, parts["train"].mesa)))
    return Measures(misfit, slack | {"every": 0.0 if squeezed or not found.every else slack["joint"]})


def check_train(table: ValueTable) -> None:
    """Refuses a table whose train side carries no mesa value."""
    if not np.any(~table.deploy):
        raise EmptyError(
            f"No train rows: all {len(table)} rows have split 'deploy', so no map can be fitted. "
            "Add rows with split='train'; to decide these rows on their own, relabel them as train."
        )
    if not np.any(~table.deploy & table.representable):
        raise EmptyError(
            "No train row has a mesa value: the agent's search reaches none of the train outcomes (mesa is None "
            "throughout). Raise its budget, or report coverage 0 instead of a verdict."
        )


def refute(
    rule: MapClass, sample: Sample, points: Evidence, train: bool, deploy: bool
) -> tuple[tuple[int, ...], str, str]:
    """Rows that refute a joint map: (indices into the table, the narrowest place they come from, what they show).

    Looks in train if that fails by itself, else in deploy if that does, else in both; in each first inside one level.
    """
    where = "train" if not train else "deploy" if not deploy else "joint"
    for candidates in (rule.points(sample, within_level=True), points):
        if candidates is None:
            continue
        if where != "joint":
            candidates = candidates.select(candidates.in_train if where == "train" else candidates.in_deploy)
        found = rule.certify(candidates)
        if found is not None:
            rows = candidates.deploy_row if where == "deploy" else None
            index = [candidates.row_of(at) if rows is None else int(rows[at]) for at in found.points]
            return tuple(index), where, found.kind
    raise AnalysisError(f"{rule.name} refuses these rows but found no witness: report this as a bug, with the rows.")


def share(mask: np.ndarray, among: np.ndarray) -> float:
    """Share of the rows in `among` that are in `mask`; 1.0 of none."""
    return float(mask[among].mean()) if among.any() else 1.0
