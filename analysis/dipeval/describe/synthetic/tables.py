"""Tables of synthetic controls: fit before the reform, effect and rank; the donors and their weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import FACT, NUMBER, P_VALUE, SHARE, Held, Word, entry
from dipeval.describe.given import Given
from dipeval.describe.labels import label_of
from dipeval.describe.synthetic.fitted import Fitted
from dipeval.describe.synthetic.words import SYNTHETIC, TREATED, Words
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import Outcome, columns, outcomes

BEFORE, SUMMARY = ("Before the reform", "改革前"), ("Fit and effect", "拟合与效应")
COLUMNS = (
    Word("treated", *TREATED),
    Word("synthetic", *SYNTHETIC),
    Word("mean", "Mean of donors", "供体均值"),
    Word("gap", "Gap", "差距"),
)
PREDICTED = ("Predictors, means before the reform", "预测变量（改革前均值）")
IMPORTANCE = Word("importance", "Importance", "重要性")
EFFECT = Word("effect", "Mean gap after the reform", "改革后平均差距")
FITS = (
    Word("before", "Root mean squared gap before", "改革前差距均方根"),
    Word("after", "Root mean squared gap after", "改革后差距均方根"),
    Word("ratio", "Fit after over fit before", "改革后与改革前之比"),
)
RANKS = (
    Word("rank", "Rank of that ratio", "该比值的排名"),
    Word("units", "Units ranked", "参与排名的单位数"),
    Word("p", "P value by rank", "秩次p值"),
    Word("least", "Smallest possible p value", "可能的最小p值"),
)


def fit_table(
    name: str, title: Words, fitted: Fitted, notes: Sequence[Words], given: Given, outcome: Outcome
) -> Exhibit:
    """Effect, fits and ranks, then the outcome of each period before the reform."""
    own, n = fitted.own, fitted.own.n_before
    counts, shares = fitted.behind_synthetic()
    every = Held(
        float(min(counts.sum(), fitted.counts[-1].sum())),
        float(np.fmax(np.nanmax(shares), np.nanmax(fitted.shares[-1]))),
    )
    how = {"section": SUMMARY}
    unit = "" if outcome.unit == "log points" else outcome.unit
    numbers = [
        (EFFECT, own.effect, unit),
        *zip(FITS, (own.fit_before, own.fit_after), (unit,) * 2, strict=False),
    ]
    rows = [entry(row, COLUMNS[3], NUMBER, value, every, unit=u, **how) for row, value, u in numbers]
    rows.append(entry(FITS[2], COLUMNS[3], NUMBER, own.ratio, every, **how))
    if fitted.rank is not None:
        rank = fitted.rank
        rows += [
            entry(row, COLUMNS[3], form, value, FACT, **how)
            for row, form, value in zip(
                RANKS,
                ("count", "count", P_VALUE, P_VALUE),
                (rank.rank, rank.total, rank.p_value, rank.least),
                strict=True,
            )
        ]
    donors = fitted.counts[:-1].sum(0)
    largest = (fitted.counts[:-1] * fitted.shares[:-1]).max(0) / np.maximum(donors, 1.0)
    for t in range(n):
        row = Word(fitted.periods[t], *(fitted.periods[t],) * 2)
        behind = (
            Held(fitted.counts[-1][t], fitted.shares[-1][t]),
            Held(counts[t], shares[t]),
            Held(donors[t], largest[t]),
            Held(min(counts[t], fitted.counts[-1][t]), float(np.fmax(shares[t], fitted.shares[-1][t]))),
        )
        values = (own.path[t], own.synthetic[t], fitted.donor_mean[t], own.gap[t])
        rows += [
            entry(row, column, NUMBER, value, held, unit=unit, section=BEFORE)
            for column, value, held in zip(COLUMNS, values, behind, strict=True)
        ]
    rows += _predictor_rows(fitted, outcome, every)
    return _grid(name, title, rows, notes, given, (outcome.label_en, outcome.label_zh))


def _predictor_rows(fitted: Fitted, outcome: Outcome, every: Held) -> list[dict[str, object]]:
    """Means of predictors before the reform and how much each counts."""
    importance = fitted.own.weights.importance
    if importance is None:
        return []
    words = [Word("predictor:outcome", outcome.label_en, outcome.label_zh)]
    for name in fitted.predictors:
        known = columns().get(name) or outcomes().get(name)
        label = (known.label_en, known.label_zh) if known is not None else (name, name)
        words.append(Word(f"predictor:{name}", *label))
    weights, rows = fitted.own.weights.donors, []
    for word, means, counts in zip(words, fitted.predictor_means, importance, strict=True):
        values = (means[-1], weights @ means[:-1], means[:-1].mean())
        rows += [
            entry(word, column, NUMBER, value, every, section=PREDICTED)
            for column, value in zip(COLUMNS, values, strict=False)
        ]
        rows.append(entry(word, IMPORTANCE, SHARE, counts, every, section=PREDICTED))
    return rows


def weights_table(
    name: str,
    title: Words,
    fitted: Fitted,
    chosen: np.ndarray,
    notes: Sequence[Words],
    given: Given,
    outcome: Outcome,
) -> Exhibit:
    """Donors with their weights, and how they fare as placebos, the largest weight first."""
    gaps = fitted.placebos
    unit = "" if outcome.unit == "log points" else outcome.unit
    heads = [Word("weight", "Weight", "权重")]
    if gaps:
        heads += [Word("before", "Root mean squared gap before, as placebo", "作为安慰剂的改革前差距均方根")]
        heads += [Word("effect", "Mean gap after, as placebo", "作为安慰剂的改革后平均差距")]
    rows = []
    for k in chosen:
        row = Word(fitted.donors[k], *label_of(fitted.donors[k], given.labels))
        total = float(fitted.counts[k].sum())
        held = Held(total, float((fitted.counts[k] * fitted.shares[k]).sum() / total) if total else np.nan)
        rows.append(entry(row, heads[0], SHARE, fitted.own.weights.donors[k], held))
        if gaps:
            rows.append(entry(row, heads[1], NUMBER, gaps[k].fit_before, held, unit=unit))
            rows.append(entry(row, heads[2], NUMBER, gaps[k].effect, held, unit=unit))
    words = (f"{title[0]}: donors", f"{title[1]}：供体")
    return _grid(name, words, rows, notes, given, ("Donor", "供体"))


def _grid(
    name: str,
    title: Words,
    rows: list[dict[str, object]],
    notes: Sequence[Words],
    given: Given,
    stub: Words,
) -> Exhibit:
    return bilingual(
        name=name,
        kind="grid",
        titles=title,
        frame=pd.DataFrame(rows),
        notes=notes,
        synthetic=given.synthetic,
        options={"currency": given.currency, "stub_en": stub[0], "stub_zh": stub[1]},
    )
