"""Rows of a `grid` exhibit: one printed cell each, with who stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from dipeval.describe.comparison import Comparison

COUNT, SHARE, MONEY, NUMBER, INTERVAL, P_VALUE, DAYS = (
    "count",
    "share",
    "money",
    "number",
    "interval",
    "p",
    "days",
)
TEST_ROW = "test"


class Word(NamedTuple):
    """What stands at the head of a row or column: a key and its labels."""

    key: str
    en: str
    zh: str


TOTAL = Word("total", "All", "合计")


class Held(NamedTuple):
    """How many cases stand behind a number, the largest hospital's share of them, and what they are called."""

    count: float
    largest_share: float
    cell: str = ""


FACT = Held(np.nan, np.nan)
"""Behind a number that is about no cases."""


def entry(
    row: Word,
    column: Word,
    form: str,
    value: float,
    behind: Held,
    *,
    low: float = np.nan,
    high: float = np.nan,
    unit: str = "",
    section: tuple[str, str] = ("", ""),
) -> dict[str, object]:
    """One printed cell.

    Parameters
    ----------
    form : str
        As the layout ``grid`` has it.
    value : float
        NaN where undefined.
    low, high : float
        Ends of an interval.
    unit : str
        As in the vocabulary, where the form does not say it.
    section : (str, str)
        English and Chinese heading that the row stands below.
    """
    return {
        "row": row.key,
        "row_en": row.en,
        "row_zh": row.zh,
        "column": column.key,
        "column_en": column.en,
        "column_zh": column.zh,
        "form": form,
        "unit": unit,
        "section_en": section[0],
        "section_zh": section[1],
        "value": float(value),
        "low": float(low),
        "high": float(high),
        "count": float(behind.count),
        "largest_share": float(behind.largest_share),
        "cell": behind.cell,
        "label_en": f"{row.en}: {column.en}",
        "label_zh": f"{row.zh}：{column.zh}",
    }


def rows_of_test(
    made: Comparison, name: tuple[str, str], column: Word, behind: Held, section: tuple[str, str] = ("", "")
) -> list[dict[str, object]]:
    """The statistic and the p-value of a test, each a row of its own; none where there is no test."""
    if np.isnan(made.p_value):
        return []
    df = "" if np.isnan(made.df) else f", df {made.df:g}"
    if not np.isnan(made.df_within):
        df += f" / {made.df_within:g}"
    statistic = Word(f"{TEST_ROW}:statistic", name[0] + df, name[1] + df.replace(", df ", "，自由度"))
    p_value = Word(f"{TEST_ROW}:p", "P value", "P值")
    return [
        entry(statistic, column, NUMBER, made.statistic, behind, section=section),
        entry(
            p_value, column, P_VALUE, made.p_value, behind._replace(cell=f"{behind.cell}:p"), section=section
        ),
    ]


def said_of(made: Comparison, name: tuple[str, str]) -> list[tuple[str, str]]:
    """What is to be known about a test, or why there is none."""
    english, chinese = made.reason
    return [(f"{name[0]}: {english}.", f"{name[1]}：{chinese}。")] if english else []


def form_of(unit: str) -> str:
    """How numbers of a unit are printed."""
    return {"share": SHARE, "currency": MONEY, "days": DAYS}.get(unit, NUMBER)


def labelled(key: str, labels: Mapping[str, tuple[str, str]]) -> Word:
    """A level with its labels."""
    return Word(key, *labels.get(key, (key, key)))
