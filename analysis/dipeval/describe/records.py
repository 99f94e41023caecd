"""The records of a run as exhibits: ledger, published totals, numbers of the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.ledger import COUNTS, Ledger
from dipeval.results.exhibit import Exhibit


@dataclass(frozen=True)
class PublishedTotal:
    """A total that someone published, and what the data here give.

    Attributes
    ----------
    item_en, item_zh : str
    published : str
        As printed, for example ``"19.1"``.
    computed : float
    agrees : bool
        Whether the computed number, rounded to the printed digits, is the printed one.
    unit_en, unit_zh : str
        For example ``bn CHF``.
    source : str
        Where it was published.
    """

    item_en: str
    item_zh: str
    published: str
    computed: float
    agrees: bool
    unit_en: str = ""
    unit_zh: str = ""
    source: str = ""


@dataclass(frozen=True)
class TextNumber:
    """One number of a paper's text, with what stands behind it.

    Attributes
    ----------
    name : str
        For example ``att_log_cost_per_day``; becomes a macro.
    value : float
    format : str
        A format specification: ``.3f``, ``,.0f``, ``.1%``, ``d``.
    note : str
        What it is.
    count, largest_share : float
        As in an exhibit; both NaN for a fact about the design.
    """

    name: str
    value: float
    format: str
    note: str
    count: float = np.nan
    largest_share: float = np.nan


def ledger_exhibit(ledger: Ledger, *, name: str = "ledger", synthetic: bool = False) -> Exhibit:
    """Where rows and hospitals went: kind ``ledger``, one row an entry.

    The rows are facts about the files and the rules, so ``count`` is NaN; `value` is the number of
    rows rejected.
    """
    frame = pd.DataFrame(ledger.rows())
    if frame.empty:
        frame = pd.DataFrame(columns=["stage", "part", "rule", *COUNTS, "note"])
    for column in COUNTS:
        frame[column] = frame[column].astype("float64")
    frame["value"] = frame["rows_rejected"]
    return Exhibit(
        name=name,
        kind="ledger",
        title_en="Where rows and hospitals went",
        title_zh="样本流转记录",
        frame=frame.assign(
            count=np.nan, largest_share=np.nan, label_en=frame["rule"], label_zh=frame["rule"]
        ),
        synthetic=synthetic,
    )


def validation_exhibit(
    totals: Iterable[PublishedTotal], *, name: str = "validation", synthetic: bool = False
) -> Exhibit:
    """Published totals against those computed here: kind ``validation``, one row an item.

    Published totals are public, so ``count`` is NaN.
    """
    rows = [
        {
            "item": total.item_en,
            "label_en": total.item_en,
            "label_zh": total.item_zh,
            "unit_en": total.unit_en,
            "unit_zh": total.unit_zh,
            "published": total.published,
            "computed": float(total.computed),
            "value": float(total.computed),
            "agrees": bool(total.agrees),
            "source": total.source,
            "count": np.nan,
            "largest_share": np.nan,
        }
        for total in totals
    ]
    if not rows:
        raise ValueError("a validation needs a published total")
    return Exhibit(
        name=name,
        kind="validation",
        title_en="Published totals and the same totals from the data used here",
        title_zh="公布总数与本研究数据计算结果对照",
        frame=pd.DataFrame(rows),
        synthetic=synthetic,
    )


def numbers_exhibit(
    numbers: Iterable[TextNumber], *, name: str = "numbers", synthetic: bool = False
) -> Exhibit:
    """The numbers of the text: kind ``numbers``, one row a number."""
    columns = ["name", "value", "format", "note", "count", "largest_share"]
    rows = [{column: getattr(number, column) for column in columns} for number in numbers]
    frame = pd.DataFrame(rows, columns=columns).astype({"value": "float64", "count": "float64"})
    return Exhibit(
        name=name,
        kind="numbers",
        title_en="Numbers in the text",
        title_zh="正文数字",
        frame=frame.assign(label_en=frame["note"], label_zh=frame["note"]),
        synthetic=synthetic,
    )
