"""An outcome of the vocabulary as numerator and denominator of one case, in integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.errors import DataError, Problem, nearest
from dipeval.panel.aggregation import MICRO, integer_value
from dipeval.vocabulary import Outcome, columns, outcomes

if TYPE_CHECKING:
    import ibis.expr.types as ir

STAGE = "describe cases"
NUMERATOR, DENOMINATOR, KNOWN, SQUARES = "numerator", "denominator", "known", ("yy", "xy", "xx")
COUNTED = "n_"


@dataclass(frozen=True)
class RatioOutcome:
    """How an outcome is made of the sums of cases.

    Attributes
    ----------
    outcome : Outcome
    scale : float
        What the ratio of the integer sums is multiplied by: minor into major units, millionths into ones.
    counts_cases : bool
        Whether the denominator is the number of cases.
    is_proportion : bool
        Whether the numerator counts cases too, so that the ratio is a share of them.
    """

    outcome: Outcome
    scale: float
    counts_cases: bool
    is_proportion: bool

    @property
    def name(self) -> str:
        """Name in the vocabulary."""
        return self.outcome.name


def ratio_outcomes(names: Sequence[str], present: Sequence[str], minor_per_unit: int) -> list[RatioOutcome]:
    """The outcomes `names`, each a ratio of sums over the columns `present`.

    Raises
    ------
    DataError
        With all problems: words that are no outcome, outcomes that are no ratio, columns that the cases lack.
    """
    problems, made = [], []
    ratios = [name for name, outcome in outcomes().items() if outcome.kind == "ratio"]
    for name in names:
        found = outcomes().get(name)
        if found is None or found.kind != "ratio":
            what = "is no outcome" if found is None else "is a logarithm and no ratio of sums"
            problems.append(Problem(f"outcome {name}", what, nearest(name, ratios)))
            continue
        lacking = [c for c in _columns(found) if not _has(c, present)]
        for column in lacking:
            what = f"is made of '{column}', which is not among the columns that every city has"
            problems.append(Problem(f"outcome {name}", what, "leave it out, or give all cities this column"))
        if not lacking:
            made.append(_made(found, minor_per_unit))
    for name in dict.fromkeys(n for n in names if list(names).count(n) > 1):
        problems.append(Problem(f"outcome {name}", "is named twice", "name it once"))
    if problems:
        raise DataError(STAGE, problems)
    return made


def _columns(outcome: Outcome) -> list[str]:
    words = (outcome.numerator, outcome.denominator)
    plain = [word.removeprefix(COUNTED) if word.startswith(COUNTED) else word for word in words]
    return [word for word in dict.fromkeys(plain) if word != "discharges"]


def _has(column: str, present: Sequence[str]) -> bool:
    return column in present or (column == "deaths" and "disposition" in present)


def _made(outcome: Outcome, minor_per_unit: int) -> RatioOutcome:
    kinds = [_kind(word) for word in (outcome.numerator, outcome.denominator)]
    units = {"money": 1 / minor_per_unit, "number": 1 / MICRO}
    above, below = (units.get(kind, 1.0) for kind in kinds)
    scale = 1.0 if kinds[0] == kinds[1] else above / below
    counts = kinds[1] == "cases"
    return RatioOutcome(outcome, scale, counts, counts and kinds[0] == "flag")


def _kind(word: str) -> str:
    if word == "discharges" or word.startswith(COUNTED):
        return "cases"
    return columns()[word].kind


def pair(cases: ir.Table, ratio: RatioOutcome) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """Numerator and denominator of each case; both NULL where one of them is not known.

    A ratio of sums is one of the same cases: amounts of cases whose other amount is missing would tilt it.
    """
    import ibis

    above = _integer(cases, ratio.outcome.numerator)
    below = _integer(cases, ratio.outcome.denominator)
    known = above.notnull() & below.notnull()
    return ibis.ifelse(known, above, None), ibis.ifelse(known, below, None)


def _integer(cases: ir.Table, word: str) -> ir.IntegerValue:
    import ibis

    if word == "discharges":
        return ibis.literal(1, "int64")
    if word.startswith(COUNTED):
        return ibis.ifelse(cases[word.removeprefix(COUNTED)].notnull(), 1, None).cast("int64")
    return integer_value(cases, columns()[word])
