"""The quality of one city's data as exhibits: heat maps of a line (hospital, column) by period.

All are of kind ``heat``: one row a line and period with ``state`` (what a cell is coloured by), ``value``
(what it says) and ``count``. The page stays with those who hold the files, and a hospital is a line of
it, so ``largest_share`` is 1 and the gate is asked for the minimum cell alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.quality.city import CityQuality
from dipeval.quality.drift import CHANCE, LARGE, WATCH
from dipeval.quality.raw_cells import NO_MONTH
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import columns

SHARES = (0.0, 0.005, 0.02, 0.05, 0.2, 0.5)
"""Upper ends of the shades of a share of missing cells; beyond the last it is darkest."""


def coverage_exhibit(quality: CityQuality, *, synthetic: bool = False) -> Exhibit:
    """Stays by hospital and month; hospitals with most missing months first, then the largest."""
    frame = quality.states
    order = _order(frame)
    named = frame["hospital"] + frame["name"].map(lambda name: f"  {name}" if name else "")
    made = pd.DataFrame(
        {
            "line": frame["hospital"],
            "label_en": named,
            "label_zh": named,
            "period": frame["month"],
            "state": frame["state"],
            "value": frame["rows"].astype("float64"),
            "count": frame["rows"].astype("float64"),
        }
    )
    made = made.assign(position=made["line"].map(order)).sort_values(["position", "period"])
    return _heat(
        "coverage",
        "heat",
        ("Stays by hospital and month", "各机构各月病例数"),
        made.drop(columns="position"),
        (
            "Clean stays by month of discharge. Thin: less than half of the hospital's median month.",
            "按出院月份统计清洗后病例。偏少：不足该机构平常月份（中位数）的一半。",
        ),
        synthetic,
    )


def _order(frame: pd.DataFrame) -> dict[str, int]:
    gaps = (frame["state"] == "gap").groupby(frame["hospital"]).sum()
    rows = frame.groupby("hospital")["rows"].sum()
    hospitals = sorted(rows.index, key=lambda h: (-gaps[h], -rows[h], h))
    return {hospital: position for position, hospital in enumerate(hospitals)}


def missing_exhibit(quality: CityQuality, *, synthetic: bool = False) -> Exhibit:
    """Share of empty raw cells by column and month; columns that are nowhere empty are left out."""
    frame = quality.cells[quality.cells["month"] != NO_MONTH]
    empty = frame.groupby("column")["empty"].sum()
    frame = frame[frame["column"].isin(empty[empty > 0].index)]
    share = frame["empty"] / frame["rows"]
    made = pd.DataFrame(
        {
            "line": frame["column"],
            **_labels(frame["column"]),
            "period": frame["month"],
            "state": [f"share_{int(np.searchsorted(SHARES, value))}" for value in share],
            "value": share.astype("float64"),
            "count": frame["rows"].astype("float64"),
        }
    )
    total = (frame.groupby("column")["empty"].sum() / frame.groupby("column")["rows"].sum()).to_dict()
    made = made.assign(whole=made["line"].map(total)).sort_values(
        ["whole", "line", "period"], ascending=[False, True, True]
    )
    return _heat(
        "missing",
        "heat",
        ("Missing cells by column and month", "各字段各月缺失比例"),
        made.drop(columns="whole"),
        (
            "Share of raw rows without any entry, by month of discharge, before any rule. "
            "Columns without a missing cell are left out.",
            "按出院月份统计原始数据中空白单元格比例（清洗前）；无缺失的字段未列出。",
        ),
        synthetic,
    )


def drift_exhibit(quality: CityQuality, *, synthetic: bool = False) -> Exhibit:
    """The population stability index of each column, each period against the one before it."""
    made = pd.DataFrame(
        {
            "line": [s.column for s in quality.steps],
            **_labels(pd.Series([s.column for s in quality.steps], dtype="str")),
            "period": [s.period for s in quality.steps],
            "state": [s.state for s in quality.steps],
            "value": [s.index for s in quality.steps],
            "count": [float(s.rows) for s in quality.steps],
        }
    )
    worst = made.groupby("line")["value"].max()
    made = made.assign(worst=made["line"].map(worst).fillna(0)).sort_values(
        ["worst", "line", "period"], ascending=[False, True, True]
    )
    return _heat(
        "drift",
        "heat",
        ("How far each column moved since the period before", "各字段相对上期的分布变化"),
        made.drop(columns="worst"),
        (
            f"Population stability index over tenths of amounts, words of codes, chapters of diagnoses and "
            f"missing cells. Watch: {WATCH:.2f} or more; large: {LARGE:.2f} or more; in both cases beyond "
            f"the {CHANCE:.1%} limit of chance for the number of stays.",
            f"群体稳定性指数（PSI）：金额按十分位、编码按取值、诊断按章节并计入缺失。关注：≥{WATCH:.2f}；"
            f"突变：≥{LARGE:.2f}；且均须超过该样本量下偶然波动的 {CHANCE:.1%} 界限。",
        ),
        synthetic,
    )


def amounts_exhibit(quality: CityQuality, *, synthetic: bool = False, minor_per_unit: int = 100) -> Exhibit:
    """Median (``value``) and 90 % quantile (``spread``) of the values above 0, by column and period."""
    chosen = [step for step in quality.steps if step.values]
    per_unit = [minor_per_unit if columns()[s.column].kind == "money" else 1 for s in chosen]
    names = pd.Series([s.column for s in chosen], dtype="str")
    made = pd.DataFrame(
        {
            "line": names,
            **_labels(names),
            "period": [s.period for s in chosen],
            "value": [s.median / unit for s, unit in zip(chosen, per_unit, strict=True)],
            "spread": [s.upper / unit for s, unit in zip(chosen, per_unit, strict=True)],
            "count": [float(s.values) for s in chosen],
        }
    )
    note = (
        "Values above 0, money in major units; read off bins of an eighth of a doubling: good to about 5 %.",
        "仅含大于零的数值，金额以元等主单位计；由对数分箱读取，精度约 5%。",
    )
    title = ("Median and 90 % quantile by period", "各期中位数与 90% 分位数")
    return _heat("amounts", "quantiles", title, made, note, synthetic)


def _labels(names: pd.Series) -> dict[str, list[str]]:
    known = [columns()[name] for name in names]
    return {
        "label_en": [column.label_en for column in known],
        "label_zh": [column.label_zh for column in known],
    }


def _heat(
    name: str, kind: str, title: tuple[str, str], frame: pd.DataFrame, note: tuple[str, str], synthetic: bool
) -> Exhibit:
    # Where nothing is missing there is no row, and texts would be columns of no type.
    texts = {text: "str" for text in ("line", "label_en", "label_zh", "period", "state") if text in frame}
    return Exhibit(
        name=name,
        kind=kind,
        title_en=title[0],
        title_zh=title[1],
        frame=frame.astype(texts).assign(largest_share=1.0).reset_index(drop=True),
        notes_en=(note[0],),
        notes_zh=(note[1],),
        synthetic=synthetic,
    )
