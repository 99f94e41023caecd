"""Plans as exhibits: detectable effects by number of cities and periods, power, and every test in a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.check.power.city_tests import CR1, RANDOMISATION, TESTS
from dipeval.check.power.plan import Plan, Planned
from dipeval.check.power.words import Facts, estimator_words
from dipeval.results.exhibit import Exhibit, bilingual

SMALLEST = "Smallest detectable effect", "最小可检出效应"
PANELS = 4
"""Numbers of cities that have a panel of their own in the picture over periods."""


@dataclass(frozen=True)
class Behind:
    """What stands behind every number of a plan: the discharges it was learned from, and what is measured.

    Attributes
    ----------
    count, largest_share : float
    label_en, label_zh : str
        Of the outcome.
    synthetic : bool
    """

    count: float
    largest_share: float
    label_en: str
    label_zh: str
    synthetic: bool


def exhibits_of(plan: Plan, facts: Facts, behind: Behind) -> list[Exhibit]:
    """All exhibits of a plan, figures first."""
    made = [_over_cities, _over_effects, _over_periods, _by_test, _by_formula]
    exhibits = [make(plan, facts, behind) for make in made]
    # The count behind a plan would be a further sum of cases before the reform, beside those of other tables.
    return [replace(one, options={**one.options, "of_estimates": True}) for one in exhibits]


def _row(behind: Behind, value: float, **more: object) -> dict[str, object]:
    told = {"count": behind.count, "largest_share": behind.largest_share}
    labels = {"label_en": behind.label_en, "label_zh": behind.label_zh}
    return {"value": value if np.isfinite(value) else np.nan, **told, **labels, **more}


def _series(name: str, english: str, chinese: str) -> dict[str, str]:
    return {"series": name, "series_en": english, "series_zh": chinese}


def _notes(plan: Plan, facts: Facts, *more: tuple[str, str]) -> list[tuple[str, str]]:
    before, after = facts.periods(plan.grid.before[0]), facts.periods(plan.grid.after[0])
    name = estimator_words(plan.estimator)
    return [
        (
            f"Smallest effect that a two-sided test at {100 * (1 - plan.level):g} % finds in {100 * plan.power:g} of 100 "
            f"studies; {name[0]}; errors as they were before the reform.",
            f"双侧检验（{100 * (1 - plan.level):g}%水平）在100项研究中有{100 * plan.power:g}项可检出的最小效应；"
            f"估计量：{name[1]}；误差取自改革前数据。",
        ),
        *more,
        (
            f"Where not said otherwise: {before[0]} before, {after[0]} after.",
            f"除另有说明外：改革前{before[1]}、改革后{after[1]}。",
        ),
    ]


def _over_cities(plan: Plan, facts: Facts, behind: Behind) -> Exhibit:
    rows = []
    for calendar in plan.grid.calendars:
        for cities in plan.grid.cities:
            one = plan.of(cities, calendar.name)
            if one is not None:
                line = _series(calendar.name, calendar.label_en, calendar.label_zh)
                rows.append(_row(behind, one.detectable, x=float(cities), **line))
    smallest = _axis(facts, *SMALLEST)
    options = {
        "x_axis_en": f"Number of {facts.places[0]}",
        "x_axis_zh": f"{facts.places[2]}数",
        "y_axis_en": smallest[0],
        "y_axis_zh": smallest[1],
        "y_unit": _unit(facts),
        "currency": facts.currency,
        "log": True,
        "zero": True,
    }
    titles = (
        f"Detectable effect by number of {facts.places[0]}: {behind.label_en}",
        f"不同{facts.places[2]}数下的最小可检出效应：{behind.label_zh}",
    )
    formula = (
        "By formula: the exact variance of the estimator under the fitted errors, averaged over places and dates drawn.",
        "按公式计算：在拟合误差下估计量的精确方差，对抽取的单元与日期取平均。",
    )
    notes = _notes(plan, facts, formula)
    return bilingual(
        "plan_cities",
        "curves",
        titles,
        pd.DataFrame(rows),
        notes,
        synthetic=behind.synthetic,
        options=options,
    )


def _unit(facts: Facts) -> str:
    """Effects on logarithms have no level: the axis says their unit in words."""
    return "" if facts.unit == "log points" else facts.unit


def _axis(facts: Facts, english: str, chinese: str) -> tuple[str, str]:
    """What an axis of effects measures."""
    if facts.unit == "log points":
        return f"{english} (log points)", f"{chinese}（对数点）"
    return english, chinese


def _over_effects(plan: Plan, facts: Facts, behind: Behind) -> Exhibit:
    """Power curves of the test that keeps its level, by number of cities."""
    calendar, rows = plan.grid.calendars[0], []
    for cities in plan.grid.cities:
        one = plan.of(cities, calendar.name)
        power = None if one is None else one.power_of(plan.estimator, RANDOMISATION)
        if power is None:
            continue
        line = _series(str(cities), *facts.several(cities))
        rows += [
            _row(behind, value, x=float(x), **line)
            for x, value in zip(power.effects, power.power, strict=True)
        ]
    reach = _reach(plan)
    rows = [row for row in rows if row["x"] <= reach]
    effect = _axis(facts, "Effect", "效应")
    options = {
        "x_axis_en": effect[0],
        "x_axis_zh": effect[1],
        "x_unit": _unit(facts),
        "y_axis_en": "Share of studies that find it",
        "y_axis_zh": "检出比例",
        "y_unit": "share",
        "currency": facts.currency,
        "y_line": plan.power,
        "zero": True,
    }
    test = TESTS[RANDOMISATION]
    titles = f"Power by size of the effect: {behind.label_en}", f"不同效应大小下的检验效能：{behind.label_zh}"
    said = (
        f"Simulated studies without an effect from real paths before the reform; {test.label_en}; {calendar.label_en}.",
        f"由改革前真实序列模拟无效应的研究；{test.label_zh}；{calendar.label_zh}。",
    )
    notes = _notes(plan, facts, said)
    frame = pd.DataFrame(rows)
    return bilingual(
        "plan_power", "curves", titles, frame, notes, synthetic=behind.synthetic, options=options
    )


def _reach(plan: Plan) -> float:
    """Effects up to what six cities, or the fewest in focus, need one and a half times of."""
    found = [plan.of(cities, plan.grid.calendars[0].name) for cities in plan.grid.focus]
    return max((1.5 * one.detectable for one in found if one is not None), default=np.inf)


def _over_periods(plan: Plan, facts: Facts, behind: Behind) -> Exhibit:
    calendar, rows = plan.grid.calendars[0], []
    for cities in plan.grid.cities[:PANELS]:
        names = facts.several(cities)
        panel = {"panel": str(cities), "panel_en": names[0], "panel_zh": names[1]}
        for before in sorted(plan.grid.before):
            words = facts.periods(before)
            line = _series(str(before), f"{words[0]} before", f"改革前{words[1]}")
            for after in sorted(plan.grid.after):
                one = plan.of(cities, calendar.name, before, after)
                if one is not None:
                    numbered = {"x": float(after), "x_en": str(after), "x_zh": str(after)}
                    rows.append(_row(behind, one.detectable, **numbered, **line, **panel))
    smallest = _axis(facts, *SMALLEST)
    options = {
        "x_axis_en": f"{facts.periods(2)[0].split()[1].capitalize()} after the first date",
        "x_axis_zh": f"首个改革日期之后的{facts.periods(1)[1].lstrip('1个')}数",
        "y_axis_en": smallest[0],
        "y_axis_zh": smallest[1],
        "y_unit": _unit(facts),
        "currency": facts.currency,
        "zero": True,
    }
    titles = (
        f"Detectable effect by periods: {behind.label_en}",
        f"不同时期数下的最小可检出效应：{behind.label_zh}",
    )
    notes = _notes(plan, facts, (f"Calendar: {calendar.label_en}.", f"时间表：{calendar.label_zh}。"))
    return bilingual(
        "plan_periods",
        "small_multiples",
        titles,
        pd.DataFrame(rows),
        notes,
        synthetic=behind.synthetic,
        options=options,
    )


def _cell(
    behind: Behind, row: tuple[str, str, str], column: tuple[str, str, str], value: float, **more
) -> dict:
    place = dict(
        zip(("row", "row_en", "row_zh", "column", "column_en", "column_zh"), (*row, *column), strict=True)
    )
    return _row(behind, value, **{"form": "number", "text_en": "", "text_zh": "", **place, **more})


def _words(behind: Behind, row, column, english: str, chinese: str, **more) -> dict:
    return _cell(behind, row, column, np.nan, form="text", text_en=english, text_zh=chinese, **more)


def _by_test(plan: Plan, facts: Facts, behind: Behind) -> Exhibit:
    """Every estimator and test of the plans that words are made of."""
    rows: list[dict] = []
    for cities in plan.grid.focus:
        for calendar in plan.grid.calendars:
            one = plan.of(cities, calendar.name)
            for power in one.powers if one is not None else ():
                rows += _test_cells(plan, one, power, facts, behind)
    titles = f"What planned studies would find: {behind.label_en}", f"规划研究的检出能力：{behind.label_zh}"
    said = (
        "Detectable: by simulation, the effect that is found with the power asked for; none: not with any effect tried.",
        "可检出效应由模拟得到；“无”表示所尝试的效应均达不到所要求的效能。",
    )
    return bilingual(
        "plan_tests",
        "grid",
        titles,
        pd.DataFrame(rows),
        _notes(plan, facts, said),
        synthetic=behind.synthetic,
    )


def _test_cells(plan: Plan, one: Planned, power, facts: Facts, behind: Behind) -> list[dict]:
    s = one.scenario
    test_en, test_zh = power.label_en, power.label_zh
    estimator = estimator_words(power.estimator)
    name = f"{s.cities}-{s.calendar.name}-{power.estimator}-{power.method}"
    row = (
        name,
        f"{s.calendar.label_en}; {estimator[0]}; {test_en}",
        f"{s.calendar.label_zh}；{estimator[1]}；{test_zh}",
    )
    several = facts.several(s.cities)
    section = {"section_en": several[0], "section_zh": several[1]}
    needed = power.detectable(plan.power)
    columns = ("alarms", "False alarms", "虚警率"), ("needed", "Detectable", "可检出效应")
    cells = [_cell(behind, row, columns[0], float(power.power[0]), form="share", **section)]
    if np.isfinite(needed):
        cells.append(_words(behind, row, columns[1], *facts.size(needed), **section))
    else:
        cells.append(_words(behind, row, columns[1], "none", "无", **section))
    for k, effect in enumerate(facts.effects):
        words = facts.short(effect)
        column = f"effect_{k}", f"Finds {words[0]}", f"检出{words[1]}"
        found = power.at(effect)
        if np.isfinite(found):
            cells.append(_cell(behind, row, column, found, form="share", **section))
        else:
            cells.append(_words(behind, row, column, "nearly all", "近乎全部", **section))
    return cells


def _by_formula(plan: Plan, facts: Facts, behind: Behind) -> Exhibit:
    """Formulas beside simulation, so that whoever takes periods for independent sees what that costs."""
    rows: list[dict] = []
    kinds = {
        "independent": ("Periods taken for independent", "视各期相互独立"),
        "burlig": ("Burlig–Preonas–Woerman", "Burlig–Preonas–Woerman公式"),
        "exact": ("Exact, real sizes", "精确公式（真实规模）"),
        CR1: ("Simulated, CR1", "模拟，CR1"),
        RANDOMISATION: ("Simulated, randomisation", "模拟，随机化检验"),
    }
    for calendar in plan.grid.calendars:
        for cities in sorted(plan.grid.cities):
            one = plan.of(cities, calendar.name)
            if one is None:
                continue
            row = f"{calendar.name}-{cities}", *facts.several(cities)
            section = {"section_en": calendar.label_en, "section_zh": calendar.label_zh}
            values = {"independent": one.independent, "burlig": one.burlig, "exact": one.detectable}
            for method in (CR1, RANDOMISATION):
                power = one.power_of(plan.estimator, method)
                values[method] = np.nan if power is None else power.detectable(plan.power)
            for kind, value in values.items():
                column = kind, *kinds[kind]
                if np.isfinite(value):
                    rows.append(_cell(behind, row, column, value, **section))
                elif np.isinf(value):
                    rows.append(_words(behind, row, column, "none", "无", **section))
    titles = (
        f"Detectable effect, by formula and simulated: {behind.label_en}",
        f"最小可检出效应：公式与模拟：{behind.label_zh}",
    )
    said = (
        "A simulated effect of a test with many false alarms is too small; none: not with any effect tried.",
        "虚警率过高的检验，其模拟值偏小；“无”表示所尝试的效应均达不到所要求的效能。",
    )
    return bilingual(
        "plan_formulas",
        "grid",
        titles,
        pd.DataFrame(rows),
        _notes(plan, facts, said),
        synthetic=behind.synthetic,
    )
