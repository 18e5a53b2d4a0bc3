"""Rows (level, split, mesa value, base value): one at a time as `ValueRow`, or as columns in a `ValueTable`."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from .errors import EmptyError, RowError, unknown_name

__all__ = ["SPLITS", "Number", "ValueRow", "ValueTable", "as_table"]

Number: TypeAlias = int | Fraction | float
SPLITS = ("train", "deploy")
INT64_ROOM = 2**62  # numerators stay below half of int64, so that one difference never overflows


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One outcome of one level, with what the agent and the environment each think it is worth.

    Attributes:
        level: id of the level; the same id in both splits is the same level.
        split: `"train"` or `"deploy"`.
        mesa: the pulled-back mesa-objective's value of the outcome, or None where no visited plan reaches it
            (*cannot represent*, which is not *dislikes*).
        base: the task utility of the outcome, in reward per episode.
        plan: a label for people, such as the actions of a plan that leads to the outcome.
        cue: the declared context of the level, any hashable; None is a cue value like any other.
        features: the components that the agent itself declares for the outcome, where its objective is a vector; only
            `feature_linear` reads them.
    """

    level: str
    split: str
    mesa: Number | None
    base: Number
    plan: str = ""
    cue: Hashable = None
    features: tuple[Number, ...] | None = None


@dataclass(frozen=True, eq=False)
class ValueTable:
    """The same rows as columns: what `decide` and `choice` work on, and what large jobs build directly.

    A value column is int64 (or object, Python ints) numerators over one denominator, decided exactly, or float64,
    which `decide` snaps to clusters first. Integer columns of other widths are widened; bool is refused.

    Attributes:
        level: `[N]` codes into `level_names`.
        deploy: `[N]` bool, true where the row belongs to deployment.
        mesa: `[N]` numerators or floats: the pulled-back mesa-objective; anything where not representable.
        base: `[N]` numerators or floats: the task utility (reward per episode).
        mesa_denominator: the one denominator of `mesa`; 1 for floats.
        base_denominator: the one denominator of `base`; 1 for floats.
        representable: `[N]` bool, false where no visited plan reaches the outcome; None means all are.
        level_names: names by code; None means `"0"`, `"1"`, ...
        cue: `[N]` codes into `cue_names`; None means one cue for all.
        cue_names: cues by code.
        plan: `[N]` labels, or a callable from row index to label, or None.
        features: `[N, D]` numerators or floats: the agent's vector objective; None where it has none.
        features_denominator: the one denominator of `features`; 1 for floats.
        source: the ValueRows the table was made from, if any; `row` gives these back unchanged.

    Raises:
        EmptyError: no rows.
        RowError: columns of different length, a code without a name, a column that is not numbers, NaN or infinity.
    """

    level: np.ndarray
    deploy: np.ndarray
    mesa: np.ndarray
    base: np.ndarray
    mesa_denominator: int = 1
    base_denominator: int = 1
    representable: np.ndarray = field(default=None)  # type: ignore[assignment]  # filled in by __post_init__
    level_names: Sequence[str] = field(default=None, repr=False)  # type: ignore[assignment]
    cue: np.ndarray = field(default=None)  # type: ignore[assignment]
    cue_names: Sequence[Hashable] = field(default=(None,), repr=False)
    plan: Sequence[str] | Callable[[int], str] | None = field(default=None, repr=False)
    features: np.ndarray | None = field(default=None, repr=False)
    features_denominator: int = 1
    source: tuple[ValueRow, ...] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        level, deploy = np.asarray(self.level), np.asarray(self.deploy)
        if level.size == 0:
            raise EmptyError("No rows: nothing to decide. Give at least one row with split 'train'.")
        if level.ndim != 1 or level.dtype.kind not in "iu" or int(level.min()) < 0:
            raise RowError(f"Column 'level' must be codes 0, 1, ... in one dimension, got {level.dtype} {level.shape}.")
        if deploy.dtype != bool:
            raise RowError(f"Column 'deploy' must be bool (true: deploy, false: train), got {deploy.dtype}.")
        representable = np.ones(level.size, bool) if self.representable is None else np.asarray(self.representable)
        if representable.dtype != bool:
            raise RowError(f"Column 'representable' must be bool, got {representable.dtype}.")
        cue = np.zeros(level.size, np.int32) if self.cue is None else np.asarray(self.cue)
        if cue.dtype.kind not in "iu" or (cue.size and not 0 <= int(cue.min()) <= int(cue.max()) < len(self.cue_names)):
            raise RowError(f"Column 'cue' must be codes into the {len(self.cue_names)} cue_names; name every cue.")
        columns: dict[str, Any] = {"level": level, "deploy": deploy, "representable": representable, "cue": cue}
        for name, used in (("mesa", representable), ("base", np.ones_like(representable))):
            if np.shape(getattr(self, name)) != level.shape or used.shape != level.shape:
                raise RowError(f"Column {name!r} has shape {np.shape(getattr(self, name))}, 'level' has {level.shape}.")
            columns[name] = check_numbers(name, np.asarray(getattr(self, name)), used)
            columns[f"{name}_denominator"] = check_denominator(name, columns[name], getattr(self, f"{name}_denominator"))
        if self.features is not None:
            features = np.asarray(self.features)
            if features.ndim != 2 or len(features) != level.size:
                raise RowError(f"Column 'features' has shape {features.shape}; allowed is [{level.size}, components].")
            used = np.repeat(representable, features.shape[1])
            columns["features"] = check_numbers("features", features.ravel(), used).reshape(features.shape)
            columns["features_denominator"] = check_denominator("features", features, self.features_denominator)
        for name in ("deploy", "cue"):
            if columns[name].shape != level.shape:
                raise RowError(f"Column {name!r} has shape {columns[name].shape}, 'level' has {level.shape}.")
        if self.level_names is not None and int(level.max()) >= len(self.level_names):
            raise RowError(f"Level code {int(level.max())} has no name: level_names holds {len(self.level_names)}.")
        if self.level_names is not None and len(set(self.level_names)) < len(self.level_names):
            twice = next(name for at, name in enumerate(self.level_names) if name in self.level_names[:at])
            raise RowError(f"Level name {twice!r} stands twice in level_names: one level, one code.")
        for name, column in columns.items():
            object.__setattr__(self, name, column)
        if self.level_names is None:
            object.__setattr__(self, "level_names", [str(code) for code in range(int(level.max()) + 1)])

    def __len__(self) -> int:
        return self.level.size

    @classmethod
    def from_rows(cls, rows: Iterable[ValueRow]) -> ValueTable:
        """Reads ValueRows into columns.

        A column of ints and Fractions becomes numerators over their common denominator. A column with any float in
        it becomes floats as a whole (exact numbers in it are rounded to the nearest double) and is snapped later.

        Args:
            rows: the rows, in any order; ids may repeat.

        Returns:
            The table; row i of the table is the i-th row given.

        Raises:
            EmptyError: no rows.
            RowError: a value that is not an int, Fraction or finite float (bool is refused), an unhashable cue.
            UnknownNameError: a split other than `"train"` and `"deploy"`.
        """
        source = tuple(rows)
        for index, row in enumerate(source):
            if not isinstance(row, ValueRow):
                raise RowError(f"Row {index} is a {type(row).__name__}, not a ValueRow(level=..., split=..., ...).")
            if row.split not in SPLITS:
                raise unknown_name(f"split (row {index})", row.split, SPLITS)
        level_codes: dict[str, int] = {}
        cue_codes: dict[Hashable, int] = {}
        try:
            level = np.array([level_codes.setdefault(row.level, len(level_codes)) for row in source], np.int32)
            cue = np.array([cue_codes.setdefault(row.cue, len(cue_codes)) for row in source], np.int32)
        except TypeError as error:
            raise RowError(f"Levels and cues must be hashable ({error}): use strings, numbers or tuples.") from error
        mesa, mesa_denominator = read_numbers("mesa", [row.mesa for row in source])
        base, base_denominator = read_numbers("base", [row.base for row in source])
        features, features_denominator = read_features(source)
        return cls(
            features=features,
            features_denominator=features_denominator,
            level=level,
            deploy=np.array([row.split == "deploy" for row in source], bool),
            mesa=mesa,
            base=base,
            mesa_denominator=mesa_denominator,
            base_denominator=base_denominator,
            representable=np.array([row.mesa is not None for row in source], bool),
            level_names=tuple(level_codes),
            cue=cue,
            cue_names=tuple(cue_codes) or (None,),
            source=source,
        )

    def row(self, index: int) -> ValueRow:
        """Row `index` as a ValueRow: the one it was read from, or one made from the columns."""
        index = int(index)
        if self.source is not None:
            return self.source[index]
        label = "" if self.plan is None else self.plan(index) if callable(self.plan) else self.plan[index]
        features = None
        if self.features is not None and self.representable[index]:
            features = tuple(one_number(value, self.features_denominator) for value in self.features[index])
        return ValueRow(
            features=features,
            level=self.level_names[int(self.level[index])],
            split=SPLITS[int(self.deploy[index])],
            mesa=one_number(self.mesa[index], self.mesa_denominator) if self.representable[index] else None,
            base=one_number(self.base[index], self.base_denominator),
            plan=label,
            cue=self.cue_names[int(self.cue[index])],
        )


def as_table(rows: Iterable[ValueRow] | ValueTable) -> ValueTable:
    """The table itself, or the rows read into one."""
    return rows if isinstance(rows, ValueTable) else ValueTable.from_rows(rows)


def one_number(value: Any, denominator: int) -> Number:
    """One entry of a value column as an int, a Fraction or a float."""
    if isinstance(value, float | np.floating):
        return float(value)
    exact = Fraction(int(value), denominator)
    return exact.numerator if exact.denominator == 1 else exact


def narrowed(numerators: Sequence[int]) -> np.ndarray:
    """Python ints as int64 where they leave room for a difference, else as an object array (exact, slower)."""
    if not len(numerators) or (max(numerators) < INT64_ROOM and min(numerators) > -INT64_ROOM):
        return np.array(numerators, np.int64)
    wide = np.empty(len(numerators), object)
    wide[:] = numerators
    return wide


def read_numbers(name: str, values: Sequence[Any], width: int = 1) -> tuple[np.ndarray, int]:
    """A column of Python numbers as (`[N]` numerators or floats, denominator); None reads as 0 in `mesa`.

    Args:
        name: the column's name, for messages.
        values: `[N]` values, `width` of them a row.
        width: values a row.
    """
    kinds = set(map(type, values))
    if kinds == {int}:
        return narrowed(values), 1
    read: list[int | Fraction | float] = []
    for index, value in enumerate(values):
        if value is None and name == "mesa":
            read.append(0)
        elif isinstance(value, bool | np.bool_):
            raise RowError(f"Row {index // width}: {name} is {value!r}, a bool, which is not a value. Write 0 or 1.")
        elif isinstance(value, int | np.integer):
            read.append(int(value))
        elif isinstance(value, Fraction):
            read.append(value)
        elif isinstance(value, float | np.floating):
            if not math.isfinite(value):
                hint = " An outcome that no plan reaches has mesa=None." if name == "mesa" else ""
                raise RowError(f"Row {index // width}: {name} is {value!r}; allowed are finite numbers.{hint}")
            read.append(float(value))
        else:
            raise RowError(
                f"Row {index // width}: {name} is {value!r}; allowed are int, fractions.Fraction and finite float."
            )
    if any(isinstance(value, float) for value in read):
        try:
            return np.array([float(value) for value in read]), 1
        except OverflowError as error:
            raise RowError(f"Column {name!r} mixes floats with a number beyond their range: use Fractions.") from error
    denominator = math.lcm(*{value.denominator for value in read if isinstance(value, Fraction)})
    return narrowed([int(value * denominator) for value in read]), denominator


def read_features(rows: Sequence[ValueRow]) -> tuple[np.ndarray | None, int]:
    """The vector objectives of rows as (`[N, D]` numerators or floats, denominator); None where no row has any."""
    size = next((len(row.features) for row in rows if row.features is not None), None)
    if size is None:
        return None, 1
    for index, row in enumerate(rows):
        if row.mesa is not None and (row.features is None or len(row.features) != size):
            raise RowError(
                f"Row {index}: features is {row.features!r}, other rows have {size} components. Give each row that has a "
                "mesa value all components."
            )
    flat = [value for row in rows for value in (row.features if row.mesa is not None and row.features else (0,) * size)]
    numbers, denominator = read_numbers("features", flat, size)
    return numbers.reshape(len(rows), size), denominator


def check_denominator(name: str, column: np.ndarray, denominator: int) -> int:
    """A column's denominator, if it is one."""
    if isinstance(denominator, bool) or int(denominator) != denominator or denominator < 1:
        raise RowError(f"{name}_denominator must be a positive integer, got {denominator!r}.")
    if column.dtype.kind == "f" and denominator != 1:
        raise RowError(f"Column {name!r} holds floats, so {name}_denominator must be 1, got {denominator!r}.")
    return int(denominator)


def check_numbers(name: str, column: np.ndarray, used: np.ndarray) -> np.ndarray:
    """A value column as int64, object (Python ints) or finite float64, zero where it is not used."""
    kind = column.dtype.kind
    if kind == "f":
        broken = used & ~np.isfinite(column)
        if broken.any():
            index = int(np.argmax(broken))
            raise RowError(
                f"Row {index}: {name} is {float(column[index])!r}; allowed are finite numbers. "
                "An outcome that no plan reaches has representable=False (mesa=None in a ValueRow)."
            )
        return np.where(used, column, 0.0).astype(np.float64)
    if kind == "u":
        return narrowed([int(value) for value in column]) if column.dtype.itemsize == 8 else column.astype(np.int64)
    if kind == "i":
        column = column.astype(np.int64)
        if int(column.max()) < INT64_ROOM and int(column.min()) > -INT64_ROOM:
            return column
        return narrowed([int(value) for value in column])
    if kind == "O" and all(isinstance(value, int) and not isinstance(value, bool) for value in column):
        return narrowed(list(column))
    raise RowError(f"Column {name!r} has dtype {column.dtype}; allowed are integers, Python ints and float64.")
