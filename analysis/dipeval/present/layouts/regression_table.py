"""Regression table: a column a model, errors below the coefficients, sizes and rules at the foot."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pandas as pd

from dipeval.present.layouts.table import (
    Cell,
    Head,
    Row,
    Table,
    chance_cell,
    decimals_for,
    number_cell,
    number_text,
)
from dipeval.present.words import notes_of, phrase, title_of
from dipeval.results.exhibit import Exhibit

BRACKETS = ("({})", "[{}]", "{{{}}}")
BRACKET_WORDS = ("round_brackets", "square_brackets", "curly_brackets")
LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
DECIMALS = 3


def lay_out_regression_table(exhibit: Exhibit, language: str, *, stars: bool) -> Table:
    """Lay out an exhibit of kind ``regression_table``."""
    frame = exhibit.frame
    models = frame.drop_duplicates("model").sort_values("model")
    coefficients = frame[frame["part"] == "coefficient"]
    rows: list[Row] = []
    for _, lines in coefficients.groupby("term", sort=False):
        rows += _coefficient_rows(lines, list(models["model"]), language, stars)
    foot = [
        _foot_row(lines, list(models["model"]), language)
        for _, lines in frame[frame["part"] != "coefficient"].groupby(["part", "term"], sort=False)
    ]
    foot[0] = Row(foot[0].stub, foot[0].cells, ruled=True)
    return Table(
        name=exhibit.name,
        title=title_of(exhibit, language),
        stub_head="",
        heads=_heads(models, language),
        rows=(*rows, *foot),
        notes=(*_rules(coefficients, language, stars), *notes_of(exhibit, language)),
    )


def _heads(models: pd.DataFrame, language: str) -> tuple[tuple[Head, ...], ...]:
    """Outcome over its models, the estimator, the number of the column."""
    words = models[f"outcome_label_{language}"].astype("str")
    upper = tuple(Head(text, len(list(run))) for text, run in groupby(words))
    middle = tuple(Head(str(text)) for text in models[f"estimator_label_{language}"])
    lower = tuple(Head(f"({number})") for number in models["model"])
    return upper, middle, lower


def _coefficient_rows(lines: pd.DataFrame, models: list[int], language: str, stars: bool) -> list[Row]:
    """One row of estimates, errors for each rule, and intervals: the first rule's, or each one's below it."""
    label = str(lines[f"label_{language}"].iloc[0])
    first = lines[lines["errors"] == 0].set_index("model")
    rows = [Row(label, tuple(_estimate(first, model, language, stars) for model in models))]
    own = lines["p_value"].notna() & lines["df"].isna()  # p-values that the error does not give
    # beside such a p-value the interval of another rule would be taken for its own
    each = bool((own & (lines["errors"] > 0)).any())
    for position in sorted(set(lines["errors"])):
        part = lines[lines["errors"] == position].set_index("model")
        form = BRACKETS[min(position, 2)]
        errors = tuple(number_cell(_value(part, model, "std_error"), DECIMALS, form=form) for model in models)
        rows.append(
            Row("", errors, indent=True, note=f"{label}: {phrase('std_error', language)} {position + 1}")
        )
        if own[lines["errors"] == position].any():
            cells = tuple(chance_cell(_value(part, model, "p_value"), DECIMALS) for model in models)
            rows.append(Row(phrase("p_value", language), cells, indent=True))
        if each:
            rows += _interval_row(part, models, language)
    return rows if each else [*rows, *_interval_row(first, models, language)]


def _interval_row(part: pd.DataFrame, models: list[int], language: str) -> list[Row]:
    """Intervals of one rule; none where it has none."""
    levels = part["conf_level"].dropna()
    if not len(levels):
        return []
    cells = tuple(_interval(part, model, language) for model in models)
    return [Row(_interval_words(float(levels.iloc[0]), language), cells, indent=True)]


def _interval_words(level: float, language: str) -> str:
    between = "" if language == "zh" else " "
    return f"{level:.0%}{between}{phrase('interval', language)}"


def _value(part: pd.DataFrame, model: int, column: str) -> float:
    return float(part.loc[model, column]) if model in part.index else float("nan")


def _estimate(part: pd.DataFrame, model: int, language: str, stars: bool) -> Cell:
    if model not in part.index:
        return Cell("")
    if part.loc[model, "suppressed"]:
        return Cell(phrase("withheld", language))
    cell = number_cell(_value(part, model, "value"), DECIMALS, absent="–")
    p_value = _value(part, model, "p_value")
    mark = next((mark for level, mark in LEVELS if p_value < level), "") if stars else ""
    return Cell(cell.text + mark, cell.number)


def _interval(part: pd.DataFrame, model: int, language: str) -> Cell:
    low, high = _value(part, model, "conf_low"), _value(part, model, "conf_high")
    if np.isnan(low) or np.isnan(high):
        return Cell("")
    return Cell(phrase("to", language).join(number_text(bound, DECIMALS) for bound in (low, high)))


def _foot_row(lines: pd.DataFrame, models: list[int], language: str) -> Row:
    """A mean or a size for every model."""
    part = lines.set_index("model")
    cells = []
    for model in models:
        value = _value(part, model, "value")
        decimals = decimals_for(str(part.loc[model, "unit"]), value) if model in part.index else 0
        if model in part.index and part.loc[model, "suppressed"]:
            cells.append(Cell(phrase("withheld", language)))
        elif lines["part"].iloc[0] == "mean":
            share = model in part.index and part.loc[model, "unit"] == "share"
            cells.append(number_cell(value, 3 if share else decimals))
        else:
            cells.append(number_cell(value, 0))
    return Row(str(lines[f"label_{language}"].iloc[0]), tuple(cells))


def _rules(coefficients: pd.DataFrame, language: str, stars: bool) -> list[str]:
    """How the errors in each kind of bracket were computed, model by model where they differ."""
    notes = []
    for position in sorted(set(coefficients["errors"])):
        part = coefficients[coefficients["errors"] == position]
        by_rule: dict[str, list[int]] = {}
        for model, rule in zip(part["model"], part["rule"], strict=True):
            found = by_rule.setdefault(str(rule), [])
            if model not in found:
                found.append(int(model))
        alike = len(by_rule) == 1
        brackets = phrase(BRACKET_WORDS[min(position, 2)], language)
        colon, end = ("：", "。") if language == "zh" else (": ", ".")
        said = "; ".join(
            rule if alike else f"{', '.join(f'({m})' for m in found)} {rule}"
            for rule, found in by_rule.items()
        )
        between = "" if language == "zh" else " "
        notes.append(f"{phrase('errors_in', language)}{between}{brackets}{colon}{said.rstrip('.')}{end}")
    return [*notes, phrase("stars", language)] if stars else notes
