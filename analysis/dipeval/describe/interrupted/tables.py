"""Tables of an interrupted series: what changed, by each way of errors, and what the residuals say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import INTERVAL, NUMBER, P_VALUE, Held, Word, entry
from dipeval.describe.given import Given
from dipeval.describe.interrupted.chosen import Chosen
from dipeval.describe.interrupted.fitting import WAYS, Fitted
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
from dipeval.estimate.interrupted.effects import (
    Change,
    average_effect,
    cumulative_effect,
    excess_counts,
    term_change,
)
from dipeval.estimate.interrupted.fit import SeriesFit
from dipeval.results.exhibit import Exhibit, bilingual
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
RATIO = {
    "trend": ("Trend of the rate before, % a {period}", "改革前率的趋势（每{period}，%）"),
    "level": ("Rate ratio of the level at {date}", "{date}水平率比"),
    "slope": ("Change of slope from {date}, % a {period}", "{date}起斜率变化（每{period}，%）"),
}
AVERAGE_RATIO = ("Mean rate ratio over {n} {period}s (geometric)", "平均率比（{n}个{period}，几何平均）")
EXCESS = ("Excess count over {n} {period}s", "超额计数（{n}个{period}）")
RATES = (
    "Counts by a log link, with the denominator as exposure: ratios of rates, 1 is no change; intervals of the excess count by the "
    "delta method.",
    "计数模型（对数连接，分母为暴露量）：率比，1表示无变化；超额计数区间按delta法。",
)
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
    found: Fitted,
    level: float,
    notes: Sequence[Words],
    given: Given,
) -> Exhibit:
    """Changes with intervals and p-values, a pair of columns a way of errors; with a control three sections."""
    rows: list[dict[str, object]] = []
    fits, beside = found.fits, found.beside
    parts: dict[str, Mapping[str, SeriesFit]] = {
        "treated": {m: c.treated for m, c in beside.items()} or dict(fits)
    }
    if beside:
        parts |= {key: {m: getattr(c, key) for m, c in beside.items()} for key in ("control", "difference")}
    for key, by_method in parts.items():
        other = chosen.control if key == "control" else chosen.treated
        section = tuple(w.format(name=label) for w, label in zip(SECTIONS[key], other.labels, strict=True))
        held = Held(float(np.nansum(other.counts)), float(np.nanmax(other.shares)))
        exposure = found.exposure.get(key)
        made = {m: _changes(fit, chosen, given.frequency, level, exposure) for m, fit in by_method.items()}
        for lines in zip(*made.values(), strict=True):
            for method, (row, change) in zip(made, lines, strict=True):
                own, label = row._replace(key=f"{key}:{row.key}"), WAYS[method]
                how = {"section": section}
                interval = Word(method, *label)
                rows.append(
                    entry(
                        own, interval, INTERVAL, change.value, held, low=change.low, high=change.high, **how
                    )
                )
                rows.append(entry(own, Word(f"{method}:p", "p", "p值"), P_VALUE, change.p_value, held, **how))
    drawn = {m: both.difference for m, both in beside.items()} or fits
    rules = [(f"{WAYS[m][0]}: {fit.rule}.", f"{WAYS[m][1]}：{fit.rule_zh}。") for m, fit in drawn.items()]
    said = [*notes, *rules, *([DRIFT] if beside else []), *([RATES] if found.is_ratio else [])]
    return bilingual(
        name=name,
        kind="grid",
        titles=title,
        frame=pd.DataFrame(rows),
        notes=said,
        synthetic=given.synthetic,
        options={"currency": given.currency, "stub_en": outcome.label_en, "stub_zh": outcome.label_zh},
    )


def _changes(
    fit: SeriesFit, chosen: Chosen, frequency: str, level: float, exposure: np.ndarray | None
) -> list[tuple[Word, Change]]:
    """Rows of the table; under a log link ratios, and cases in the place of a sum of effects."""
    period, ratio = OF_PERIOD[frequency], fit.link == "log"
    found = []
    for term in ("trend", *fit.segments.changes):
        date, _, kind = term.rpartition(":")
        date = date or chosen.interruptions[0].name
        words = [
            w.format(date=date, period=p)
            for w, p in zip((RATIO if ratio else TERMS)[kind], period, strict=True)
        ]
        change = _shown(term_change(fit, term, level), ratio)
        found.append((Word(term, *words), _in_per_cent(change) if ratio and kind != "level" else change))
    design = fit.segments
    n = int(((design.columns != design.counterfactual).any(1) & design.used).sum())
    whole = [("average", AVERAGE_RATIO if ratio else AVERAGE, _shown(average_effect(fit, level), ratio))]
    if not ratio:
        whole.append(("cumulative", CUMULATIVE, cumulative_effect(fit, level)))
    elif exposure is not None:
        whole.append(("cumulative", EXCESS, excess_counts(fit, exposure, level)))
    for key, words, change in whole:
        shown = (w.format(n=n, period=p) for w, p in zip(words, period, strict=True))
        found.append((Word(key, *shown), change))
    return found


def _shown(change: Change, ratio: bool) -> Change:
    """A change as it is printed: a ratio of rates under a log link."""
    if not ratio:
        return change
    ends = {name: float(np.exp(getattr(change, name))) for name in ("value", "low", "high")}
    return replace(change, std_error=change.std_error * ends["value"], **ends)


def _in_per_cent(change: Change) -> Change:
    """A ratio a period as per cent a period: two digits of a ratio near one would say nothing."""
    ends = {name: 100 * (getattr(change, name) - 1) for name in ("value", "low", "high")}
    return replace(change, std_error=100 * change.std_error, **ends)


def on_model_scale(values: np.ndarray, found: Fitted) -> np.ndarray:
    """Rates as logarithms where the model is one of ratios and none is zero; else as they are."""
    return np.log(values) if found.is_ratio and (values > 0).all() else values


def tests_table(
    name: str, title: Words, chosen: Chosen, found: Fitted, shared: Mapping[str, object]
) -> Exhibit:
    """Tests of the residuals of least squares; of rates on their logarithms."""
    design = chosen.design
    x, y = design.columns[design.used], on_model_scale(chosen.treated.values, found)[design.used]
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
