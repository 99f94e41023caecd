"""The numbers of the page, once, as tidy rows that its script draws from."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from dipeval.describe.cities.cells import ALL_LABELS
from dipeval.describe.cities.consumption import COST, TIME
from dipeval.describe.cities.placement import ALL
from dipeval.report.compare.rows import RANKS, Comparison
from dipeval.report.compare.words import section

DIGITS = 6
"""Significant digits of a number on the page; the CSV beside it has all."""
WHY = {"": 0, "few_hospitals": 1, "none_or_all": 2}
HELD = 9
PRESETS = (
    ("consumption", COST, TIME),
    ("margin", "casemix_by_points", "settlement_rate_of_accounted"),
)


def page_data(comparison: Comparison, rows: pd.DataFrame) -> dict[str, object]:
    """Everything that the script needs, in plain values.

    Parameters
    ----------
    comparison : Comparison
    rows : pandas.DataFrame
        From `rows.compared_rows`.

    Returns
    -------
    dict
        A row is ``[indicator, span, place, value, low, high, cases, hospitals, why, rank, …]`` by position in
        the lists; one that is held back has its place and ``why`` = 9 and nothing else.
    """
    facts = comparison.facts
    indicators, spans = facts["indicators"], facts["spans"]
    places = [*facts["places"], [ALL, *ALL_LABELS, "", "", ""]]
    at = [{str(one[0]): i for i, one in enumerate(many)} for many in (indicators, spans, places)]
    names = [str(one[0]) for one in indicators]
    return {
        "study": comparison.study,
        "by": list(facts["by"]),
        "currency": facts["currency"],
        "reference": at[2].get(str(facts["reference"]), len(places) - 1),
        "places": places,
        "spans": spans,
        "indicators": [[*one[:4], *one[5:7]] for one in indicators],
        "presets": [[k, names.index(x), names.index(y)] for k, x, y in PRESETS if {x, y} <= set(names)],
        "rows": [_row(row, at) for row in rows.to_dict("records")],
        **_effects(comparison, at[2]),
        "words": {name: list(both) for name, both in section("page").items()},
        "units": {name: list(both) for name, both in section("unit").items()},
    }


def _row(row: Mapping[str, object], at: Sequence[Mapping[str, int]]) -> list[object]:
    keys = [
        position[str(row[name])] for name, position in zip(("indicator", "span", "place"), at, strict=True)
    ]
    if row["suppressed"]:
        return [*keys, HELD]
    numbers = [row[name] for name in ("value", "conf_low", "conf_high", "count", "n_hospitals", *RANKS)]
    return [*keys, WHY[str(row["interval"])], *(short(float(str(number))) for number in numbers)]


def short(number: float) -> float | int | None:
    """A number with `DIGITS` significant digits; whole ones stay whole, undefined ones are null."""
    if not math.isfinite(number):
        return None
    if number == int(number) and abs(number) < 1e15:
        return int(number)
    return float(f"{number:.{DIGITS}g}")


def _effects(comparison: Comparison, place: Mapping[str, int]) -> dict[str, object]:
    """Effects by start: outcome, label, places, value, interval and p-value."""
    if comparison.effects is None:
        return {"outcomes": [], "effects": []}
    frame = comparison.effects.exhibit.frame
    outcomes = frame.drop_duplicates("outcome")[["outcome", "series_en", "series_zh", "unit"]].values.tolist()
    position = {one[0]: i for i, one in enumerate(outcomes)}
    made = []
    for row in frame.to_dict("records"):
        inside = [place[name] for name in str(row["places"]).split() if name in place]
        head = [position[row["outcome"]], row["label_en"], row["label_zh"], inside]
        numbers = [row[name] for name in ("value", "conf_low", "conf_high", "p_value", "count")]
        made.append([*head, HELD] if row["suppressed"] else [*head, 0, *(short(float(n)) for n in numbers)])
    return {"outcomes": outcomes, "effects": made}


def json_for_script(value: object) -> str:
    """Plain values as JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        text = text.replace(sign, escaped)
    return text.replace("\u2029", "\\u2029")
