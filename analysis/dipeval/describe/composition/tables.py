"""Tables of a composition: before and after, effects by route, log-ratios, rules for zeros; all of kind ``grid``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dipeval.describe.composition.intervals import Errors, Stated, stated
from dipeval.describe.composition.picture import behind
from dipeval.describe.composition.words import (
    ABSENT,
    Words,
    balance_words,
    part_words,
    route_words,
    rule_words,
)
from dipeval.estimate.composition.analysis import CompositionEffects
from dipeval.estimate.composition.effects import ALL_PARTS

Row = dict[str, object]
COMPOSITION = {
    "before": ("Before, observed", "改革前（观测）"),
    "after": ("After, observed", "改革后（观测）"),
    "counterfactual": ("After, without the reform", "改革后（反事实）"),
    "effect": ("Effect, percentage points", "效应，百分点"),
    "p": ("p", "p值"),
}
EFFECT_ON_SHARE: Words = ("Effect on the share, percentage points", "对占比的效应，百分点")
LEVEL: Words = ("Per case", "例均")
BRACKETS = "median_iqr"
"""A number with its interval in brackets, so that it may have other decimals than those in parentheses."""
POINTS = "percentage points"
SECTIONS = {
    "clr": (
        "Centred log-ratios: the part against the geometric mean of all",
        "中心对数比：该项对全部项的几何均值",
    ),
    "ilr": ("Isometric log-ratios (balances)", "等距对数比（平衡）"),
}


def composition_table(made: CompositionEffects, without: Stated, effects: Stated) -> pd.DataFrame:
    """Before, after, counterfactual and effect by part, and their sums."""
    rows: list[Row] = []
    for at, part in enumerate(made.found.parts):
        cells = {
            "before": {"form": "share", "value": float(made.seen.before[at])},
            "after": {"form": "share", "value": float(made.seen.after[at])},
            "counterfactual": {"form": BRACKETS, "unit": "share", **without.of(part)},
            "effect": {"form": "interval", "unit": POINTS, **in_points(effects.of(part))},
            "p": {"form": "p", "value": float(effects.p_value[at])},
        }
        rows += [_cell(part, COMPOSITION, column, cell, made) for column, cell in cells.items()]
    rows += _absent_cells(made, "before", COMPOSITION["before"])
    sums = {
        "before": made.seen.before.sum(),
        "after": made.seen.after.sum(),
        "counterfactual": without.value.sum(),
        "effect": effects.value.sum(),
    }
    for column, total in sums.items():
        # sums of shares are 1 and 0 but for the last digit of a float
        cell = {"form": "share" if column != "effect" else "number", "value": round(float(total), 9) + 0.0}
        rows.append(_cell(ALL_PARTS, COMPOSITION, column, cell, made))
    return _filled(_ordered(rows, made))


def routes_table(
    made: CompositionEffects,
    counterfactuals: Mapping[str, Stated],
    levels: Stated,
    estimator: str,
    currency: str,
) -> pd.DataFrame:
    """Effects on each share by every route, and on the amount per case."""
    words = route_words(estimator)
    rows: list[Row] = []
    money = {"level": (f"{LEVEL[0]}, {currency}", f"{LEVEL[1]}，{currency}")}
    for at, part in enumerate(made.found.parts):
        for route, found in counterfactuals.items():
            seen, one = float(made.seen.after[at]), found.of(part)
            effect = {"value": seen - one["value"], "low": seen - one["high"], "high": seen - one["low"]}
            over = {"over_en": EFFECT_ON_SHARE[0], "over_zh": EFFECT_ON_SHARE[1]}
            cell = {"form": "interval", "unit": POINTS, **in_points(effect), **over}
            rows.append(_cell(part, words, route, cell, made))
        rows.append(_cell(part, money, "level", _level(levels, part), made))
    rows += _absent_cells(made, "shares", words["shares"], EFFECT_ON_SHARE)
    rows.append(_cell(ALL_PARTS, money, "level", _level(levels, ALL_PARTS), made))
    return _filled(_ordered(rows, made))


def log_ratio_table(made: CompositionEffects, errors: Errors) -> tuple[pd.DataFrame, dict[str, Stated]]:
    """Effects on centred log-ratios and balances, as logarithms and in per cent, with p."""
    found = {"clr": stated(made.log_ratios, errors), "ilr": stated(made.balances, errors)}
    heads = {
        "effect": ("Effect, log points", "效应，对数点"),
        "change": ("Change of the ratio, %", "比值变化，%"),
        "p": ("p", "p值"),
    }
    rows: list[Row] = []
    for kind, one in found.items():
        section = {"section_en": SECTIONS[kind][0], "section_zh": SECTIONS[kind][1]}
        for at, part in enumerate(one.parts):
            words = part_words(part) if kind == "clr" else balance_words(made.sides[part], made.found.parts)
            cells = {
                "effect": {"form": "interval", "unit": "log points", **one.of(part)},
                "p": {"form": "p", "value": float(one.p_value[at])},
            }
            if kind == "clr":
                ratio = {name: float(np.expm1(value)) for name, value in one.of(part).items()}
                cells["change"] = {"form": BRACKETS, "unit": "share", **ratio}
            for column in (name for name in heads if name in cells):
                place = {"row": f"{kind}/{part}", "row_en": words[0], "row_zh": words[1], **section}
                rows.append({**_cell(part, heads, column, cells[column], made), **place})
        if kind == "clr":
            gone = _absent_cells(made, "effect", heads["effect"])
            rows += [{**row, **section, "row": f"clr/{row['row']}"} for row in gone]
            rows = _ordered(rows, made)
    return _filled(rows), found


def zeros_table(made: CompositionEffects, errors: Errors) -> pd.DataFrame:
    """A row a rule: rows used, and the effect on each centred log-ratio with its error; a row of zeros first."""
    heads = {"rows": ("Hospital-periods", "医院时期数")}
    heads |= {part: part_words(part) for part in made.found.parts}
    rows: list[Row] = []
    for part, count in zip(made.found.parts, made.zeros, strict=True):
        cell = {"form": "count", "value": float(count)}
        rows.append(
            _line(
                "zeros", ("Hospital-periods in which it is zero", "为零的医院时期数"), heads, part, cell, made
            )
        )
    blank = {"form": "text", "value": np.nan, "text_en": "", "text_zh": ""}
    rows.insert(0, {**rows[0], **_column(heads, "rows"), **blank})
    for number, one in enumerate(made.by_rule):
        words = rule_words(one.rule)
        if number == 0:
            words = (f"{words[0]} (declared)", f"{words[1]}（本研究采用）")
        line = f"rule {number}"
        if one.effects is None:
            cell = {"form": "text", "value": np.nan, "text_en": one.why_not, "text_zh": one.why_not}
            rows.append(_line(line, words, heads, "rows", cell, made))
            continue
        found = stated(one.effects, errors)
        used = {"form": "count", "value": float(one.effects.estimate.n_obs)}
        rows.append(_line(line, words, heads, "rows", used, made))
        for at, part in enumerate(found.parts):
            cell = {
                "form": "mean_sd",
                "unit": "log points",
                "value": float(found.value[at]),
                "spread": float(found.std_error[at]),
            }
            rows.append(_line(line, words, heads, part, cell, made))
    for part, reason in made.found.absent:
        cell = {"form": "text", "value": np.nan, "text_en": ABSENT[reason][0], "text_zh": ABSENT[reason][1]}
        rows.append(_line("zeros", ("", ""), {part: part_words(part)}, part, cell, made, nobody=True))
    first = {name: rows[0][name] for name in ("row_en", "row_zh")}
    return _filled([{**row, **first} if row["row"] == "zeros" else row for row in rows])


def _level(levels: Stated, part: str) -> Row:
    return {"form": BRACKETS, "unit": "currency", **levels.of(part), "over_en": "", "over_zh": ""}


def in_points(numbers: Mapping[str, float]) -> dict[str, float]:
    """Shares in percentage points."""
    return {name: 100 * value for name, value in numbers.items()}


def _cell(part: str, heads: Mapping[str, Words], column: str, cell: Row, made: CompositionEffects) -> Row:
    english, chinese = part_words(part)
    place = {"row": part, "row_en": english, "row_zh": chinese, "label_en": english, "label_zh": chinese}
    return {**place, **_column(heads, column), **behind(made, column), **cell}


def _line(
    row: str,
    words: Words,
    heads: Mapping[str, Words],
    column: str,
    cell: Row,
    made: CompositionEffects,
    *,
    nobody: bool = False,
) -> Row:
    """A cell of a table whose columns are parts."""
    place = {"row": row, "row_en": words[0], "row_zh": words[1]}
    labels = {"label_en": f"{heads[column][0]}: {words[0]}", "label_zh": f"{heads[column][1]}：{words[1]}"}
    facts = {"count": np.nan, "largest_share": np.nan} if nobody else behind(made, "after")
    return {**place, **labels, **_column(heads, column), **facts, **cell}


def _column(heads: Mapping[str, Words], column: str) -> Row:
    return {"column": column, "column_en": heads[column][0], "column_zh": heads[column][1]}


def _absent_cells(made: CompositionEffects, column: str, head: Words, over: Words = ("", "")) -> list[Row]:
    """A line for each part that is not there."""
    rows = []
    for part, reason in made.found.absent:
        cell = {"form": "text", "value": np.nan, "text_en": ABSENT[reason][0], "text_zh": ABSENT[reason][1]}
        facts = {"count": np.nan, "largest_share": np.nan, "over_en": over[0], "over_zh": over[1]}
        rows.append({**_cell(part, {column: head}, column, cell, made), **facts})
    return rows


def _ordered(rows: list[Row], made: CompositionEffects) -> list[Row]:
    """Parts in the order of the study, absent ones among them; what is no part comes last."""
    place = {part: at for at, part in enumerate(made.found.order)}
    return sorted(rows, key=lambda row: place.get(str(row["row"]).rpartition("/")[2], len(place)))


def _filled(rows: list[Row]) -> pd.DataFrame:
    """A frame in which what a cell does not have is empty."""
    frame = pd.DataFrame(rows)
    texts = [
        name for name in frame.columns if name.startswith(("over_", "text_", "section_")) or name == "unit"
    ]
    return frame.fillna(dict.fromkeys(texts, ""))
