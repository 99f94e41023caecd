"""Table 1: what the arms looked like before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dipeval.describe.arm_cells import FACT, WHEN, ArmCells
from dipeval.describe.contributors import behind, contributors
from dipeval.describe.labels import Labels, label_of, period_word
from dipeval.describe.moments import (
    standardised_difference,
    standardised_difference_of_shares,
    weighted_mean,
    weighted_sd,
)
from dipeval.describe.table_one_margins import with_table_one_margins
from dipeval.describe.variable import Variable
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import columns

MISSING = ("Not recorded", "未记录")


def table_one(
    frame: pd.DataFrame,
    arms: pd.Series,
    after: pd.Series,
    variables: Sequence[Variable],
    attributes: Sequence[str] = (),
    *,
    weighted: bool = False,
    labels: Labels | None = None,
    currency: str = "",
    name: str = "table_one",
    synthetic: bool = False,
) -> Exhibit:
    """Describe the hospital-periods of each arm before and after the reform.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        Panel rows with ``city``, ``hospital``, ``period``, ``discharges`` and the attributes.
    arms : pandas.Series, shape (n,)
        The arm of each row, in the order of `frame`; missing where the row belongs to none.
    after : pandas.Series of bool, shape (n,)
        Whether the row lies after the date that divides its arm.
    variables : sequence of Variable
        Described by mean and standard deviation over hospital-periods.
    attributes : sequence of str
        Columns described by the number and share of hospitals; a hospital counts under the value
        that it has in most of its periods (at a tie, the first in the alphabet). How many hospitals are of a
        kind is a fact about the design: no cases stand behind it. A numeric column is described as a variable.
    weighted : bool
        Weigh hospital-periods by their discharges.
    labels : mapping of str to (str, str), optional
        English and Chinese labels of arms and values; its order is the order of the arms.
    currency : str
        ``CNY``, ``CHF`` or ``BRL``, where a variable is money.
    name : str
        File stem.
    synthetic : bool

    Returns
    -------
    Exhibit
        Kind ``table_one``. One row a printed cell: ``section`` (size, continuous, attribute),
        ``statistic`` (count, mean_sd, n_percent, standardised_difference), ``value``, ``spread``
        (standard deviation, or share of the arm's hospitals), ``arm``, ``when``. Its cells are named. Cost O(n)
        a line.

    Raises
    ------
    ValueError
        If the labels do not fit the frame, or fewer than one arm is left.
    """
    numeric = [a for a in attributes if pd.api.types.is_numeric_dtype(frame[a])]
    variables = [*variables, *(Variable.of_column(frame, name) for name in numeric)]
    attributes = [name for name in attributes if name not in numeric]
    cells = ArmCells(frame, arms, after, labels)
    rows = [
        *_size_rows(cells),
        *_continuous_rows(cells, variables, weighted),
        *_attribute_rows(cells, attributes),
    ]
    notes = _notes(cells, variables, weighted)
    made = bilingual(
        name=name,
        kind="table_one",
        titles=(
            "Characteristics of the hospitals by arm, before and after the reform",
            "各组医院改革前后的基本特征",
        ),
        frame=pd.DataFrame(rows).assign(row_order=lambda f: range(len(f))),
        notes=notes,
        synthetic=synthetic,
        options={"currency": currency},
    )
    return with_table_one_margins(made)


def _size_rows(cells: ArmCells) -> list[dict[str, object]]:
    """Hospitals, hospital-periods and discharges of every cell."""
    frame = cells.frame
    word_en, word_zh = period_word(str(frame["period"].iloc[0]))
    lines = (
        ("hospitals", "Hospitals", "医院数"),
        ("hospital_periods", f"Hospital-{word_en}s", f"医院·{word_zh}数"),
        ("discharges", "Discharges", "出院人次"),
    )
    rows = []
    for variable, english, chinese in lines:
        what = {"section": "size", "variable": variable, "label_en": english, "label_zh": chinese}
        for arm, when in cells.keys:
            part = frame.loc[cells.rows(arm, when)]
            value = {
                "hospitals": len(part[["city", "hospital"]].drop_duplicates()),
                "hospital_periods": len(part),
                "discharges": part["discharges"].sum(),
            }[variable]
            fact = {} if variable == "discharges" else FACT
            rows.append(
                cells.cell(arm, when, **what, statistic="count", value=float(value), unit="cases", **fact)
            )
    return rows


def _continuous_rows(
    cells: ArmCells, variables: Sequence[Variable], weighted: bool
) -> list[dict[str, object]]:
    """Mean and standard deviation of every variable in every cell, and the differences of the arms."""
    discharges = cells.frame["discharges"].to_numpy(dtype="float64", na_value=0.0)
    weights = discharges if weighted else np.ones(len(discharges))
    rows = []
    for variable in variables:
        if len(variable.values) != len(cells.frame):
            raise ValueError(f"{variable.name}: {len(variable.values)} values for {len(cells.frame)} rows")
        what = {"section": "continuous", "variable": variable.name, "unit": variable.unit}
        what |= {"label_en": variable.label_en, "label_zh": variable.label_zh}
        known = pd.Series(np.where(np.isnan(variable.values), None, "known"))
        facts = contributors(cells.frame, [cells.arm, cells.when, known])
        moments = {}
        for arm, when in cells.keys:
            at = cells.rows(arm, when)
            pair = (
                weighted_mean(variable.values[at], weights[at]),
                weighted_sd(variable.values[at], weights[at]),
            )
            moments[arm, when] = pair
            fact = behind(facts, (arm, when, "known"))
            rows.append(
                cells.cell(arm, when, **what, statistic="mean_sd", value=pair[0], spread=pair[1], **fact)
            )
        for when in WHEN:
            means, sds = np.array([moments[arm, when] for arm in cells.arms]).T
            rows.append(cells.difference(when, standardised_difference(means, sds), **what))
    return rows


def _attribute_rows(cells: ArmCells, attributes: Sequence[str]) -> list[dict[str, object]]:
    """Number and share of hospitals by value of every attribute."""
    rows = []
    for attribute in attributes:
        known = columns().get(attribute)
        label = (known.label_en, known.label_zh) if known else (attribute, attribute)
        value = cells.frame[attribute].astype("object").where(cells.frame[attribute].notna(), "")
        held = {key: _values_of_hospitals(cells, value, *key) for key in cells.keys}
        levels = _ordered_levels(
            {v for part in held.values() for v in part["value"]}, known.values if known else ()
        )
        counts = {key: part["value"].value_counts() for key, part in held.items()}
        shares = {k: np.array([c.get(v, 0) for v in levels]) / max(c.sum(), 1) for k, c in counts.items()}
        what = {"section": "attribute", "variable": attribute, "unit": "share"}
        head = what | {"label_en": label[0], "label_zh": label[1]}
        for when in WHEN:
            table = np.array(
                [
                    shares[arm, when] if counts[arm, when].sum() else np.nan * shares[arm, when]
                    for arm in cells.arms
                ]
            )
            rows.append(cells.difference(when, standardised_difference_of_shares(table), **head, **FACT))
        for position, level in enumerate(levels):
            english, chinese = label_of(level, cells.labels) if level else MISSING
            line = what | {"level": level or "missing", "label_en": english, "label_zh": chinese}
            for key in cells.keys:
                number, share = float(counts[key].get(level, 0)), float(shares[key][position])
                rows.append(
                    cells.cell(*key, **line, statistic="n_percent", value=number, spread=share, **FACT)
                )
    return rows


def _values_of_hospitals(cells: ArmCells, value: pd.Series, arm: str, when: str) -> pd.DataFrame:
    """One row a hospital of the cell: the value it has in most periods."""
    at = cells.rows(arm, when)
    part = cells.frame.loc[at, ["city", "hospital"]].assign(value=value.loc[at].astype("str"))
    times = part.groupby(["city", "hospital", "value"], as_index=False).size()
    ranked = times.sort_values(["city", "hospital", "size", "value"], ascending=[True, True, False, True])
    return ranked.drop_duplicates(["city", "hospital"])[["city", "hospital", "value"]]


def _ordered_levels(found: set[str], known: Sequence[str]) -> list[str]:
    """Values in the vocabulary's order, others after them, the missing one last."""
    rest = sorted(found - set(known) - {""})
    return [v for v in known if v in found] + rest + ([""] if "" in found else [])


def _notes(cells: ArmCells, variables: Sequence[Variable], weighted: bool) -> list[tuple[str, str]]:
    """How the numbers were formed, and what they leave out."""
    word_en, word_zh = period_word(str(cells.frame["period"].iloc[0]))
    how_en = "weighted by discharges" if weighted else "each counted once, not weighted by discharges"
    how_zh = "按出院人次加权" if weighted else "每个观测等权"
    notes = [
        (
            f"Continuous variables: mean (standard deviation) over hospital-{word_en}s, {how_en}. "
            "Attributes: hospitals, n (%), by the value held in most periods.",
            f"连续变量为医院·{word_zh}观测的均值（标准差），{how_zh}。属性为医院数 n（%），按多数时期取值。",
        ),
        (
            "SD diff.: largest absolute standardised difference between two arms.",
            "标准化差异：任意两组之间标准化差异绝对值的最大值。",
        ),
    ]
    inside = cells.arm.notna().to_numpy()
    outside = int((~inside).sum())
    if outside:
        notes.append(
            (
                f"{outside} hospital-{word_en}s belong to no arm.",
                f"{outside} 个医院·{word_zh}观测不属于任何组。",
            )
        )
    for variable in variables:
        missing = int(np.isnan(variable.values[inside]).sum())
        if missing:
            notes.append(
                (
                    f"{variable.label_en}: undefined in {missing} hospital-{word_en}s.",
                    f"{variable.label_zh}：{missing} 个医院·{word_zh}观测无定义。",
                )
            )
    return notes
