"""A specification curve as exhibits: the figure, the table of all specifications, the joint tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import FACT, INTERVAL, NUMBER, P_VALUE, SHARE, Held, Word, entry
from dipeval.describe.specification_curve.choices import LABELS, TO, Option
from dipeval.describe.specification_curve.curve import SpecificationCurve, Specified
from dipeval.describe.specification_curve.joint import TESTS, JointTests
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import columns

Words = tuple[str, str]
TITLE = ("One effect under all declared choices", "全部既定选择下的同一效应")
TESTS_TITLE = ("Joint tests of the specification curve", "设定曲线的联合检验")
TEXT = "text"
EFFECT = Word("effect", "Effect (interval)", "效应（区间）")
CHANCE = Word("p", "p", "p值")
OBSERVED = Word("observed", "Observed", "观察值")
USUAL = Word("null", "Median over calendars", "各时间表下的中位数")
UNITS = {
    "log points": ("Effect, log points", "效应，对数点"),
    "per cent": ("Effect, % of the mean (logs: log points × 100)", "效应，占均值的%（对数结局：对数点×100）"),
    "days": ("Effect, days", "效应，天"),
    "share": ("Effect, percentage points", "效应，百分点"),
}
ERRORS = (
    "Each number is estimated by itself, with errors clustered as it says (CR1) and {level:.0%} intervals.",
    "每一设定单独估计，标准误按所示层级聚类（CR1），附{level:.0%}区间。",
)
NOT_ESTIMATED = (
    "{n} of {total} specifications cannot be estimated; they stand at the right, and the table has the reasons.",
    "{total}个设定中有{n}个无法估计，列于图右侧，原因见表。",
)
CALENDARS = {
    True: (
        "Under the sharp null of no effect: reform dates dealt anew in all {n:,} possible ways among the clusters "
        "({cluster}), the same calendar in all specifications; the smallest possible p is {least:.3g}.",
        "在无任何效应的尖锐原假设下：改革日期在各聚类（{cluster}）间按全部{n:,}种可能重新分配，各设定使用同一时间表；最小可能p值为{least:.3g}。",
    ),
    False: (
        "Under the sharp null of no effect: reform dates dealt anew at random among the clusters ({cluster}), {n:,} "
        "calendars, seed {seed}, the same calendar in all specifications; the smallest possible p is {least:.3g}.",
        "在无任何效应的尖锐原假设下：改革日期在各聚类（{cluster}）间随机重新分配{n:,}次，种子{seed}，各设定使用同一时间表；最小可能p值为{least:.3g}。",
    ),
}
NOT_CHOSEN = ("", "0", "none", TO)
"""Keys of options that leave something undone."""
HOW = (
    "Tests are two-sided; significant is p < {alpha:g} of the specification itself (Simonsohn, Simmons and Nelson 2020).",
    "检验均为双侧；显著指该设定自身p < {alpha:g}（Simonsohn、Simmons与Nelson，2020）。",
)
INCOMPLETE = (
    "Under {n:,} calendars some specification has no estimate; it does not enter the curve of that calendar.",
    "有{n:,}个时间表下部分设定无法估计，未计入该时间表的曲线。",
)


def curve_exhibits(
    curve: SpecificationCurve,
    tests: JointTests | None,
    *,
    name: str,
    titles: Words = ("", ""),
    currency: str = "",
    synthetic: bool = False,
) -> list[Exhibit]:
    """Make the exhibits of a specification curve.

    Parameters
    ----------
    curve : SpecificationCurve
    tests : JointTests or None
    name : str
        Stem: ``<name>`` (figure, kind ``specification_curve``), ``<name>_table`` and ``<name>_tests`` (kind ``grid``).
    titles : (str, str)
        Empty: their own.
    currency : str
    synthetic : bool

    Returns
    -------
    list of Exhibit
        A specification that cannot be estimated stays in the figure and in the table, with its reason.
    """
    title = tuple(own or other for own, other in zip(titles, TITLE, strict=True))
    shared = {"title_en": title[0], "title_zh": title[1], "synthetic": synthetic}
    axis = UNITS.get(curve.unit, (f"Effect, {currency or curve.unit}", f"效应，{currency or curve.unit}"))
    notes = _notes(curve)
    told = {"notes_en": tuple(en for en, _ in notes), "notes_zh": tuple(zh for _, zh in notes), **shared}
    figure = {
        "axis_en": axis[0],
        "axis_zh": axis[1],
        "level": curve.level,
        "unit": "" if curve.unit == "currency" else curve.unit,
    }
    made = [
        Exhibit(
            name=name, kind="specification_curve", frame=pd.DataFrame(_figure(curve)), options=figure, **told
        ),
        Exhibit(
            name=f"{name}_table",
            kind="grid",
            frame=pd.DataFrame(_table(curve)),
            options={"stub_en": "Number", "stub_zh": "编号", "currency": currency},
            **told,
        ),
    ]
    if tests is not None:
        words = _test_notes(curve, tests)
        how = {"title_en": TESTS_TITLE[0], "title_zh": TESTS_TITLE[1], "synthetic": synthetic}
        how |= {"notes_en": tuple(en for en, _ in words), "notes_zh": tuple(zh for _, zh in words)}
        how["options"] = {"stub_en": "Statistic", "stub_zh": "统计量", "currency": currency}
        made.append(
            Exhibit(name=f"{name}_tests", kind="grid", frame=pd.DataFrame(_tests(curve, tests)), **how)
        )
    return made


def shown_choices(curve: SpecificationCurve) -> dict[str, tuple[Option, ...]]:
    """Choices with more than one option."""
    return {name: options for name, options in curve.choices.options.items() if len(options) > 1}


def _ordered(curve: SpecificationCurve) -> list[Specified]:
    """By effect, those without one last."""
    key = [
        (np.isnan(s.effect), s.effect if np.isfinite(s.effect) else 0.0, s.specification.number)
        for s in curve.every
    ]
    return [s for _, s in sorted(zip(key, curve.every, strict=True), key=lambda pair: pair[0])]


def _behind(s: Specified) -> Held:
    if s.estimate is None:
        return FACT
    row = s.estimate.terms.iloc[s.place]
    return Held(float(row["count"]), float(row["largest_share"]))


def _figure(curve: SpecificationCurve) -> list[dict[str, object]]:
    """A row an effect, and a row an option that it has."""
    rows: list[dict[str, object]] = []
    choices = shown_choices(curve)
    for place, s in enumerate(_ordered(curve)):
        label, behind = str(s.specification.number), _behind(s)
        rows.append(
            {
                "part": "effect",
                "x": float(place),
                "value": s.effect,
                "low": s.low,
                "high": s.high,
                "significant": bool(s.p_value < 1 - curve.level),
                "count": behind.count,
                "largest_share": behind.largest_share,
                "label_en": label,
                "label_zh": label,
                **_blank(""),
            }
        )
        for name in choices:
            option = s.specification.chosen[name]
            rows.append(
                {
                    "part": "choice",
                    "x": float(place),
                    "value": np.nan,
                    "low": np.nan,
                    "high": np.nan,
                    "significant": False,
                    "count": np.nan,
                    "largest_share": np.nan,
                    "label_en": option.en,
                    "label_zh": option.zh,
                    "choice": name,
                    "choice_en": LABELS[name][0],
                    "choice_zh": LABELS[name][1],
                    "option": f"{name}={option.key}",
                }
            )
    order = {f"{name}={option.key}": k for name, each in choices.items() for k, option in enumerate(each)}
    first = [row for row in rows if row["part"] == "effect"]
    rest = [row for row in rows if row["part"] == "choice"]
    places = list(choices)
    rest.sort(key=lambda row: (places.index(str(row["choice"])), order[str(row["option"])], float(row["x"])))
    return first + rest


def _blank(word: str) -> dict[str, str]:
    return dict.fromkeys(("choice", "choice_en", "choice_zh", "option"), word)


def _table(curve: SpecificationCurve) -> list[dict[str, object]]:
    rows = []
    choices = shown_choices(curve) or {"estimator": ()}
    unit = curve.unit if curve.unit in ("share", "log points") else ""
    for s in _ordered(curve):
        label, behind = str(s.specification.number), _behind(s)
        row = Word(label, label, label)
        for name in choices:
            option = s.specification.chosen[name]
            cell = entry(row, Word(name, *LABELS[name]), TEXT, np.nan, FACT)
            rows.append({**cell, "text_en": option.en, "text_zh": option.zh})
        cell = entry(row, EFFECT, INTERVAL, s.effect, behind, low=s.low, high=s.high, unit=unit)
        rows.append({**cell, "note_en": s.reason, "note_zh": s.reason})
        rows.append(entry(row, CHANCE, P_VALUE, s.p_value, behind))
    blank = {"note_en": "", "note_zh": "", "text_en": "", "text_zh": ""}
    return [{**blank, **row} for row in rows]


def _tests(curve: SpecificationCurve, tests: JointTests) -> list[dict[str, object]]:
    """Numbers over all specifications: the fewest cases behind one of them stand behind each."""
    every = [_behind(s) for s in curve.estimated]
    behind = Held(min(b.count for b in every), max(b.largest_share for b in every))
    rows = []
    for test in tests.tests:
        row = Word(test.name, *TESTS[test.name])
        form = NUMBER if test.name in ("median", "stouffer") else SHARE
        unit = curve.unit if test.name == "median" and curve.unit in ("share", "log points") else ""
        for column, value in ((OBSERVED, test.observed), (USUAL, test.null_median)):
            rows.append(entry(row, column, form, value, behind, unit=unit))
        rows.append(entry(row, CHANCE, P_VALUE, test.p_value, behind))
    return rows


def _notes(curve: SpecificationCurve) -> list[Words]:
    notes = [(ERRORS[0].format(level=curve.level), ERRORS[1].format(level=curve.level))]
    lost = len(curve.every) - sum(np.isfinite(s.effect) for s in curve.every)
    if lost:
        notes.append(_filled(NOT_ESTIMATED, n=lost, total=len(curve.every)))
    single = [(n, options[0]) for n, options in curve.choices.options.items() if len(options) == 1]
    fixed = [(n, option) for n, option in single if option.key not in NOT_CHOSEN]
    if fixed:
        english = "; ".join(f"{LABELS[n][0].lower()}: {o.en}" for n, o in fixed)
        chinese = "；".join(f"{LABELS[n][1]}：{o.zh}" for n, o in fixed)
        notes.append((f"The same in all: {english}.", f"各设定相同：{chinese}。"))
    return notes


def _test_notes(curve: SpecificationCurve, tests: JointTests) -> list[Words]:
    told = {"n": tests.n_calendars, "seed": tests.seed, "least": tests.least_p}
    level = columns().get(tests.cluster)
    named = (level.label_en.lower(), level.label_zh) if level else (tests.cluster, tests.cluster)
    english, chinese = CALENDARS[tests.exact]
    notes = [(english.format(cluster=named[0], **told), chinese.format(cluster=named[1], **told))]
    notes.append(_filled(HOW, alpha=round(1 - curve.level, 6)))
    if tests.incomplete:
        notes.append(_filled(INCOMPLETE, n=tests.incomplete))
    return notes


def _filled(words: Sequence[str], **told: object) -> Words:
    return words[0].format(**told), words[1].format(**told)
