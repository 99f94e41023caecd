"""Whether a ratio is equal between the levels of the last dimension, at every place of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from dipeval.describe.case_groups import GROUP, STRATUM, CaseGroups
from dipeval.describe.case_variable import OF_RANKS, TEST_LABELS, CaseVariable
from dipeval.describe.cases.rate_table import RateTable
from dipeval.describe.cases.ratio_interval import TEST as WALD
from dipeval.describe.cases.ratio_interval import Ratio, equal_by_case, equal_by_hospital
from dipeval.describe.cases.ratio_outcome import RatioOutcome, pair
from dipeval.describe.cases.tally import ALL, HOLDERS
from dipeval.describe.comparison import Comparison, not_made
from dipeval.describe.count_comparisons import chi_square
from dipeval.describe.group_ranks import group_ranks
from dipeval.describe.rank_comparisons import RankSums, kruskal_wallis, mann_whitney

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

TESTS = (WALD, "chi_square", *OF_RANKS)
LABELS = {**TEST_LABELS, WALD: ("Wald test of equal ratios", "比率相等的Wald检验")}
RATIO_DECIMALS = 6
"""Ratios of single cases are ranked after rounding to so many places."""
JOIN = "\x1f"
Place = tuple[str, ...]


def rate_tests(
    engine: TableEngine, cases: ir.Table, table: RateTable, levels: Sequence[str], test: str
) -> dict[Place, Comparison]:
    """Test every place.

    Parameters
    ----------
    engine, cases
        The cases that `table` was made of.
    table : RateTable
    levels : sequence of str
        Of the last dimension, those that are compared.
    test : str
        ``wald`` (the ratios, with the errors of the table), ``chi_square`` (a proportion, independent cases),
        ``mann_whitney`` or ``kruskal_wallis`` (the ratio of each case, independent cases).

    Returns
    -------
    dict of tuple to Comparison
        By the levels of the other dimensions, `ALL` in margins. Cost: none, or for ranks two groupings by value.
    """
    others = table.by[:-1]
    places = [tuple(p) for p in table.frame[list(others)].drop_duplicates().to_numpy()] if others else [()]
    if test in OF_RANKS:
        return _of_ranks(engine, cases, table, levels, test, places)
    made = _wald if test == WALD else _chi_square
    return {place: made(table, levels, place) for place in places}


def _at(table: RateTable, levels: Sequence[str], place: Place) -> list[Mapping[str, object]]:
    """Rows of the levels that have a known case at a place."""
    here = table.frame
    for name, level in zip(table.by, place, strict=False):
        here = here[here[name] == level]
    rows = here.set_index(table.by[-1])
    return [
        dict(rows.loc[level]) | {"level": level}
        for level in levels
        if level in rows.index and rows.at[level, "known"]
    ]


def _wald(table: RateTable, levels: Sequence[str], place: Place) -> Comparison:
    rows = _at(table, levels, place)
    if not table.clustered:
        return equal_by_case([Ratio(float(r["value"]), float(r["std_error"])) for r in rows])
    here = table.tally
    for name, level in zip(table.by, place, strict=False):
        here = here[here[name] == level]
    shown = [str(row["level"]) for row in rows]
    last = table.by[-1]
    here = here[here[last].isin(shown) & (here["known"] > 0)]
    wide = here.pivot_table(
        index=list(HOLDERS), columns=last, values=["above", "below"], fill_value=0, aggfunc="sum"
    )
    if len(shown) < 2:
        return equal_by_hospital(np.zeros((0, len(shown))), np.zeros((0, len(shown))))
    above, below = (wide[name][shown].to_numpy(dtype="int64") for name in ("above", "below"))
    return equal_by_hospital(above, below)


def _chi_square(table: RateTable, levels: Sequence[str], place: Place) -> Comparison:
    if not table.ratio.is_proportion:
        english = "the outcome is no share of cases; a χ² test is of counts"
        return not_made("chi_square", (english, "该指标不是病例构成比，χ²检验仅用于计数"))
    rows = _at(table, levels, place)
    counts = [[int(r["count"]), int(r["known"]) - int(r["count"])] for r in rows]
    return chi_square(np.array(counts).reshape(-1, 2))


def _of_ranks(
    engine: TableEngine,
    cases: ir.Table,
    table: RateTable,
    levels: Sequence[str],
    test: str,
    places: Sequence[Place],
) -> dict[Place, Comparison]:
    value, decimals = _ratio_of_case(cases, table.ratio)
    own = cases.mutate(ratio_=value)
    made = mann_whitney if test == "mann_whitney" else kruskal_wallis
    variable = CaseVariable("ratio_", "continuous", test=test, decimals=decimals)
    found: dict[Place, Comparison] = {}
    margins = dict.fromkeys(tuple(level == ALL for level in place) for place in places)
    for margin in margins:
        here = [place for place in places if tuple(level == ALL for level in place) == margin]
        groups = _groups(own, table.by, levels, here, margin)
        ranks = group_ranks(engine, groups, variable)
        for place in here:
            found[place] = made(_with_cases(ranks[JOIN.join(place)]))
    return found


def _groups(
    cases: ir.Table, by: Sequence[str], levels: Sequence[str], places: Sequence[Place], margin: Sequence[bool]
) -> CaseGroups:
    """Cases by level of the last dimension, within the places of the others."""
    import ibis

    words = [ibis.literal(ALL) if whole else cases[name] for name, whole in zip(by, margin, strict=False)]
    stratum = ibis.literal("")
    for k, word in enumerate(words):
        stratum = word if not k else stratum + JOIN + word
    marked = cases.filter(cases[by[-1]].isin(list(levels))).mutate(**{STRATUM: stratum, GROUP: cases[by[-1]]})
    return CaseGroups(marked, tuple(levels), tuple(JOIN.join(place) for place in places), HOLDERS)


def _with_cases(ranks: RankSums) -> RankSums:
    """Without the groups that have no case at this place."""
    kept = [j for j, n in enumerate(ranks.n) if n]
    return RankSums(tuple(ranks.n[j] for j in kept), tuple(ranks.doubled[j] for j in kept), ranks.ties)


def _ratio_of_case(cases: ir.Table, ratio: RatioOutcome) -> tuple[ir.NumericValue, int]:
    """The ratio of one case, NULL where its denominator is 0; and its decimal places."""
    above, below = pair(cases, ratio)
    if ratio.counts_cases:
        return above, 0
    return above.cast("float64") / below.nullif(0).cast("float64"), RATIO_DECIMALS
