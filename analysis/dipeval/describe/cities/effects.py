"""Effects by city: what the study's own estimates say of each place, or of the places that began together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.results.exhibit import Exhibit
from dipeval.vocabulary import outcomes

NAME = "cities_effects"
TOGETHER = ("All treated", "全部改革城市")


def effects_by_start(
    estimates: Sequence[EstimateFrames],
    places: Mapping[str, Sequence[str]],
    labels: Mapping[str, tuple[str, str]],
    *,
    synthetic: bool = False,
) -> Exhibit | None:
    """Effects of the cities that began in one period, beside that of all.

    Parameters
    ----------
    estimates : sequence of EstimateFrames
        One an outcome, of one estimator; those without effects by start are left out.
    places : mapping of str to sequence of str
        By first treated period: the cities that began then. Where it is one city, the effect is that city's.
    labels : mapping of str to (str, str)
        Of the cities.

    Returns
    -------
    Exhibit or None
        Kind ``cities_effects``: one row an outcome and start with ``value``, ``std_error``, ``p_value``,
        ``conf_low``, ``conf_high``, and ``places``, the cities' names in the form ``a b``. None where no
        estimate has effects by start. Cost O(rows).
    """
    rows = [row for one in estimates for row in _rows(one, places, labels)]
    if not rows:
        return None
    first = estimates[0]
    rule = str(first.fact("rule"))
    return Exhibit(
        name=NAME,
        kind="cities_effects",
        title_en="Effect by city",
        title_zh="各城市改革效应",
        frame=pd.DataFrame(rows),
        notes_en=(f"Estimator: {first.fact('estimator')}; interval: {rule}.",),
        notes_zh=(f"估计量：{first.fact('estimator')}；区间：{rule}。",),
        synthetic=synthetic,
    )


def _rows(
    one: EstimateFrames, places: Mapping[str, Sequence[str]], labels: Mapping[str, tuple[str, str]]
) -> list[dict[str, object]]:
    found = one.rows()
    by_start = found[found["kind"] == "cohort"]
    if by_start.empty:
        return []
    outcome = outcomes()[str(one.fact("outcome"))]
    made = []
    for row in pd.concat([by_start, found[found["kind"] == "overall"].head(1)]).to_dict("records"):
        start = "" if row["kind"] == "overall" else str(row["cohort"])
        names = list(places.get(start, ()))
        words = _label(start, names, labels) if start else TOGETHER
        numbers = ("std_error", "p_value", "conf_low", "conf_high")
        made.append(
            {
                "outcome": outcome.name,
                "series_en": outcome.label_en,
                "series_zh": outcome.label_zh,
                "unit": outcome.unit,
                "cohort": start,
                "places": " ".join(names),
                "label_en": words[0],
                "label_zh": words[1],
                "value": float(row["estimate"]),
                **{name: float(row[name]) for name in numbers},
                "count": float(row["count"]) if pd.notna(row["count"]) else np.nan,
                "largest_share": float(row["largest_share"]) if pd.notna(row["largest_share"]) else np.nan,
            }
        )
    return made


def _label(start: str, names: Sequence[str], labels: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The cities of a start, or the start where none is known."""
    if not names:
        return start, start
    english, chinese = zip(*(labels.get(name, (name, name)) for name in names), strict=True)
    return f"{', '.join(english)} ({start})", f"{'、'.join(chinese)}（{start}）"
