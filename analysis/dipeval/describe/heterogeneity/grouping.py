"""Groups of hospitals by what they were before the reform: words, or classes of a quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.clusters.carried import hospital_labels
from dipeval.describe.clusters.hospital_points import HOSPITAL, hospital_numbers
from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.before_reform import STAGE, measured_rows
from dipeval.describe.labels import label_of, order_of
from dipeval.design import PanelDesign
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.study.descriptions import CLUSTER
from dipeval.vocabulary import columns, outcomes

UNIT = "unit"
ENDS = {
    2: (("Lower half", "较低一半"), ("Upper half", "较高一半")),
    3: (
        ("Lowest third", "最低三分之一"),
        ("Middle third", "中间三分之一"),
        ("Highest third", "最高三分之一"),
    ),
    4: (
        ("Lowest quarter", "最低四分之一"),
        ("Second quarter", "第二个四分之一"),
        ("Third quarter", "第三个四分之一"),
        ("Highest quarter", "最高四分之一"),
    ),
}


@dataclass(frozen=True)
class Grouping:
    """Groups of the hospitals of a design, with what they are called.

    Attributes
    ----------
    groups : Groups
    labels : mapping of str to (str, str)
    title : (str, str)
        What hospitals are grouped by.
    notes : tuple of (str, str)
    """

    groups: Groups
    labels: Mapping[str, tuple[str, str]]
    title: tuple[str, str]
    notes: tuple[tuple[str, str], ...] = ()


def grouping(given: Given, by: str, *, classes: int = 3, measured: Sequence[str] = ()) -> Grouping:
    """Group the hospitals of a design.

    Parameters
    ----------
    given : Given
        With a design.
    by : str
        A column of the panel that says a word of each hospital; ``cluster:<name>`` of a clustering of hospitals; or a
        quantity: an outcome of the vocabulary or a column of numbers (its mean a period), cut into classes of
        about equally many hospitals.
    classes : int
        Of a quantity.
    measured : sequence of str
        First and last period in which it is measured; default: all before the first reform.

    Returns
    -------
    Grouping
        Hospitals that are not seen then have no group.

    Raises
    ------
    DataError
        An unknown column, a quantity with fewer values than classes, a span or a clustering that reaches into the
        reform.
    """
    design, panel = given.designed, given.panel
    if by.startswith(CLUSTER):
        return _by_cluster(given, design, by)
    rows = measured_rows(panel, design, measured)
    of_words = by in panel.columns and not pd.api.types.is_numeric_dtype(panel[by])
    if not of_words and by not in outcomes() and by not in panel.columns:
        known = [*outcomes(), *map(str, panel.columns)]
        what = "is neither a column of the panel nor an outcome"
        raise DataError(STAGE, [Problem(f"by: {by}", what, nearest(by, known))])
    span = (str(rows["period"].min()), str(rows["period"].max()))
    if of_words:
        return _by_word(given, design, rows, by, span)
    return _by_quantity(design, rows, by, classes, span)


def _by_word(
    given: Given, design: PanelDesign, rows: pd.DataFrame, by: str, span: tuple[str, str]
) -> Grouping:
    """The word of a hospital's last period in the span."""
    known = rows[rows[by].notna() & (rows[by].astype("str") != "")].sort_values("period", kind="stable")
    word = known.groupby(UNIT)[by].last().astype("str").reindex(design.units)
    column = columns().get(by)
    listed = {name: label_of(name) for name in column.values} if column else {}
    names = order_of(word.dropna(), given.labels if by == "city" else listed)
    labels = {name: label_of(name, given.labels) for name in names}
    later = given.panel[[UNIT, by]].dropna().astype("str")
    changed = later[later[by] != later[UNIT].map(word.dropna())][UNIT]
    changed = changed[changed.isin(word.dropna().index)].nunique()
    title = (column.label_en, column.label_zh) if column else (by, by)
    notes = [_unknown(word.isna().sum())]
    if changed:
        notes.append(
            (
                f"{changed} hospitals say something else in another period; the last word of {span[0]} to {span[1]}, "
                "before the first reform, counts.",
                f"{changed}家医院在其他时期取值不同；以首次改革前（{span[0]}至{span[1]}）的最后取值为准。",
            )
        )
    return _grouping(names, word, labels, title, notes)


def _by_cluster(given: Given, design: PanelDesign, by: str) -> Grouping:
    """The clusters that the study carries on; hospitals in none have no group."""
    found = hospital_labels(given, by)
    names = [word.key for word in found.clusters]
    if not names:
        todo = "describe it, or name another grouping"
        raise DataError(STAGE, [Problem(f"by: {by}", "has found no clusters", todo)])
    word = found.on(given.panel).groupby(given.panel[UNIT]).first().reindex(design.units)
    word = word.where(word.isin(names), None)
    return _grouping(names, word, found.labels, found.title, [*found.said, _unknown(word.isna().sum())])


def _by_quantity(
    design: PanelDesign, rows: pd.DataFrame, by: str, classes: int, span: tuple[str, str]
) -> Grouping:
    """Classes of about equally many hospitals."""
    values, title = quantity(rows, by)
    values = values.reindex(design.units)
    found = values.dropna().to_numpy()
    edges = np.quantile(found, np.arange(1, classes) / classes) if len(found) else np.empty(0)
    number = np.searchsorted(edges, values.to_numpy(), side="left")
    if len(found) == 0 or len(np.unique(number[values.notna()])) < classes:
        what = (
            f"has {len(np.unique(found))} values among {len(found)} hospitals, too few for {classes} classes"
        )
        raise DataError(STAGE, [Problem(f"by: {by}", what, "ask for fewer classes")])
    names = [f"class_{k + 1}" for k in range(classes)]
    word = pd.Series(np.array(names)[np.minimum(number, classes - 1)], index=values.index).where(
        values.notna(), None
    )
    labels = dict(zip(names, _class_labels(classes), strict=True))
    said = (
        f"Classes of about equally many hospitals by {title[0].lower()} in {span[0]} to {span[1]}, before the first "
        "reform.",
        f"按首次改革前（{span[0]}至{span[1]}）的{title[1]}将医院分为数量大致相等的组。",
    )
    return _grouping(names, word, labels, title, [said, _unknown(values.isna().sum())])


def quantity(rows: pd.DataFrame, by: str) -> tuple[pd.Series, tuple[str, str]]:
    """A number of each hospital over some rows, by unit, and its labels.

    Of the sums over the periods for an outcome; the mean of a column of numbers over the periods.
    """
    if by in outcomes():
        found = hospital_numbers(rows, [by], [])
        unit = ["/".join(key) for key in found.values.index.to_frame(index=False)[HOSPITAL].to_numpy()]
        return pd.Series(found.values[by].to_numpy(), index=pd.Index(unit)), found.labels[by]
    column = columns().get(by)
    title = (column.label_en, column.label_zh) if column else (by, by)
    return rows.groupby(UNIT)[by].mean().astype("float64"), title


def _class_labels(classes: int) -> list[tuple[str, str]]:
    """Names of classes from the lowest to the highest."""
    if classes in ENDS:
        return list(ENDS[classes])
    made = [(f"Class {k} of {classes}", f"第{k}组（共{classes}组）") for k in range(1, classes + 1)]
    made[0] = (f"{made[0][0]} (lowest)", f"{made[0][1]}，最低")
    made[-1] = (f"{made[-1][0]} (highest)", f"{made[-1][1]}，最高")
    return made


def _unknown(number: int) -> tuple[str, str]:
    if not number:
        return ("", "")
    return (
        f"{number} hospitals without a known group are in the pooled effect and in the comparison alone.",
        f"{number}家医院分组未知，仅用于合并效应与对照。",
    )


def _grouping(
    names: Sequence[str],
    word: pd.Series,
    labels: Mapping[str, tuple[str, str]],
    title: tuple[str, str],
    notes: Sequence[tuple[str, str]],
) -> Grouping:
    place = {name: k for k, name in enumerate(names)}
    code = np.array([place.get(value, -1) if isinstance(value, str) else -1 for value in word])
    return Grouping(Groups(tuple(names), code), labels, title, tuple(note for note in notes if note[0]))
