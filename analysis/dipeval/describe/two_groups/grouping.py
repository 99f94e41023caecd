"""The two groups of cases that are compared, and the cases in neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.describe.dimensions import MISSING, Dimension, with_dimensions
from dipeval.describe.labels import Labels
from dipeval.errors import DataError, Problem, nearest
from dipeval.schema.periods import first_day

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "compare two groups"
MOMENT = "moment"


@dataclass(frozen=True)
class TwoGroups:
    """Cases in two groups.

    Attributes
    ----------
    cases : ibis table
        Those of the two groups, with the text column `dimension.column`.
    dimension : Dimension
        Its two levels in order: the base, and what is compared with it.
    outside : int
        Cases of the selection in neither group.
    """

    cases: ir.Table
    dimension: Dimension
    outside: int

    @property
    def base(self) -> str:
        """Level that the other is compared with."""
        return self.dimension.levels[0]

    @property
    def other(self) -> str:
        """Level that is compared with the base."""
        return self.dimension.levels[1]


def check_covariates(covariates: Sequence[str], by: str) -> None:
    """Refuse the groups themselves as a covariate, and covariates that are named twice.

    Raises
    ------
    DataError
    """
    twice = dict.fromkeys(name for name in covariates if list(covariates).count(name) > 1)
    problems = [Problem(f"covariate {name}", "is named twice", "name it once") for name in twice]
    if by in covariates:
        problems.append(Problem(f"covariate {by}", "is what divides the groups", "leave it out"))
    if problems:
        raise DataError(STAGE, problems)


def groups_by_day(engine: TableEngine, cases: ir.Table, start: str) -> TwoGroups:
    """Cases discharged before the first day of a period, and from then on.

    Raises
    ------
    DataError
        If there is no case on one side.
    """
    import ibis

    levels = (f"before {start}", f"from {start}")
    day = first_day(start)
    word = ibis.ifelse(cases.discharge_date >= day, levels[1], levels[0])
    labels = {levels[0]: (f"Before {start}", f"{start}之前"), levels[1]: (f"From {start}", f"{start}起")}
    dimension = Dimension(MOMENT, levels, labels, "Period", "时期")
    return _checked(engine, cases.mutate(**{dimension.column: word}), dimension)


def groups_by_column(
    engine: TableEngine,
    cases: ir.Table,
    by: str,
    groups: Sequence[str] = (),
    bins: Mapping[str, Sequence[float]] | None = None,
    labels: Labels | None = None,
) -> TwoGroups:
    """Two levels of a dimension.

    Parameters
    ----------
    by : str
        As in `dimensions.with_dimensions`.
    groups : sequence of str, optional
        The base and the other level; by default the two that cases have.
    bins, labels
        As in `dimensions.with_dimensions`.

    Raises
    ------
    DataError
        If the dimension has not two levels and none are named, a named one is not known, or one has no case.
    """
    table, found = with_dimensions(engine, cases, [by], bins, labels)
    whole = found[by]
    known = [level for level in whole.levels if level != MISSING]
    if groups and (len(groups) != 2 or groups[0] == groups[1]):
        what = f"names {len(groups)} groups, and two different ones are compared"
        raise DataError(STAGE, [Problem("groups", what, 'write groups = ["base", "other"]')])
    strange = [level for level in groups if level not in whole.levels]
    if strange:
        raise DataError(
            STAGE,
            [
                Problem(f"group '{g}'", f"is no level of {by} that cases have", nearest(g, known))
                for g in strange
            ],
        )
    if not groups and len(known) != 2:
        what = f"has {len(known)} levels among the cases, and two groups are compared"
        told = tuple(known[:5])
        todo = 'name two: groups = ["base", "other"]'
        raise DataError(STAGE, [Problem(by, what, todo, told, len(known))])
    levels = tuple(groups) or tuple(known)
    dimension = Dimension(by, levels, {w: whole.labels[w] for w in levels}, whole.label_en, whole.label_zh)
    return _checked(engine, table, dimension)


def _checked(engine: TableEngine, table: ir.Table, dimension: Dimension) -> TwoGroups:
    """Count the cases of each level; one pass over one column."""
    column = dimension.column
    counted = engine.to_frame(table.group_by(column).aggregate(n=table.count()))
    sizes = dict(zip(counted[column], counted["n"].astype("int64"), strict=True))
    empty = [level for level in dimension.levels if not sizes.get(level)]
    if empty:
        todo = "mend `where`, the groups, or the window of the study"
        raise DataError(STAGE, [Problem(f"group '{level}'", "has no case", todo) for level in empty])
    inside = table.filter(table[column].isin(list(dimension.levels)))
    outside = sum(int(n) for level, n in sizes.items() if level not in dimension.levels)
    return TwoGroups(inside, dimension, outside)
