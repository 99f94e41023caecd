"""Designs and estimators side by side as exhibits: a table, a forest in per cent, paths in small multiples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import FACT, INTERVAL, MONEY, NUMBER, P_VALUE, Held, Word, entry
from dipeval.describe.side_by_side.comparing import LOG_UNIT, PATH, Entry, SideBySide
from dipeval.results.exhibit import Exhibit

Words = tuple[str, str]
TITLE = ("One reform by several designs", "同一改革的多种设计")
EFFECT = Word("effect", "Effect (interval)", "效应（区间）")
CENT = Word("per_cent", "In % of before", "相当于改革前的%")
TRUE = Word("truth", "Truth", "真实效应")
CHANCE = Word("p", "p", "p值")
SIDES = Word("hospitals", "Hospitals reformed / others", "改革／其他医院数")
RULE = Word("inference", "Errors", "标准误")
ESTIMAND = Word("estimand", "Estimand", "估计目标")
AGAINST = Word("comparison", "Compared with", "对照")
WEIGHTS = Word("weights", "Weights", "权重")
TRUTH = ("True effect (synthetic)", "真实效应（虚拟数据）")
TEXT = "text"
PER_CENT = "per cent"
UNITS = {
    LOG_UNIT: ("natural logarithms", "自然对数"),
    "currency": ("{currency}", "{currency}"),
    "days": ("days", "天"),
    "share": ("percentage points", "百分点"),
}
CURRENCIES = {"CNY": ("yuan", "元"), "CHF": ("CHF", "瑞士法郎"), "BRL": ("BRL", "雷亚尔")}
FORMS = {True: ("from logarithms", "由对数结局"), False: ("from levels", "由水平结局")}
SCALES = (
    "Effects stand in the unit of each section; in per cent they are 100 (exp b − 1) for logs and b over the mean of "
    "reformed hospitals before the reform for levels.",
    "效应以各部分所示单位表示；百分比列：对数结局为100(exp b − 1)，水平结局为b除以改革组改革前均值。",
)
IDENTIFIED = ("{name}: identified if {text}.", "{name}：识别条件为{text}。")
FOREST = (
    "Per cent of what cost (or the outcome) was before, so that logs and levels share one axis.",
    "以改革前水平的百分比表示，使对数与水平结局共用同一坐标轴。",
)
AXIS = ("Effect, % of the level before", "效应（占改革前水平的%）")
EVENT = {
    "month": ("Months since the reform", "改革后月数"),
    "quarter": ("Quarters since the reform", "改革后季度数"),
    "year": ("Years since the reform", "改革后年数"),
}
MOST_PANELS = 20


def side_by_side_exhibits(
    found: SideBySide,
    *,
    name: str,
    frequency: str,
    titles: Words = ("", ""),
    currency: str = "",
    synthetic: bool = False,
) -> list[Exhibit]:
    """Make the exhibits of a comparison of designs.

    Parameters
    ----------
    found : SideBySide
    name : str
        Stem of their names: ``<name>`` (table, kind ``grid``), ``<name>_forest``, ``<name>_paths_<outcome>``.
    frequency : {"month", "quarter", "year"}
    titles : (str, str)
        Empty: their own.
    currency : str
    synthetic : bool

    Returns
    -------
    list of Exhibit
        Approaches that do not apply are lines of the table, with their reason.
    """
    title = tuple(own or other for own, other in zip(titles, TITLE, strict=True))
    shared = {"title_en": title[0], "title_zh": title[1], "synthetic": synthetic}
    options = {"currency": currency}
    notes = [SCALES, *_identified(found.entries), *_designs(found.entries)]
    made = [
        Exhibit(
            name=name,
            kind="grid",
            frame=pd.DataFrame(_table(found.entries, currency)),
            options={**options, "stub_en": "Estimator", "stub_zh": "估计方法"},
            notes_en=tuple(en for en, _ in notes),
            notes_zh=tuple(zh for _, zh in notes),
            **shared,
        )
    ]
    forest = _forest(found.entries, currency)
    if forest:
        told = {"axis_en": AXIS[0], "axis_zh": AXIS[1], "reference": 0.0, "level": _level(found.entries)}
        frame = pd.DataFrame(forest)
        how = {"notes_en": (FOREST[0],), "notes_zh": (FOREST[1],), "options": told, **shared}
        made.append(Exhibit(name=f"{name}_forest", kind="forest", frame=frame, **how))
    for outcome in dict.fromkeys(e.outcome.name for e in found.entries):
        mine = [e for e in found.entries if e.outcome.name == outcome]
        made += _paths(mine, f"{name}_paths_{outcome}", frequency, options, shared)
    return made


def _level(entries: Sequence[Entry]) -> float:
    return next((e.estimate.inference.level for e in entries if e.estimate and e.estimate.inference), 0.95)


def _behind(e: Entry) -> Held:
    """The cases behind an effect."""
    if e.term is None:
        return FACT
    row = e.estimate.terms.iloc[e.term]
    return Held(float(row["count"]), float(row["largest_share"]))


def _unit(e: Entry, currency: str) -> Words:
    words = UNITS.get(e.outcome.unit, (e.outcome.unit,) * 2)
    names = CURRENCIES.get(currency, (currency or "currency", currency or "货币单位"))
    return words[0].format(currency=names[0]), words[1].format(currency=names[1])


def _section(e: Entry, currency: str) -> Words:
    unit = _unit(e, currency)
    return (
        f"{e.outcome.label_en}, in {unit[0]}: {e.variant.label[0]}",
        f"{e.outcome.label_zh}，单位{unit[1]}：{e.variant.label[1]}",
    )


def _panels(entries: Sequence[Entry], currency: str) -> dict[tuple[str, str], Words]:
    """Heading of each design and outcome: with what the estimate was of, or the outcome where two are of one form."""
    units = {e.outcome.name: e.outcome.unit for e in entries}
    found = {}
    for e in entries:
        words = FORMS[e.outcome.unit == LOG_UNIT]
        if len({unit == LOG_UNIT for unit in units.values()}) < len(units):
            words = (e.outcome.label_en, e.outcome.label_zh)
        english, chinese = e.variant.label
        if len(units) > 1:
            english, chinese = f"{english} ({words[0]})", f"{chinese}（{words[1]}）"
        found[(e.variant.name, e.outcome.name)] = (english, chinese)
    return found


def _table(entries: Sequence[Entry], currency: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for e in entries:
        row = Word(f"{e.outcome.name}/{e.variant.name}/{e.approach.name}", *e.approach.label)
        section, behind = _section(e, currency), _behind(e)
        value, low, high = e.effect
        how = {"section": section, "unit": e.outcome.unit if e.outcome.unit in ("share", LOG_UNIT) else ""}
        cell = entry(row, EFFECT, INTERVAL, value, behind, low=low, high=high, **how)
        rows.append({**cell, "note_en": e.reason, "note_zh": e.reason})
        rows.append(entry(row, CENT, NUMBER, e.per_cent(value), behind, section=section, unit=PER_CENT))
        if any(np.isfinite(other.truth) for other in entries):
            form = MONEY if e.outcome.unit == "currency" else NUMBER
            rows.append(entry(row, TRUE, form, e.truth, FACT, **how))
        p_value = np.nan
        if e.term is not None and e.estimate.inference is not None:
            p_value = float(e.estimate.pvalues.iloc[e.term])
        rows.append(entry(row, CHANCE, P_VALUE, p_value, behind, section=section))
        label = e.estimate.inference.label if e.estimate is not None and e.estimate.inference else ""
        said = (
            (SIDES, (f"{e.n_treated} / {0 if e.approach.alone else e.n_compared}",) * 2),
            (RULE, (label, label)),
            (ESTIMAND, e.approach.facts.estimand),
            (AGAINST, e.approach.facts.comparison),
            (WEIGHTS, e.approach.facts.weights),
        )
        rows += [_text(row, column, words, section) for column, words in said]
    blank = {"note_en": "", "note_zh": "", "text_en": "", "text_zh": ""}
    return [{**blank, **row} for row in rows]


def _text(row: Word, column: Word, words: Words, section: Words) -> dict[str, object]:
    made = entry(row, column, TEXT, np.nan, FACT, section=section)
    return {**made, "text_en": words[0], "text_zh": words[1]}


def _identified(entries: Sequence[Entry]) -> list[Words]:
    """What identifies each approach, once for those that share it."""
    by_text: dict[Words, list[Words]] = {}
    for e in entries:
        if e.approach.facts.identified[0]:
            by_text.setdefault(e.approach.facts.identified, []).append(e.approach.label)
    notes = []
    for text, labels in by_text.items():
        named = list(dict.fromkeys(labels))
        english, chinese = ", ".join(en for en, _ in named), "、".join(zh for _, zh in named)
        notes.append(
            (
                IDENTIFIED[0].format(name=english, text=text[0]),
                IDENTIFIED[1].format(name=chinese, text=text[1]),
            )
        )
    return notes


def _designs(entries: Sequence[Entry]) -> list[Words]:
    """What is said of each design."""
    told = {e.variant.name: e.variant for e in entries if e.variant.note_en or e.variant.note_zh}
    return [
        (f"{v.label[0]}: {v.note_en or v.note_zh}", f"{v.label[1]}：{v.note_zh or v.note_en}")
        for v in told.values()
    ]


def _forest(entries: Sequence[Entry], currency: str) -> list[dict[str, object]]:
    """A panel a design and outcome: effects in per cent, and the truth below them."""
    rows: list[dict[str, object]] = []
    for (variant, outcome), panel in _panels(entries, currency).items():
        mine = [e for e in entries if (e.variant.name, e.outcome.name) == (variant, outcome)]
        for e in (e for e in mine if np.isfinite(e.effect[0])):
            rows.append(_bar(panel, e.approach.label, [e.per_cent(end) for end in e.effect], _behind(e)))
        known = [e for e in mine if np.isfinite(e.truth) and e.approach.at is None]
        for e in known[:1]:
            rows.append(_bar(panel, TRUTH, [e.per_cent(e.truth), np.nan, np.nan], FACT, pooled=True))
    return rows


def _bar(
    panel: Words, label: Words, ends: Sequence[float], behind: Held, *, pooled: bool = False
) -> dict[str, object]:
    value, low, high = ends
    return {
        "panel_en": panel[0],
        "panel_zh": panel[1],
        "label_en": label[0],
        "label_zh": label[1],
        "value": value,
        "low": low,
        "high": high,
        "count": behind.count,
        "largest_share": behind.largest_share,
        "pooled": pooled,
    }


def _paths(
    entries: Sequence[Entry], name: str, frequency: str, options: dict[str, object], shared: dict[str, object]
) -> list[Exhibit]:
    """Effects by event time, a panel a design and approach, the truth beside them; none where nobody has a path."""
    with_path = [e for e in entries if e.estimate is not None and e.estimate.terms["kind"].isin(PATH).any()]
    shown = list({(e.variant.name, e.estimate.estimator): e for e in reversed(with_path)}.values())[::-1]
    if not shown:
        return []
    several = len({e.variant.name for e in shown}) > 1
    rows = [row for e in shown[:MOST_PANELS] for row in _path(e, several)]
    unit = entries[0].outcome.unit
    told = {
        "x_axis_en": EVENT[frequency][0],
        "x_axis_zh": EVENT[frequency][1],
        "y_unit": "" if unit == LOG_UNIT else unit,
        **options,
    }
    outcome = entries[0].outcome
    told |= {"y_axis_en": f"Effect: {outcome.label_en}", "y_axis_zh": f"效应：{outcome.label_zh}"}
    told |= {"x_line": -0.5, "y_line": 0.0}
    note = (
        "One panel a design and estimator; bands are the intervals of single event times.",
        "每格为一种设计与估计方法；阴影为逐点区间。",
    )
    if len(shown) > MOST_PANELS:
        left = len(shown) - MOST_PANELS
        note = (f"{note[0]} {left} more are not drawn.", f"{note[1]}另有{left}格未绘出。")
    how = {"notes_en": (note[0],), "notes_zh": (note[1],), "options": told, **shared}
    return [Exhibit(name=name, kind="small_multiples", frame=pd.DataFrame(rows), **how)]


def _path(e: Entry, several: bool) -> list[dict[str, object]]:
    """The points of one panel."""
    words = e.approach.of_path
    if several:
        words = (f"{e.variant.label[0]}: {words[0]}", f"{e.variant.label[1]}：{words[1]}")
    panel = {"panel": f"{e.variant.name}/{e.approach.name}", "panel_en": words[0], "panel_zh": words[1]}
    estimate = {"series": "estimate", "series_en": "Estimate", "series_zh": "估计值"}
    tidy = e.estimate.tidy() if e.estimate.inference else None
    rows, times = [], []
    for k, term in e.estimate.terms.iterrows():
        if term["kind"] not in PATH:
            continue
        time = int(term["event_time"])
        times.append(time)
        ends = (np.nan, np.nan) if tidy is None else tidy.loc[k, ["conf_low", "conf_high"]].tolist()
        at = {"x": float(time), "value": float(e.estimate.params.iloc[k]), "low": ends[0], "high": ends[1]}
        behind = {"count": float(term["count"]), "largest_share": float(term["largest_share"])}
        rows.append({**panel, **estimate, **at, **behind, "label_en": f"{time}", "label_zh": f"{time}"})
    truth = {"series": "truth", "series_en": TRUTH[0], "series_zh": TRUTH[1]}
    for time in sorted(set(times) & set(e.truth_path)):
        at = {"x": float(time), "value": e.truth_path[time], "low": np.nan, "high": np.nan}
        behind = {"count": np.nan, "largest_share": np.nan}
        rows.append({**panel, **truth, **at, **behind, "label_en": f"{time}", "label_zh": f"{time}"})
    return sorted(rows, key=lambda row: (str(row["series"]), float(row["x"])))
