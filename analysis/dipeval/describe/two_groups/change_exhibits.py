"""Two groups side by side: a table of summaries and changes, and a forest of the relative changes."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import numpy as np
import pandas as pd

from dipeval.describe.dimensions import Dimension
from dipeval.describe.sums import Sums
from dipeval.describe.two_groups.changes import Change
from dipeval.describe.two_groups.outcome_changes import OutcomeChanges
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived

METHODS = {
    "welch": ("Welch, Fieller", "Welch、Fieller"),
    "log_welch": ("Geometric means, Welch", "几何均值，Welch"),
    "mann_whitney": ("Mann–Whitney", "Mann–Whitney"),
    "percentile": ("Bootstrap, percentile", "自助法，百分位"),
    "bca": ("Bootstrap, BCa", "自助法，BCa"),
    "gamma": ("Gamma model, crude", "Gamma模型，未调整"),
    "gamma_adjusted": ("Gamma model, adjusted", "Gamma模型，调整后"),
}
SUMMARIES = {
    "cases": ("Cases with a value", "有效病例数"),
    "mean": ("Mean (SD)", "均值（标准差）"),
    "median": ("Median [quartiles]", "中位数[四分位数]"),
}
COLUMNS = {
    "difference": ("Difference", "差值"),
    "relative": ("Change, %", "变化率，%"),
    "p_value": ("p", "p值"),
}
FORMS = {"money": "money", "days": "days"}
Row = dict[str, object]


def change_table(
    name: str, found: Sequence[OutcomeChanges], dimension: Dimension, currency: str
) -> pd.DataFrame:
    """Rows of a ``grid``: a section an outcome, a line a summary or method."""
    rows: list[Row] = []
    for outcome in found:
        rows += [
            *_summaries(name, outcome, dimension, currency),
            *_changes(name, outcome, dimension, currency),
        ]
    return pd.DataFrame(rows).fillna({"note_en": "", "note_zh": "", "unit": "", "cell": ""})


def change_forest(found: Sequence[OutcomeChanges], currency: str) -> pd.DataFrame:
    """Rows of a ``forest``: relative changes with their intervals, by outcome."""
    rows: list[Row] = []
    for outcome in found:
        panel = _section(outcome, currency)
        for change in outcome.changes:
            if change.method == "mann_whitney":
                continue
            value, low, high = change.relative
            english, chinese = METHODS[change.method]
            rows.append(
                {
                    "panel_en": panel["section_en"],
                    "panel_zh": panel["section_zh"],
                    "label_en": english,
                    "label_zh": chinese,
                    "value": value,
                    "low": low,
                    "high": high,
                    **_behind(outcome),
                }
            )
    return pd.DataFrame(rows)


def change_exhibits(
    name: str,
    titles: tuple[str, str],
    found: Sequence[OutcomeChanges],
    dimension: Dimension,
    *,
    currency: str,
    level: float,
    synthetic: bool,
    notes: Sequence[tuple[str, str]],
) -> list[Exhibit]:
    """The table and the forest of a comparison."""
    base = dimension.labels[dimension.levels[0]]
    said = {"notes_en": tuple(n[0] for n in notes), "notes_zh": tuple(n[1] for n in notes)}
    forest = {
        "unit": "share",
        "reference": 0.0,
        "level": level,
        "axis_en": f"Change against: {base[0]}",
        "axis_zh": f"变化率（基准：{base[1]}）",
    }
    return [
        Exhibit(
            name,
            "grid",
            *titles,
            change_table(name, found, dimension, currency),
            **said,
            synthetic=synthetic,
            derived=_derived(name, found, dimension),
        ),
        Exhibit(
            f"{name}_change",
            "forest",
            f"{titles[0]}: relative change",
            f"{titles[1]}：变化率",
            change_forest(found, currency),
            **said,
            synthetic=synthetic,
            options=forest,
        ),
    ]


def _summaries(name: str, outcome: OutcomeChanges, dimension: Dimension, currency: str) -> list[Row]:
    rows = []
    for k, group in enumerate(dimension.levels):
        held, sums, quartiles = outcome.held[k], outcome.sums[k], outcome.quartiles[k]
        form = {"unit": outcome.measure.unit}
        cells = {
            "cases": {"form": "count", "value": float(held.count)},
            "mean": {"form": "mean_sd", "value": sums.mean, "spread": sums.sd, **form},
            "median": {
                "form": "median_iqr",
                "value": quartiles[1],
                "low": quartiles[0],
                "high": quartiles[2],
                **form,
            },
        }
        place = _group_column(dimension, group)
        behind = {"count": float(held.count), "largest_share": held.largest_share}
        behind["cell"] = _cell(name, outcome, group)
        rows += [
            {**_line(outcome, line, SUMMARIES[line], currency), **place, **behind, **cell}
            for line, cell in cells.items()
        ]
    return sorted(rows, key=lambda row: list(SUMMARIES).index(str(row["line"])))


def _changes(name: str, outcome: OutcomeChanges, dimension: Dimension, currency: str) -> list[Row]:
    rows = []
    for change in outcome.changes:
        line = _line(outcome, change.method, METHODS[change.method], currency)
        note = {"note_en": change.reason[0], "note_zh": change.reason[1]}
        if change.method == "log_welch":
            rows += _geometric_means(name, outcome, dimension, line)
        for column, values in _cells(change, outcome.measure.unit):
            english, chinese = COLUMNS[column]
            place = {"column": column, "column_en": english, "column_zh": chinese}
            last = column == "p_value" or (column == "relative" and np.isnan(change.p_value))
            rows.append({**line, **place, **_behind(outcome), **values, **(note if last else {})})
    return rows


def _cells(change: Change, unit: str) -> list[tuple[str, Row]]:
    made: list[tuple[str, Row]] = []
    for column, numbers, of in (
        ("difference", change.difference, unit),
        ("relative", change.relative, "share"),
    ):
        if not np.isnan(numbers[0]):
            value, low, high = numbers
            cell = {"form": "interval", "unit": of, "value": value, "low": low, "high": high}
            made.append((column, cell))
    if not made and np.isnan(change.p_value):
        made.append(
            ("relative", {"form": "interval", "unit": "share", "value": nan, "low": nan, "high": nan})
        )
    if not np.isnan(change.p_value):
        made.append(("p_value", {"form": "p", "value": change.p_value}))
    return made


def _geometric_means(name: str, outcome: OutcomeChanges, dimension: Dimension, line: Row) -> list[Row]:
    rows = []
    for k, group in enumerate(dimension.levels):
        logs: Sums = outcome.logs[k]
        value = float(np.exp(logs.mean)) if logs.n else nan
        held = outcome.held[k]
        behind = {"count": float(min(logs.n, held.count)), "largest_share": held.largest_share}
        behind["cell"] = f"{_cell(name, outcome, group)}/above zero"
        form = {
            "form": FORMS.get(outcome.measure.unit, "number"),
            "value": value,
            "unit": outcome.measure.unit,
        }
        rows.append({**line, **_group_column(dimension, group), **behind, **form})
    return rows


def _group_column(dimension: Dimension, group: str) -> Row:
    english, chinese = dimension.labels[group]
    return {"column": group, "column_en": english, "column_zh": chinese}


def _line(outcome: OutcomeChanges, line: str, words: tuple[str, str], currency: str) -> Row:
    return {
        "row": f"{outcome.measure.name}/{line}",
        "line": line,
        "row_en": words[0],
        "row_zh": words[1],
        "label_en": f"{outcome.measure.labels[0]}: {words[0]}",
        "label_zh": f"{outcome.measure.labels[1]}：{words[1]}",
        **_section(outcome, currency),
    }


def _section(outcome: OutcomeChanges, currency: str) -> Row:
    """The outcome's label, an amount with its currency."""
    english, chinese = outcome.measure.labels
    said = (f" ({currency})", f"（{currency}）") if outcome.measure.unit == "money" and currency else ("", "")
    return {"section_en": english + said[0], "section_zh": chinese + said[1]}


def _cell(name: str, outcome: OutcomeChanges, group: str) -> str:
    return f"{name}/{outcome.measure.name}/{group}"


def _derived(name: str, found: Sequence[OutcomeChanges], dimension: Dimension) -> tuple[Derived, ...]:
    """Who knows how many cases there are and one group knows the other: neither is shown without the other."""
    made = []
    for outcome in found:
        cells = [_cell(name, outcome, group) for group in dimension.levels]
        for cell, other in (cells, cells[::-1]):
            made += [Derived(cell, (other,)), Derived(f"{cell}/above zero", (cell, other))]
    return tuple(made)


def _behind(outcome: OutcomeChanges) -> Row:
    """A number about both groups: the smaller decides whether it may be shown."""
    shares = [held.largest_share for held in outcome.held if held.count]
    return {
        "count": float(min(held.count for held in outcome.held)),
        "largest_share": max(shares, default=nan),
    }
