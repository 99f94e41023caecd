"""Whether hospitals are alike: the balance table, the love plot and the overlap of scores."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dipeval.describe.balanced.covariates import CovariateTable
from dipeval.describe.balanced.sides import held_by, least
from dipeval.describe.balanced.words import CONTROL, METHODS, TREATED
from dipeval.describe.cases.grid import NUMBER, Held, Word, entry
from dipeval.estimate.balancing.balanced import Balanced
from dipeval.estimate.balancing.score_weights import CRUDE
from dipeval.estimate.balancing.standardised import moments, standardised_difference, variance_ratio
from dipeval.results.relations import Sum

OVER = {
    "mean": ("Mean before", "平衡前均值"),
    "difference": ("Standardised difference", "标准化差异"),
    "ratio": ("Variance ratio", "方差比"),
}
SCORE = Word("score", "Logit of the score", "倾向得分的logit")
WIDTHS = (5, 10, 20)
"""Bins to the unit of the score: the fewest that make `LEAST_BINS`."""
LEAST_BINS = 6
ARMS = ((False, CONTROL), (True, TREATED))


def covariate_lines(
    every: Mapping[str, Balanced], table: CovariateTable
) -> dict[str, dict[str, tuple[float, float]]]:
    """Standardised difference and variance ratio by method and covariate, and of the logit of the score.

    Differences are in standard deviations of all hospitals with known covariates, whatever is left of them.
    """
    made: dict[str, dict[str, tuple[float, float]]] = {}
    for method, found in every.items():
        if CRUDE not in made:
            made[CRUDE] = _lines(found, True)
        made[method] = _lines(found, False)
    return made


def _lines(found: Balanced, before: bool) -> dict[str, tuple[float, float]]:
    whole, compared = found.whole, found.whole if before else found.compared
    weights = compared.base if before else found.weights * compared.base
    columns = {name: compared.values[:, k] for k, name in enumerate(compared.names)}
    first = {name: whole.values[:, k] for k, name in enumerate(whole.names)}
    logit = found.first.coefficients
    columns[SCORE.key] = _logit(found, compared.design.units.get_indexer(whole.design.units))
    first[SCORE.key] = whole.regressors @ logit
    d, d_first = compared.treated, whole.treated
    made = {}
    for name, values in columns.items():
        own, other = ((values[side], weights[side]) for side in (d, ~d))
        spread = tuple((first[name][side], whole.base[side]) for side in (d_first, ~d_first))
        made[name] = (standardised_difference(own, other, spread), variance_ratio(own, other))
    return made


def _logit(found: Balanced, place: np.ndarray) -> np.ndarray:
    """The first logit of the hospitals compared, in their order."""
    return (found.whole.regressors @ found.first.coefficients)[place >= 0]


def balance_table(
    every: Mapping[str, Balanced], table: CovariateTable, panel: pd.DataFrame, name: str
) -> pd.DataFrame:
    """Rows of a ``grid``: a line a covariate, means before, then differences and ratios by method.

    The cells of both groups are those that the bins of the scores add up to; `name` is the description's.
    """
    lines = covariate_lines(every, table)
    any_one = next(iter(every.values()))
    held = _arms(any_one, panel)
    both, rows = least(list(held.values())), []
    told = {key: one._replace(cell=_arm_cell(name, key)) for key, one in held.items()}
    for covariate in [*any_one.whole.names, SCORE.key]:
        line = table.words.get(covariate, SCORE)
        section = table.sections.get(covariate, ("", ""))
        if covariate != SCORE.key:
            rows += _means(any_one, covariate, line, section, told)
        for k, kind in enumerate(("difference", "ratio")):
            for method, found in lines.items():
                value = found.get(covariate, (np.nan, np.nan))[k]
                column = Word(f"{kind}/{method}", *METHODS[method])
                # a unit of its own, so that decimals are not those of a mean of fifty years
                made = entry(_in(line, section), column, NUMBER, value, both, unit=kind)
                rows.append(made | _over(kind))
    return pd.DataFrame(rows)


def _means(
    found: Balanced, name: str, line: Word, section: tuple[str, str], held: Mapping[str, Held]
) -> list[dict[str, object]]:
    whole, rows = found.whole, []
    values = whole.values[:, whole.names.index(name)]
    for treated, word in ARMS:
        here = whole.treated == treated
        mean = moments(values[here], whole.base[here])[0]
        column = Word(f"mean/{word.key}", word.en, word.zh)
        rows.append(entry(_in(line, section), column, NUMBER, mean, held[word.key]) | _over("mean"))
    return rows


def _in(line: Word, section: tuple[str, str]) -> Word:
    """A level with its attribute before it."""
    if not section[0]:
        return line
    return Word(line.key, f"{section[0]}: {line.en}", f"{section[1]}：{line.zh}")


def _over(kind: str) -> dict[str, object]:
    return {"over": kind, "over_en": OVER[kind][0], "over_zh": OVER[kind][1]}


def _arms(found: Balanced, panel: pd.DataFrame) -> dict[str, Held]:
    groups = np.where(found.whole.treated, TREATED.key, CONTROL.key)
    return held_by(panel, found.whole.design, groups)


def love_plot(every: Mapping[str, Balanced], table: CovariateTable, panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``bars``: absolute standardised differences as hospitals are, and by each method."""
    lines = covariate_lines(every, table)
    any_one = next(iter(every.values()))
    both, rows = least(list(_arms(any_one, panel).values())), []
    for name in [*any_one.whole.names, SCORE.key]:
        line = _in(table.words.get(name, SCORE), table.sections.get(name, ("", "")))
        for method, found in lines.items():
            rows.append(
                {
                    "row": name,
                    "label_en": line.en,
                    "label_zh": line.zh,
                    "group": method,
                    "group_en": METHODS[method][0],
                    "group_zh": METHODS[method][1],
                    "value": abs(found.get(name, (np.nan, np.nan))[0]),
                    "count": both.count,
                    "largest_share": both.largest_share,
                }
            )
    return pd.DataFrame(rows)


def _arm_cell(name: str, arm: str) -> str:
    return f"{name}/score/{arm}"


def overlap_plot(found: Balanced, panel: pd.DataFrame, name: str) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """Rows of a ``histogram``: how the scores of all hospitals lie, by group; cases stand behind each bin.

    Shares of a group add up to one, so a bin that is held back takes another with it.
    """
    score, edges = found.first.score, _edges(found.first.score)
    place = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, len(edges) - 2)
    rows, sums = [], []
    for treated, word in ARMS:
        cells = [f"{_arm_cell(name, word.key)}/{k}" for k in range(len(edges) - 1)]
        sums.append(Sum(_arm_cell(name, word.key), tuple(cells)))
        here = found.whole.treated == treated
        bins = np.where(here, np.char.add("b", place.astype(str)), "")
        held = held_by(panel, found.whole.design, bins)
        for k in range(len(edges) - 1):
            behind = held.get(f"b{k}", Held(0.0, np.nan))
            span = f"{edges[k]:.2f}–{edges[k + 1]:.2f}"
            rows.append(
                {
                    "group": word.key,
                    "group_en": word.en,
                    "group_zh": word.zh,
                    "left": edges[k],
                    "right": edges[k + 1],
                    "value": (place[here] == k).mean(),
                    "count": behind.count,
                    "largest_share": behind.largest_share,
                    "label_en": f"{word.en}: {span}",
                    "label_zh": f"{word.zh}：{span}",
                    "cell": cells[k],
                }
            )
    return pd.DataFrame(rows), tuple(sums)


def _edges(scores: np.ndarray) -> np.ndarray:
    for width in WIDTHS:
        low, high = int(np.floor(scores.min() * width)), int(np.ceil(scores.max() * width))
        if high - low >= LEAST_BINS:
            break
    return np.arange(low, max(high, low + 1) + 1) / width
