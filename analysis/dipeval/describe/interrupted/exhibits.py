"""Interrupted series as exhibits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.given import Given
from dipeval.describe.interrupted.chosen import Chosen, before_of, chosen_series
from dipeval.describe.interrupted.fitting import WAYS, Fitted, fitted
from dipeval.describe.interrupted.tables import changes_table, on_model_scale, tests_table
from dipeval.describe.over_time.series import Series
from dipeval.estimate.interrupted.breaks import EarlierBreak, earlier_break
from dipeval.estimate.interrupted.dates import DatePlacebos, placebo_dates
from dipeval.estimate.interrupted.effects import Path, counterfactual_path, effects, fitted_path
from dipeval.estimate.interrupted.fit import SeriesFit
from dipeval.estimate.threads import one_thread
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

Words = tuple[str, str]
OBSERVED, FITTED, WITHOUT = (
    ("Observed", "实际值"),
    ("Fitted", "拟合值"),
    ("Without the reform", "反事实（无改革）"),
)
CONTROL = ("Control", "对照")
IDENTIFIED = (
    "A single series tells an effect only if its trend and season would have gone on and nothing else began at that date.",
    "单一序列仅在趋势与季节性将延续且同期无其他变化时才能识别效应。",
)
CONTROLLED = (
    "Against the control: identified if what else happened at that date changed both alike. Patients the reform passes "
    "by may be touched by it as well.",
    "与对照相比：识别条件为同期其他变化对两者影响相同；未纳入改革的患者也可能受到溢出影响。",
)
BAND = ("Bands: {level:.0%} intervals of the mean ({rule}).", "阴影：均值的{level:.0%}置信区间（{rule}）。")
DATES = (
    "The same model with its date anywhere else: {count} dates, the reform's statistic is as large or larger than all but "
    "{beyond}; rank p = {p:.3f}, the smallest possible is {least:.3f}.",
    "将中断日期置于其他各期：共{count}个日期，其中{beyond}个的统计量不小于改革日期；秩次p = {p:.3f}，可能的最小值为{least:.3f}。",
)
BROKEN = (
    "Before the reform the series may already have broken at {date} (largest F {value:.1f}, p = {p:.3f} against {draws} drawn "
    "series without a break): the trend that is carried on is then not one.",
    "改革前序列在{date}可能已有断点（最大F {value:.1f}，相对{draws}条无断点模拟序列p = {p:.3f}）：此时外推趋势不可靠。",
)
WHOLE = (
    "No break before the reform was found (largest F {value:.1f} at {date}, p = {p:.3f} against {draws} drawn series).",
    "未发现改革前断点（最大F {value:.1f}，{date}，相对{draws}条模拟序列p = {p:.3f}）。",
)
SHORT = (
    "The series before the reform is too short to look for a break in it.",
    "改革前序列过短，无法检验断点。",
)
FEW = (
    "Only {n} periods lie before the reform, for {k} terms of the path that is carried on: trend and season without the reform "
    "rest on the periods after it.",
    "改革前仅{n}期，而外推路径含{k}个参数：反事实趋势与季节性主要依赖改革后时期。",
)
SERIES = ["series", "series_en", "series_zh"]
RATIOS = (
    "Counts by a log link, with the denominator as exposure: effects are ratios of rates, 1 is no effect.",
    "计数模型（对数连接，分母为暴露量）：效应为率比，1表示无效应。",
)
LINE_EFFECT = ("Effect", "效应")
PLACEBO = ("Wald statistic over the number of changes", "Wald统计量除以变化参数个数")


def interrupted_exhibits(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of every outcome; see `kinds.interrupted_series`."""
    return [
        e for name in choice.options["outcomes"] for e in _of_outcome(given, choice, outcomes()[str(name)])
    ]


def _of_outcome(given: Given, choice: DescriptionChoice, outcome: Outcome) -> list[Exhibit]:
    level, margin = float(choice.options["level"]), int(choice.options["margin"])
    chosen = chosen_series(given, choice, outcome)
    with one_thread():
        found = fitted(chosen, choice, outcome)
        tried = _dates(chosen, found, margin)
        broken = earlier_break(
            on_model_scale(before_of(chosen), found),
            chosen.season,
            margin=margin,
            seed=int(choice.options["seed"]),
        )
    way, fit = next(iter(found.fits.items()))
    stem = f"{choice.name}_{outcome.name}"
    english, chinese = choice.titles("Interrupted series", "中断时间序列")
    place = chosen.treated.labels
    if chosen.control is not None:
        other = chosen.control.labels
        place = (f"{place[0]} beside {other[0]}", f"{place[1]}与{other[1]}对照")
    title = (f"{english}: {outcome.label_en}, {place[0]}", f"{chinese}：{outcome.label_zh}，{place[1]}")
    shared = {"synthetic": given.synthetic}
    told = _axes(given, outcome, chosen)
    warned = [CONTROLLED if found.beside else IDENTIFIED, _break_words(broken, chosen), *_few(chosen)]
    made = [
        changes_table(stem, title, outcome, chosen, found, level, warned, given),
        _picture(
            f"{stem}_path",
            (f"{title[0]}: path", f"{title[1]}：路径"),
            _path_rows(chosen, fit, level),
            [_rule(way, fit, level), *warned],
            told,
            shared,
        ),
        _picture(
            f"{stem}_effects",
            (f"{title[0]}: effect by period", f"{title[1]}：各期效应"),
            _effect_rows(chosen, found.first, level),
            [_rule(way, found.first, level), *([RATIOS] if found.is_ratio else []), *warned],
            {**told, **_effect_axis(outcome, found)},
            shared,
        ),
        tests_table(f"{stem}_tests", title, chosen, found, shared),
    ]
    if tried is not None:
        made.append(_placebo(f"{stem}_dates", title, chosen, tried, told, shared))
    return made


def _rule(way: str, fit: SeriesFit, level: float) -> Words:
    """What the bands are."""
    english, chinese = WAYS[way]
    return (
        BAND[0].format(level=level, rule=f"{english}: {fit.rule}"),
        BAND[1].format(level=level, rule=f"{chinese}：{fit.rule_zh}"),
    )


def _effect_axis(outcome: Outcome, found: Fitted) -> dict[str, object]:
    if not found.is_ratio:
        words = f"Effect: {outcome.label_en}", f"效应：{outcome.label_zh}"
        return {"y_line": 0.0, "y_axis_en": words[0], "y_axis_zh": words[1]}
    words = f"Rate ratio: {outcome.label_en}", f"率比：{outcome.label_zh}"
    return {"y_line": 1.0, "y_unit": "", "y_axis_en": words[0], "y_axis_zh": words[1]}


def _dates(chosen: Chosen, found: Fitted, margin: int) -> DatePlacebos | None:
    """Placebos over dates, of a series with one interruption."""
    if len(chosen.interruptions) != 1:
        return None
    one, n = chosen.interruptions[0], len(chosen.treated.values)
    margin = max(margin, one.left_out + one.phase_in + 2)
    if not margin <= one.at <= n - margin or n < 2 * margin + 1:
        return None
    return placebo_dates(found.fit_at, n, one.at, margin=margin)


def _few(chosen: Chosen) -> list[Words]:
    """What is to be said where fewer periods lie before the reform than the path without it has terms."""
    n, k = chosen.first, len(chosen.design.names) - len(chosen.design.changes)
    return [] if n > k else [(FEW[0].format(n=n, k=k), FEW[1].format(n=n, k=k))]


def _break_words(found: EarlierBreak | None, chosen: Chosen) -> Words:
    if found is None:
        return SHORT
    words = BROKEN if found.p_value < 0.05 else WHOLE
    told = {
        "date": chosen.treated.periods[found.at],
        "value": found.statistic,
        "p": found.p_value,
        "draws": found.draws,
    }
    return words[0].format(**told), words[1].format(**told)


def _axes(given: Given, outcome: Outcome, chosen: Chosen) -> dict[str, object]:
    unit = "" if outcome.unit == "log points" else outcome.unit
    return {
        "periods": True,
        "x_line": chosen.treated.periods[chosen.first],
        "y_unit": unit,
        "currency": given.currency,
        "y_axis_en": outcome.label_en,
        "y_axis_zh": outcome.label_zh,
    }


def _point(
    series: Series, k: int, line: tuple[str, Words], value: float, low: float, high: float
) -> dict[str, object]:
    key, words = line
    return {
        "series": key,
        "series_en": words[0],
        "series_zh": words[1],
        "x": series.periods[k],
        "value": float(value),
        "low": float(low),
        "high": float(high),
        "count": float(series.counts[k]),
        "largest_share": float(series.shares[k]),
        "label_en": f"{words[0]}, {series.periods[k]}",
        "label_zh": f"{words[1]}，{series.periods[k]}",
    }


def _path_rows(chosen: Chosen, fit: SeriesFit, level: float) -> list[dict[str, object]]:
    series, nan = chosen.treated, float("nan")
    rows = [_point(series, k, ("observed", OBSERVED), v, nan, nan) for k, v in enumerate(series.values)]
    line, without = shown(fitted_path(fit, level), fit), shown(counterfactual_path(fit, level), fit)
    rows += [
        _point(series, k, ("fitted", FITTED), line.value[k], nan, nan) for k in range(len(series.values))
    ]
    after = range(chosen.first, len(series.values))
    rows += [
        _point(series, k, ("without", WITHOUT), without.value[k], without.low[k], without.high[k])
        for k in after
    ]
    if chosen.control is not None:
        other = chosen.control
        line = ("control", (f"{CONTROL[0]}: {other.labels[0]}", f"{CONTROL[1]}：{other.labels[1]}"))
        rows += [_point(other, k, line, v, nan, nan) for k, v in enumerate(other.values)]
    return rows


def shown(path: Path, fit: SeriesFit) -> Path:
    """A path on the scale that is drawn: rates and their ratios under a log link."""
    if fit.link != "log":
        return path
    ends = {name: np.exp(getattr(path, name)) for name in ("value", "low", "high")}
    return replace(path, std_error=path.std_error * ends["value"], **ends)


def _effect_rows(chosen: Chosen, fit: SeriesFit, level: float) -> list[dict[str, object]]:
    path = shown(effects(fit, level), fit)
    return [
        _point(chosen.treated, int(k), ("effect", LINE_EFFECT), *ends)
        for k, *ends in zip(path.position, path.value, path.low, path.high, strict=True)
    ]


def _placebo(
    name: str,
    title: Words,
    chosen: Chosen,
    tried: DatePlacebos,
    told: dict[str, object],
    shared: dict[str, object],
) -> Exhibit:
    nan = float("nan")
    rows = [
        _point(chosen.treated, int(k), ("statistic", PLACEBO), value, nan, nan)
        for k, value in zip(tried.position, tried.statistic, strict=True)
    ]
    own = tried.statistic[tried.actual]
    beyond = int((tried.statistic >= own * (1 - 1e-12)).sum()) - 1
    words = {"count": len(rows), "beyond": beyond, "p": tried.p_value, "least": tried.least}
    options = {
        **told,
        "y_unit": "",
        "y_axis_en": PLACEBO[0],
        "y_axis_zh": PLACEBO[1],
        "y_line": float(own),
        "zero": True,
    }
    notes = [(DATES[0].format(**words), DATES[1].format(**words))]
    heads = (f"{title[0]}: any other date", f"{title[1]}：其他日期安慰剂")
    return _picture(name, heads, rows, notes, options, shared)


def _picture(
    name: str,
    title: Words,
    rows: list[dict[str, object]],
    notes: Sequence[Words],
    options: dict[str, object],
    shared: dict[str, object],
) -> Exhibit:
    frame = pd.DataFrame(rows)
    return bilingual(
        name=name,
        kind="curves",
        titles=title,
        frame=frame if frame["series"].nunique() > 1 else frame.drop(columns=SERIES),
        notes=notes,
        options={k: v for k, v in options.items() if not (isinstance(v, float) and np.isnan(v))},
        **shared,
    )
