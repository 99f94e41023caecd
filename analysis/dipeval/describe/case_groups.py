"""The cases of a description, and the groups they are described by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.describe.case_variable import (
    CONTINUOUS,
    OF_TWO_GROUPS,
    SUMMARIES,
    TESTS,
    CaseVariable,
)
from dipeval.errors import DataError, Problem, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

STAGE = "describe cases"
GROUP, STRATUM = "group_", "stratum_"
OVERALL = "overall"
"""The column of all groups together."""
MOST_LEVELS = 60


@dataclass(frozen=True)
class CaseGroups:
    """Where cases stand in the table.

    Attributes
    ----------
    cases : ibis table
        With the columns `GROUP` and `STRATUM` as text.
    groups, strata : tuple of str
        In their order; without strata one empty word.
    holders : tuple of str
        Columns that together name the hospital.
    weight : str
        Column of the weights; empty for none.
    weight_decimals : int
        Decimal places of the weights.
    overall : bool
        Whether a column of all groups together stands beside them.
    """

    cases: ir.Table
    groups: tuple[str, ...]
    strata: tuple[str, ...]
    holders: tuple[str, ...]
    weight: str = ""
    weight_decimals: int = 0
    overall: bool = False

    @property
    def keys(self) -> list[tuple[str, str]]:
        """(stratum, group) of each group that is compared."""
        return [(stratum, group) for stratum in self.strata for group in self.groups]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """(stratum, group) of each column of the table: the groups, and all of them together where asked for."""
        groups = [*self.groups, *([OVERALL] if self.overall else [])]
        return [(stratum, group) for stratum in self.strata for group in groups]


def case_groups(
    engine: TableEngine,
    cases: ir.Table,
    by: str,
    within: str = "",
    *,
    groups: Sequence[str] = (),
    strata: Sequence[str] = (),
    holders: Sequence[str] = ("city", "hospital"),
    weight: str = "",
    weight_decimals: int = 0,
    overall: bool = False,
) -> CaseGroups:
    """Find, or check, the groups of the cases; one pass over two columns.

    Parameters
    ----------
    by, within : str
        Columns: groups are compared with each other, in each stratum of `within` (before, after).
    groups, strata : sequence of str, optional
        All that there may be, in order; one without cases becomes marked cells. By default those found.
    holders, weight, weight_decimals, overall
        As in `CaseGroups`.

    Raises
    ------
    DataError
        With all problems: columns that are not there, groups or strata that nobody declared, or too many.
    """
    import ibis

    asked = [by, *([within] if within else []), *holders, *([weight] if weight else [])]
    problems = missing_columns(cases, asked)
    if problems:
        raise DataError(STAGE, problems)
    stratum = cases[within].cast("string") if within else ibis.literal("")
    marked = engine.named(cases.mutate(**{GROUP: cases[by].cast("string"), STRATUM: stratum}))
    found = levels_found(engine, marked, [GROUP, *([STRATUM] if within else [])])
    problems = [
        *_undeclared(by, found[GROUP], groups),
        *_undeclared(within, found.get(STRATUM, []), strata),
    ]
    if overall and OVERALL in (*groups, *found[GROUP]):
        problems.append(
            Problem(by, f"has a group '{OVERALL}'", "call it otherwise, or leave out the overall")
        )
    if not found[GROUP]:
        problems.append(Problem(by, "names no group: every case lacks it", "name another column"))
    if problems:
        raise DataError(STAGE, problems)
    return CaseGroups(
        marked,
        tuple(groups) or tuple(found[GROUP]),
        (tuple(strata) or tuple(found[STRATUM])) if within else ("",),
        tuple(holders),
        weight,
        weight_decimals,
        overall,
    )


def check_variables(groups: CaseGroups, variables: Sequence[CaseVariable]) -> None:
    """Refuse declarations that cannot be followed, all at once.

    Raises
    ------
    DataError
    """
    problems = missing_columns(groups.cases, [v.name for v in variables])
    names = [v.name for v in variables]
    for name in sorted({n for n in names if names.count(n) > 1}):
        problems.append(Problem(f"variable {name}", "is declared twice", "declare it once"))
    for variable in variables:
        problems += [
            Problem(f"variable {variable.name}", what, todo) for what, todo in _wrong(variable, groups)
        ]
    if not variables:
        problems.append(Problem("variables", "are none", "declare at least one"))
    if problems:
        raise DataError(STAGE, problems)


def missing_columns(cases: ir.Table, names: Sequence[str]) -> list[Problem]:
    """A problem for each column that is not there."""
    return [
        Problem(f"column {name}", "is not among the columns of the cases", nearest(name, cases.columns))
        for name in dict.fromkeys(names)
        if name not in cases.columns
    ]


def levels_found(engine: TableEngine, cases: ir.Table, names: Sequence[str]) -> dict[str, list[str]]:
    """Distinct values of columns as text, sorted, missing ones left out.

    Raises
    ------
    DataError
        Where a column has more than `MOST_LEVELS` values.
    """
    import ibis

    if not names:
        return {}
    parts = [
        cases.select(variable=ibis.literal(name), level=cases[name].cast("string"))
        .distinct()
        .filter(lambda t: t.level.notnull())
        .limit(MOST_LEVELS + 1)
        for name in names
    ]
    frame = engine.to_frame(ibis.union(*parts) if len(parts) > 1 else parts[0])
    found = {name: sorted(frame.loc[frame["variable"] == name, "level"]) for name in names}
    many = [
        Problem(f"column {name}", f"has more than {MOST_LEVELS} values", "group them first")
        for name, values in found.items()
        if len(values) > MOST_LEVELS
    ]
    if many:
        raise DataError(STAGE, many)
    return found


def _undeclared(column: str, found: Sequence[str], declared: Sequence[str]) -> list[Problem]:
    return [
        Problem(
            f"column {column}", f"has the value '{value}', which is not declared", nearest(value, declared)
        )
        for value in found
        if declared and value not in declared
    ]


def _wrong(variable: CaseVariable, groups: CaseGroups) -> list[tuple[str, str]]:
    """(what, todo) of each thing that does not fit in one declaration."""
    if variable.kind not in SUMMARIES:
        return [(f"is of no known kind '{variable.kind}'", nearest(variable.kind, SUMMARIES))]
    found = []
    for summary in variable.shown:
        if summary not in SUMMARIES[variable.kind]:
            todo = nearest(summary, SUMMARIES[variable.kind])
            found.append((f"is {variable.kind} and cannot be shown as '{summary}'", todo))
    if variable.test and variable.test not in TESTS[variable.kind]:
        todo = nearest(variable.test, TESTS[variable.kind])
        found.append((f"is {variable.kind} and cannot be tested by '{variable.test}'", todo))
    k = len(groups.groups)
    if variable.test in OF_TWO_GROUPS and k != 2:
        todo = "declare anova, kruskal_wallis or trend" if k > 2 else "leave out the test"
        found.append((f"'{variable.test}' compares two groups, there are {k}", todo))
    if groups.weight and variable.test:
        what = "has a test for cases that count once each, and these are weighted"
        found.append((what, "leave out the test (standardised differences are weighted) or the weights"))
    column = groups.cases[variable.name].type() if variable.name in groups.cases.columns else None
    if column is not None and variable.kind == CONTINUOUS and not column.is_numeric():
        found.append((f"is declared continuous, and the column holds {column}", "declare it categorical"))
    return found
