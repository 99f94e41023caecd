"""Trends of a panel as exhibits: raw, seasonally adjusted, indexed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name
from dipeval.describe.given import Given
from dipeval.describe.over_time.seasonal import dummy_season, stl_season
from dipeval.describe.over_time.series import ALL, Series, series_of
from dipeval.design.calendar import period_code, period_label
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.results.relations import Derived, Sum
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

STAGE = "trends"
PER_YEAR = {"month": 12, "quarter": 4, "year": 1}
RAW, ADJUSTED = "raw", "adjusted"
LINES = {RAW: ("As it was", "原始值"), ADJUSTED: ("Seasonally adjusted", "季节调整值")}
MOST_TOGETHER = 6
"""More groups than this have a panel each."""
GAPS = (
    "A period without the number is a gap in the line, never 0.",
    "缺少数据的时期为断点，不作零处理。",
)
SUMS = (
    "Groups of hospitals: the number of the sums of their hospitals, not a mean over hospitals.",
    "各组指标由组内医院合计数计算，并非医院均值。",
)
METHODS = {
    "stl": (
        "Seasonally adjusted by STL (Cleveland et al. 1990; period {length}, seasonal window 7, not robust)",
        "季节调整采用STL（Cleveland等1990；周期{length}，季节窗口7，非稳健）",
    ),
    "dummies": (
        "Seasonally adjusted by regression on a straight line and effects of the {length} periods of a year",
        "季节调整采用线性趋势加{length}个季节虚拟变量的回归",
    ),
}
LATER = (
    "; what a reform did within a year may pass for a season.",
    "；改革在年内造成的变化可能被视为季节性。",
)
LOGGED = (", of logarithms", "，对数尺度")


@dataclass(frozen=True)
class Line:
    """One line of the picture: a series and what was made of it."""

    series: Series
    kind: str
    values: np.ndarray


def trend_exhibits(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of a description of kind ``trends``; see `kinds.trends`."""
    return [_exhibit(given, choice, outcomes()[str(name)]) for name in choice.options["outcomes"]]


def _exhibit(given: Given, choice: DescriptionChoice, outcome: Outcome) -> Exhibit:
    options, periods = choice.options, calendar_of(given)
    by, base = str(options["by"] or ""), str(options["base"] or "")
    series = series_of(
        given.panel, outcome, by, periods, overall=bool(options["overall"]), labels=given.labels
    )
    lines = [Line(one, RAW, one.values) for one in series]
    method = str(options["seasonal"])
    if method != "none":
        lines += adjusted(series, method, given.frequency, multiplicative=bool(options["multiplicative"]))
    if base:
        lines = indexed(lines, base, logarithms=outcome.unit == "log points")
    names = _Names(choice.name, outcome.name, by)
    frame = pd.DataFrame([row for line in lines for row in _rows(line, names, bool(base))])
    apart = len(series) > 1 and (method != "none" or len(series) > MOST_TOGETHER)
    english, chinese = plain_labels(outcome) if base else (outcome.label_en, outcome.label_zh)
    title = choice.titles(f"{english} over time", f"{chinese}变化趋势")
    if len(options["outcomes"]) > 1 and choice.title_en:
        title = (f"{title[0]}: {english}", f"{title[1]}：{chinese}")
    notes = [*([SUMS] if by else []), *_method_notes(options, given.frequency), *_gap_notes(series)]
    return bilingual(
        name=names.exhibit,
        kind="small_multiples" if apart else "curves",
        titles=title,
        frame=_shaped(frame, apart, method != "none", len(series) > 1),
        notes=notes,
        synthetic=given.synthetic,
        options=_drawn(outcome, given.currency, base, (english, chinese)),
        sums=_sums(series, names) if not base else (),
        derived=_derived(lines, names, base),
    )


def calendar_of(given: Given) -> list[str]:
    """Every period of the study."""
    codes = range(period_code(given.start), period_code(given.end) + 1)
    return [period_label(code, given.frequency) for code in codes]


def adjusted(series: Sequence[Series], method: str, frequency: str, *, multiplicative: bool) -> list[Line]:
    """Take the season out of each series.

    Raises
    ------
    DataError
        With all groups whose series is too short, broken, or has no logarithm.
    """
    length = PER_YEAR[frequency]
    if length == 1:
        what = "years have no seasons"
        raise DataError(STAGE, [Problem("seasonal", what, 'take months or quarters, or seasonal = "none"')])
    made, problems = [], []
    for one in series:
        values = one.values
        if multiplicative and (values <= 0).any():
            problems.append(
                Problem(f"group {one.group}", "has values without a logarithm", "leave it additive")
            )
            continue
        level = np.log(values) if multiplicative else values
        try:
            season = _season(level, one, method, length)
        except ValueError as error:
            todo = (
                "widen the window, leave the group out, or take dummies" if one.gaps else "widen the window"
            )
            problems.append(Problem(f"group {one.group}", str(error), todo, one.gaps[:5], len(one.gaps)))
            continue
        plain = level - season
        made.append(Line(one, ADJUSTED, np.exp(plain) if multiplicative else plain))
    if problems:
        raise DataError(STAGE, problems)
    return made


def _season(level: np.ndarray, one: Series, method: str, length: int) -> np.ndarray:
    if method == "stl":
        return stl_season(level, length)
    return dummy_season(level, period_code(one.periods[0]) % length, length)


def indexed(lines: Sequence[Line], base: str, *, logarithms: bool) -> list[Line]:
    """Each line as a percentage of itself in the base period; of logarithms, that of what they are of.

    Raises
    ------
    DataError
        If the base is no period of the study, or a group has no number then.
    """
    periods = lines[0].series.periods
    if base not in periods:
        what = f"{base} is no period from {periods[0]} to {periods[-1]}"
        raise DataError(STAGE, [Problem("base", what, "name one of these")])
    at = periods.index(base)
    without = [line.series.group for line in lines if not _is_base(line.values[at], logarithms)]
    if without:
        named = tuple(dict.fromkeys(without))
        what = f"some groups have no number above 0 in {base}"
        raise DataError(STAGE, [Problem("base", what, "name another period", named[:5], len(named))])
    change: Callable[[np.ndarray], np.ndarray] = (
        (lambda v: 100 * np.exp(v - v[at])) if logarithms else (lambda v: 100 * v / v[at])
    )
    return [Line(line.series, line.kind, change(line.values)) for line in lines]


def _is_base(value: float, logarithms: bool) -> bool:
    return bool(np.isfinite(value)) and (logarithms or value > 0)


@dataclass(frozen=True)
class _Names:
    """What the cells of an exhibit are called: raw numbers after their cases, others after the exhibit."""

    description: str
    outcome: str
    by: str

    @property
    def exhibit(self) -> str:
        return f"{self.description}_{self.outcome}"

    def raw(self, one: Series, i: int) -> str:
        place = {self.by: one.group} if one.group != ALL else {}
        part = "" if one.whole[i] else f"known={self.outcome}"
        return cell_name("", place | {"period": one.periods[i]}, part)

    def made(self, line: Line, i: int, base: bool) -> str:
        if line.kind == RAW and not base:
            return self.raw(line.series, i)
        what = f"index {line.kind}" if base else line.kind
        return f"{self.exhibit}/{what}/{line.series.group}/{line.series.periods[i]}"


def _rows(line: Line, names: _Names, base: bool) -> list[dict[str, object]]:
    one = line.series
    return [
        {
            "group": one.group,
            "line": line.kind,
            "label_en": one.labels[0],
            "label_zh": one.labels[1],
            "x": period,
            "value": line.values[i],
            "count": one.counts[i],
            "largest_share": one.shares[i],
            "cell": names.made(line, i, base) if one.counts[i] else "",
        }
        for i, period in enumerate(one.periods)
    ]


def _shaped(frame: pd.DataFrame, apart: bool, both: bool, several: bool) -> pd.DataFrame:
    """Which column of words is a panel and which a line."""
    words = {
        side: frame["line"].map({k: v[i] for k, v in LINES.items()}) for i, side in enumerate(("en", "zh"))
    }
    if apart:
        panels = {"panel": frame["group"], "panel_en": frame["label_en"], "panel_zh": frame["label_zh"]}
        frame = frame.assign(**panels)
    if both:
        return frame.assign(series=frame["line"], series_en=words["en"], series_zh=words["zh"])
    if apart or not several:
        return frame
    return frame.assign(series=frame["group"], series_en=frame["label_en"], series_zh=frame["label_zh"])


def plain_labels(outcome: Outcome) -> tuple[str, str]:
    """What a logarithm is of: growth and indices of it are stated in its own terms."""
    if outcome.unit != "log points":
        return outcome.label_en, outcome.label_zh
    return outcome.label_en.removesuffix(" (log)"), outcome.label_zh.removesuffix("（对数）")


def _drawn(outcome: Outcome, currency: str, base: str, labels: tuple[str, str]) -> dict[str, object]:
    options: dict[str, object] = {"periods": True, "currency": currency}
    if base:
        axis = {"y_axis_en": f"{labels[0]}, {base} = 100", "y_axis_zh": f"{labels[1]}（{base}=100）"}
        return options | axis | {"y_unit": "", "y_line": 100}
    axis = {"y_axis_en": labels[0], "y_axis_zh": labels[1], "y_unit": outcome.unit}
    return options | axis | {"free": True}


def _sums(series: Sequence[Series], names: _Names) -> tuple[Sum, ...]:
    """Where all hospitals stand beside the groups, these add up to them in every period."""
    whole = [one for one in series if one.group == ALL]
    groups = [one for one in series if one.group != ALL]
    if not whole or not groups:
        return ()
    found = []
    for i in range(len(whole[0].periods)):
        parts = tuple(sorted(names.raw(one, i) for one in groups if one.counts[i]))
        if parts:
            found.append(Sum(names.raw(whole[0], i), parts))
    return tuple(found)


def _derived(lines: Sequence[Line], names: _Names, base: str) -> tuple[Derived, ...]:
    """An adjusted number is made of the whole series, an index of its own period and the base."""
    found = []
    for line in lines:
        one = line.series
        there = [i for i in range(len(one.periods)) if one.counts[i]]
        raw = tuple(sorted(names.raw(one, i) for i in there))
        for i in there:
            if line.kind == ADJUSTED:
                found.append(Derived(names.made(line, i, bool(base)), raw))
            if base:
                at = one.periods.index(base)
                first = names.made(line, at, True)
                of = tuple(sorted({names.raw(one, i), names.raw(one, at), *([first] if i != at else [])}))
                found.append(Derived(names.made(line, i, True), of))
    return tuple(sorted(found, key=lambda d: (d.cell, d.of)))


def _method_notes(options: dict[str, object], frequency: str) -> list[tuple[str, str]]:
    method = str(options["seasonal"])
    if method == "none":
        return []
    length = PER_YEAR[frequency]
    logged = LOGGED if options["multiplicative"] else ("", "")
    told = [METHODS[method][k].format(length=length) + logged[k] + LATER[k] for k in (0, 1)]
    return [(told[0], told[1])]


def _gap_notes(series: Sequence[Series]) -> list[tuple[str, str]]:
    empty = {one.labels: int((~np.isfinite(one.values)).sum()) for one in series}
    told = {labels: n for labels, n in empty.items() if n}
    if not told:
        return []
    english = "; ".join(f"{labels[0]}: {n}" for labels, n in told.items())
    chinese = "；".join(f"{labels[1]}：{n}" for labels, n in told.items())
    return [(f"{GAPS[0]} Gaps: {english}.", f"{GAPS[1]}断点数：{chinese}。")]
