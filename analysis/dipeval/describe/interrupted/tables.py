"""Tables of an interrupted series: what changed, by each way of errors, and what the residuals say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import INTERVAL, NUMBER, P_VALUE, Held, Word, entry
from dipeval.describe.given import Given
from dipeval.describe.interrupted.chosen import Chosen
from dipeval.estimate.interrupted.controlled import Controlled
from dipeval.estimate.interrupted.diagnostics import (
    NAMES,
    SeriesTest,
    breusch_godfrey,
    breusch_pagan,
    cumby_huizinga,
    durbin_watson,
    ljung_box,
    reset,
)
from dipeval.estimate.interrupted.effects import Change, average_effect, cumulative_effect, term_change
from dipeval.estimate.interrupted.fit import LABELS, SeriesFit
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import Outcome

Words = tuple[str, str]
OF_PERIOD = {"month": ("month", "月"), "quarter": ("quarter", "季度"), "year": ("year", "年")}
TERMS = {
    "trend": ("Trend before, per {period}", "改革前趋势（每{period}）"),
    "level": ("Change of level at {date}", "{date}水平变化"),
    "slope": ("Change of slope from {date}, per {period}", "{date}起斜率变化（每{period}）"),
}
AVERAGE = ("Mean effect over {n} {period}s", "平均效应（{n}个{period}）")
CUMULATIVE = ("Sum of effects over {n} {period}s", "累计效应（{n}个{period}）")
SECTIONS = {
    "treated": ("{name}", "{name}"),
    "control": ("Control: {name}", "对照：{name}"),
    "difference": ("Difference: changed more than the control", "差异：相对对照的变化"),
}
DRIFT = (
    "A trend in the difference before the reform says that both did not run parallel: the change of slope is against that trend.",
    "差异序列在改革前的趋势说明两者并不平行：斜率变化是相对该趋势而言。",
)


def changes_table(
    name: str,
    title: Words,
    outcome: Outcome,
    chosen: Chosen,
    fits: Mapping[str, SeriesFit],
    beside: Mapping[str, Controlled],
    level: float,
    notes: Sequence[Words],
    given: Given,
) -> Exhibit:
    """Changes with intervals and p-values, a pair of columns a way of errors; with a control three sections."""
    rows: list[dict[str, object]] = []
    parts = {"treated": {m: c.treated for m, c in beside.items()} or dict(fits)}
    if beside:
        parts |= {key: {m: getattr(c, key) for m, c in beside.items()} for key in ("control", "difference")}
    for key, by_method in parts.items():
        other = chosen.control if key == "control" else chosen.treated
        section = tuple(w.format(name=label) for w, label in zip(SECTIONS[key], other.labels, strict=True))
        held = Held(float(np.nansum(other.counts)), float(np.nanmax(other.shares)))
        made = {m: _changes(fit, chosen, given.frequency, level) for m, fit in by_method.items()}
        for lines in zip(*made.values(), strict=True):
            for method, (row, change) in zip(made, lines, strict=True):
                own, label = row._replace(key=f"{key}:{row.key}"), LABELS[method]
                how = {"section": section}
                interval = Word(method, *label)
                rows.append(
                    entry(
                        own, interval, INTERVAL, change.value, held, low=change.low, high=change.high, **how
                    )
                )
                rows.append(entry(own, Word(f"{method}:p", "p", "p值"), P_VALUE, change.p_value, held, **how))
    rules = [(f"{LABELS[m][0]}: {fit.rule}.", f"{LABELS[m][1]}：{fit.rule}。") for m, fit in fits.items()]
    said = [*notes, *rules, *([DRIFT] if beside else [])]
    return Exhibit(
        name=name,
        kind="grid",
        title_en=title[0],
        title_zh=title[1],
        frame=pd.DataFrame(rows),
        notes_en=tuple(en for en, _ in said),
        notes_zh=tuple(zh for _, zh in said),
        synthetic=given.synthetic,
        options={"currency": given.currency, "stub_en": outcome.label_en, "stub_zh": outcome.label_zh},
    )


def _changes(fit: SeriesFit, chosen: Chosen, frequency: str, level: float) -> list[tuple[Word, Change]]:
    period = OF_PERIOD[frequency]
    found = []
    for term in ("trend", *fit.segments.changes):
        date, _, kind = term.rpartition(":")
        date = date or chosen.interruptions[0].name
        words = [w.format(date=date, period=p) for w, p in zip(TERMS[kind], period, strict=True)]
        found.append((Word(term, *words), term_change(fit, term, level)))
    design = fit.segments
    n = int(((design.columns != design.counterfactual).any(1) & design.used).sum())
    for key, words, change in (
        ("average", AVERAGE, average_effect(fit, level)),
        ("cumulative", CUMULATIVE, cumulative_effect(fit, level)),
    ):
        found.append(
            (Word(key, *(w.format(n=n, period=p) for w, p in zip(words, period, strict=True))), change)
        )
    return found


def tests_table(
    name: str, title: Words, chosen: Chosen, fit: SeriesFit, shared: Mapping[str, object]
) -> Exhibit:
    """Tests of the residuals of least squares."""
    design = fit.segments
    x, y = design.columns[design.used], chosen.treated.values[design.used]
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    season = chosen.season.length if chosen.season.kind != "none" or chosen.season.length else 1
    lags = [k for k in dict.fromkeys((1, 2, season)) if k < len(y) // 3]
    tests: list[SeriesTest] = [durbin_watson(x, residuals)]
    tests += [breusch_godfrey(x, residuals, k) for k in lags]
    tests += [ljung_box(residuals, k) for k in lags[1:]]
    tests += [cumby_huizinga(x, residuals, k) for k in lags]
    tests += [breusch_pagan(x, residuals), reset(x, y)]
    held = Held(float(np.nansum(chosen.treated.counts)), float(np.nanmax(chosen.treated.shares)))
    rows = []
    for test in tests:
        words = [w.format(order=test.order) for w in NAMES[test.name]]
        row = Word(f"{test.name}:{test.order}", *words)
        rows.append(entry(row, Word("statistic", "Statistic", "统计量"), NUMBER, test.statistic, held))
        rows.append(entry(row, Word("p", "p", "p值"), P_VALUE, test.p_value, held))
    return Exhibit(
        name=name,
        kind="grid",
        title_en=f"{title[0]}: residuals",
        title_zh=f"{title[1]}：残差检验",
        frame=pd.DataFrame(rows),
        notes_en=(
            "Residuals of least squares. A small p of one of the first speaks for errors that allow for autocorrelation.",
        ),
        notes_zh=("最小二乘残差。前几项检验p值较小时，应采用允许自相关的标准误。",),
        options={"stub_en": "Test", "stub_zh": "检验"},
        **shared,
    )
