"""Whether two treatments were given to like cases: a balance table, a love plot, and the overlap of scores."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import NUMBER, SHARE, Held, Word, entry
from dipeval.describe.regressions.category_columns import Term
from dipeval.describe.two_groups.balance import SCORE, Balance
from dipeval.describe.two_groups.treatment_comparison import TreatmentComparison
from dipeval.describe.two_groups.treatment_words import SCORE_WORDS, WORDS, TreatmentWords, in_group
from dipeval.describe.two_groups.weighting import CRUDE
from dipeval.results.relations import Derived, Sum

OVER_SHARE = ("Share of the group", "组内占比")
OVER_GAP = ("Standardised difference", "标准化差异")
OVER_RATIO = ("Variance ratio", "方差比")
WIDTHS = (20, 50, 100)
"""Bins to the unit of the score: the fewest that make `LEAST_BINS` of the scores found, else the most."""
LEAST_BINS = 8
NO_SPREAD = float("nan")
SIDES = (None, False, True)
"""Both groups together, and each."""


def balance_table(
    found: TreatmentComparison, words: TreatmentWords
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """Rows of a ``grid``: a section a covariate, a line a level, differences and ratios before and after."""
    by_method = {m: {line.term: line for line in lines} for m, lines in found.balances.items()}
    rows: list[dict[str, object]] = []
    derived: list[Derived] = []
    for term in by_method[CRUDE]:
        line, section = _line(words, term)
        arms = [_behind_level(found, words, term, treated) for treated in (False, True)]
        if term != SCORE:
            for treated, held in zip(SIDES, [_behind_level(found, words, term, None), *arms], strict=True):
                share = held.count / words.behind(found.whole, treated).count
                column = words.group(treated)
                rows.append(entry(line, column, SHARE, share, held, section=section) | _over(OVER_SHARE))
        cell = f"{words.name}/balance/{line.key}"
        least = _least(arms, cell)
        derived.append(Derived(cell, tuple(held.cell for held in arms)))
        rows += _numbers(by_method, term, line, section, least)
    return pd.DataFrame(rows), _sums(found, words), tuple(derived)


def love_plot(found: TreatmentComparison, words: TreatmentWords) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """Rows of ``bars``: absolute standardised differences of all cases, and by the first method."""
    main = found.plan.methods[0]
    after = {line.term: line for line in found.balances[main]}
    rows, derived = [], []
    for before in found.balances[CRUDE]:
        line, section = _line(words, before.term)
        arms = [_behind_level(found, words, before.term, treated) for treated in (False, True)]
        cell = f"{words.name}/balance/{line.key}"
        derived.append(Derived(cell, tuple(held.cell for held in arms)))
        least = _least(arms, cell)
        heads = [f"{section[k]}: {line[k + 1]}" if section[k] else line[k + 1] for k in (0, 1)]
        for method, found_line in ((CRUDE, before), (main, after.get(before.term))):
            gap = abs(found_line.difference) if found_line else np.nan
            rows.append(
                {
                    "row": line.key,
                    "label_en": heads[0],
                    "label_zh": heads[1].replace(": ", "："),
                    "group": method,
                    "group_en": WORDS[method][0],
                    "group_zh": WORDS[method][1],
                    "value": gap,
                    "count": float(least.count),
                    "largest_share": least.largest_share,
                    "cell": cell,
                }
            )
    return pd.DataFrame(rows), tuple(derived)


def overlap_plot(found: TreatmentComparison, words: TreatmentWords) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """Rows of a ``histogram``: how the scores of all cases lie, by group; one cell a bin."""
    edges = _edges(found.first.score)
    place = np.clip(np.searchsorted(edges, found.first.score, side="right") - 1, 0, len(edges) - 2)
    rows, sums = [], []
    for treated in (False, True):
        group, size = words.group(treated), found.whole.size(treated)
        names = [f"{words.name}/score/{group.key}/{k}" for k in range(len(edges) - 1)]
        for k in range(len(edges) - 1):
            count, share = found.whole.cells.held((found.whole.treated == treated) & (place == k))
            rows.append(
                {
                    "group": group.key,
                    "group_en": group.en,
                    "group_zh": group.zh,
                    "left": edges[k],
                    "right": edges[k + 1],
                    "value": count / size,
                    "count": float(count),
                    "largest_share": share,
                    "label_en": f"{group.en}: {edges[k]:.2f}–{edges[k + 1]:.2f}",
                    "label_zh": f"{group.zh}：{edges[k]:.2f}–{edges[k + 1]:.2f}",
                    "cell": names[k],
                }
            )
        sums.append(Sum(words.cell(treated), tuple(names)))
    return pd.DataFrame(rows), tuple(sums)


def _edges(scores: np.ndarray) -> np.ndarray:
    """Edges of bins that hold all scores."""
    for width in WIDTHS:
        low, high = int(np.floor(scores.min() * width)), int(np.ceil(scores.max() * width))
        if high - low >= LEAST_BINS:
            break
    return np.arange(low, max(high, low + 1) + 1) / width


def _line(words: TreatmentWords, term: Term) -> tuple[Word, tuple[str, str]]:
    if term == SCORE:
        return Word("score", *SCORE_WORDS), ("", "")
    dimension = words.covariates[term[0]]
    return Word(f"{term[0]}={term[1]}", *dimension.labels[term[1]]), (dimension.label_en, dimension.label_zh)


def _behind_level(
    found: TreatmentComparison, words: TreatmentWords, term: Term, treated: bool | None
) -> Held:
    cells, here = found.whole.cells, in_group(found.whole, treated)
    if term == SCORE:
        return Held(*cells.held(here), words.cell(treated))
    j, k = list(cells.levels).index(term[0]), cells.levels[term[0]].index(term[1])
    return Held(*cells.held(here & (cells.codes[:, j] == k)), words.cell(treated, *term))


def _least(arms: list[Held], cell: str) -> Held:
    """A number about both groups: the smaller decides."""
    shares = [held.largest_share for held in arms if held.count]
    return Held(min(held.count for held in arms), max(shares, default=np.nan), cell)


def _numbers(
    by_method: dict[str, dict[Term, Balance]], term: Term, line: Word, section: tuple[str, str], behind: Held
) -> list[dict[str, object]]:
    """Differences by method, then ratios by method."""
    rows = []
    for over, kind in ((OVER_GAP, "difference"), (OVER_RATIO, "ratio")):
        for method, lines in by_method.items():
            value = getattr(lines[term], kind) if term in lines else NO_SPREAD
            column = Word(f"{kind}/{method}", *WORDS[method])
            rows.append(entry(line, column, NUMBER, value, behind, section=section) | _over(over))
    return rows


def _over(words: tuple[str, str]) -> dict[str, object]:
    return {"over": words[0], "over_en": words[0], "over_zh": words[1]}


def _sums(found: TreatmentComparison, words: TreatmentWords) -> tuple[Sum, ...]:
    """The levels of each covariate make up each group, and the groups each level."""
    made, cells = [], found.whole.cells
    for j, (name, levels) in enumerate(cells.levels.items()):
        there = [levels[k] for k in np.unique(cells.codes[:, j])]
        for side in SIDES:
            parts = tuple(words.cell(side, name, level) for level in there)
            made.append(Sum(words.cell(side), parts))
        for level in there:
            arms = tuple(words.cell(side, name, level) for side in (False, True))
            made.append(Sum(words.cell(None, name, level), arms))
    return tuple(made)
