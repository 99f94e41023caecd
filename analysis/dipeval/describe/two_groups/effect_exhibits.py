"""Effects of a treatment as a table of means, differences and changes, and as a forest."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.describe.cases.grid import (
    COUNT,
    DAYS,
    INTERVAL,
    MONEY,
    NUMBER,
    P_VALUE,
    SHARE,
    Held,
    Word,
    entry,
)
from dipeval.describe.two_groups.matching import nearest
from dipeval.describe.two_groups.treatment_comparison import MATCHING, TreatmentComparison
from dipeval.describe.two_groups.treatment_words import FLAG, WORDS, TreatmentWords
from dipeval.describe.two_groups.weighting import CRUDE
from dipeval.results.relations import Derived, Sum

DIFFERENCE = Word("difference", "Difference", "差值")
CHANGE = Word("change", "Change, %", "变化率，%")
P = Word("p", "p", "p值")
CASES = Word("cases", "Cases", "例数")
KEPT = Word("kept", "Within the bounds of the score", "得分在界内")
LEFT = Word("left", "Left out by trimming", "修剪剔除")
MATCHED = Word("matched", "Cases with a match, of those it is sought for", "获得匹配的病例")
SIZES = ("Cases", "病例")
FORMS = {"money": MONEY, "days": DAYS, FLAG: SHARE}
NO_EFFECT = (
    "no error: a group without known values, one value only, or errors by hospital of one hospital",
    "无标准误：有组别无有效取值、取值唯一，或仅一家医院而按医院聚类",
)


def effect_table(
    found: TreatmentComparison, words: TreatmentWords
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """Rows of a ``grid``: cases by group, then a section an outcome with a line a method."""
    rows, sums = _sizes(found, words)
    for measure in words.measures:
        for method in (CRUDE, *found.plan.methods):
            rows += _effect(found, words, measure.name, method)
    return pd.DataFrame(rows).fillna({"note_en": "", "note_zh": ""}), sums, _named(rows, words)


def _named(rows: list[dict[str, object]], words: TreatmentWords) -> tuple[Derived, ...]:
    """Give every number a cell that is held back with its group, or with both."""
    sides = {words.group(side).key: (words.cell(side),) for side in (False, True)}
    both, derived = (words.cell(False), words.cell(True)), []
    for row in rows:
        if not row["cell"]:
            row["cell"] = f"{words.name}/{row['row']}/{row['column']}"
            derived.append(Derived(str(row["cell"]), sides.get(str(row["column"]), both)))
    return tuple(derived)


def effect_forest(
    found: TreatmentComparison, words: TreatmentWords
) -> tuple[pd.DataFrame, tuple[Derived, ...]]:
    """Rows of a ``forest``: relative changes with their intervals, by outcome."""
    rows = []
    for measure in words.measures:
        panel = words.section(measure)
        for method in (CRUDE, *found.plan.methods):
            value, low, high = found.effect(method, measure.name).relative(found.plan.level)
            behind = _behind(found, words, measure.name, method)
            rows.append(
                {
                    "panel_en": panel[0],
                    "panel_zh": panel[1],
                    "label_en": WORDS[method][0],
                    "label_zh": WORDS[method][1],
                    "value": value,
                    "low": low,
                    "high": high,
                    "count": float(behind.count),
                    "largest_share": behind.largest_share,
                    "cell": f"{words.name}/{measure.name}/{method}/{CHANGE.key}",
                }
            )
    groups = (words.cell(False), words.cell(True))
    return pd.DataFrame(rows), tuple(Derived(str(row["cell"]), groups) for row in rows)


def _behind(found: TreatmentComparison, words: TreatmentWords, outcome: str, method: str) -> Held:
    return words.both(found.whole if method == CRUDE else found.compared, outcome)


def _sizes(
    found: TreatmentComparison, words: TreatmentWords
) -> tuple[list[dict[str, object]], tuple[Sum, ...]]:
    """How many cases each group has, and as many as they weigh."""
    rows, sums = [], [Sum(words.cell(None), (words.cell(False), words.cell(True)))]
    both = words.behind(found.whole, None)._replace(cell=words.cell(None))
    rows.append(entry(CASES, words.group(None), COUNT, both.count, both, section=SIZES))
    for treated in (False, True):
        column, whole = words.group(treated), words.behind(found.whole, treated)
        name = words.cell(treated)
        rows.append(entry(CASES, column, COUNT, whole.count, whole._replace(cell=name), section=SIZES))
        if found.plan.trim:
            kept = words.behind(found.compared, treated)
            names = [f"{words.name}/{part.key}/{column.key}" for part in (KEPT, LEFT)]
            inside = entry(KEPT, column, COUNT, kept.count, kept._replace(cell=names[0]), section=SIZES)
            gone = Held(whole.count - kept.count, whole.largest_share, names[1])
            rows += [inside, entry(LEFT, column, COUNT, gone.count, gone, section=SIZES)]
            sums.append(Sum(name, tuple(names)))
    for method in found.plan.methods:
        line = Word(f"size/{method}", f"Effective cases: {WORDS[method][0]}", f"有效例数：{WORDS[method][1]}")
        for treated in (False, True):
            behind = words.behind(found.compared, treated)
            size = found.sizes(method)[int(treated)]
            rows.append(entry(line, words.group(treated), NUMBER, size, behind, section=SIZES))
    if MATCHING in found.plan.methods:
        rows += _matched(found, words)
    order = list(dict.fromkeys(str(row["row"]) for row in rows))
    return sorted(rows, key=lambda row: order.index(str(row["row"]))), tuple(sums)


def _matched(found: TreatmentComparison, words: TreatmentWords) -> list[dict[str, object]]:
    """Cases that found a match within the caliper, on the sides that seek one."""
    matches = nearest(found.compared, found.score, found.plan.caliper)
    rows = []
    for treated in (False, True) if found.plan.matching == "ate" else (True,):
        here = (found.compared.treated == treated) & matches.matched(int(treated))[matches.place]
        behind = Held(*found.compared.cells.held(here))
        every = words.behind(found.compared, treated)
        # What is left over is told by the difference, so it must not be few either.
        least = min(behind.count, every.count - behind.count or behind.count)
        shown = Held(least, behind.largest_share)
        rows.append(entry(MATCHED, words.group(treated), COUNT, behind.count, shown, section=SIZES))
    return rows


def _effect(
    found: TreatmentComparison, words: TreatmentWords, outcome: str, method: str
) -> list[dict[str, object]]:
    """Means of both groups, difference, change and p-value of one method."""
    measure = next(m for m in words.measures if m.name == outcome)
    effect, level = found.effect(method, outcome), found.plan.level
    line = Word(f"{outcome}/{method}", *WORDS[method])
    section, behind = words.section(measure), _behind(found, words, outcome, method)
    given = found.whole if method == CRUDE else found.compared
    form, rows = FORMS.get(measure.unit, NUMBER), []
    unit = "share" if measure.unit == FLAG else measure.unit
    for treated, mean in ((False, effect.control), (True, effect.treated)):
        column, held = words.group(treated), words.behind(given, treated, outcome)
        rows.append(entry(line, column, form, mean, held, unit=unit, section=section))
    low, high = effect.interval(level)
    told = {"low": low, "high": high, "unit": unit, "section": section}
    rows.append(entry(line, DIFFERENCE, INTERVAL, effect.difference, behind, **told))
    value, low, high = effect.relative(level)
    told = {"low": low, "high": high, "unit": "share", "section": section}
    rows.append(entry(line, CHANGE, INTERVAL, value, behind, **told))
    rows.append(entry(line, P, P_VALUE, effect.p_value, behind, section=section))
    if np.isnan(effect.p_value):
        rows[-1] |= {"note_en": NO_EFFECT[0], "note_zh": NO_EFFECT[1]}
    return rows
