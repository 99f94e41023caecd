"""What a comparison of cities shows: rows that have passed the gate, with their ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dipeval.describe.cities.intervals import on_scale
from dipeval.describe.cities.placement import ALL
from dipeval.describe.cities.ranks import rank_sets
from dipeval.disclose import Released
from dipeval.report.page import check_path

RANKS = ("rank", "rank_low", "rank_high", "joint_low", "joint_high")
LOG_POINTS = "log points"


@dataclass(frozen=True)
class Comparison:
    """Cities side by side, and where the numbers come from.

    Attributes
    ----------
    study, title_en, title_zh : str
        The study's name and titles.
    cities : Released
        Exhibit of kind ``cities``.
    effects : Released or None
        Exhibit of kind ``cities_effects``.
    facts : mapping
        ``by``, ``reference``, ``currency``, ``places``, ``spans``, ``indicators``, ``left_out``,
        ``without_place``, as the stage of the comparison wrote them.
    inputs : tuple of mappings
        ``path``, ``sha256``, ``bytes`` and ``rows`` of every raw file.
    study_sha256, code_sha256 : str
    environment : mapping of str to str
    languages : tuple of str
    synthetic : bool
    level : float
        Of intervals and rank sets.

    Raises
    ------
    TypeError
        If something has not passed the gate.
    ValueError
        If a path is absolute or leads out of its folder.
    """

    study: str
    title_en: str
    title_zh: str
    cities: Released
    effects: Released | None
    facts: Mapping[str, object]
    inputs: tuple[Mapping[str, object], ...] = ()
    study_sha256: str = ""
    code_sha256: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en", "zh")
    synthetic: bool = False
    level: float = 0.95

    def __post_init__(self) -> None:
        for one in (self.cities, self.effects):
            if one is not None and not isinstance(one, Released):
                raise TypeError("only what has passed dipeval.disclose.gate can be compared")
        for entry in self.inputs:
            check_path(str(entry["path"]))


def compared_rows(comparison: Comparison) -> pd.DataFrame:
    """Every row of the comparison with its rank among the places that are shown.

    Ranks are computed from released numbers alone: what is held back is not ranked, and moves nobody's rank.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    pandas.DataFrame
        Columns of the exhibit and `RANKS` (rank 1 is the highest value; marginal and simultaneous sets at the
        comparison's level), ``n_ranked``; NaN for the place that is all together and for what is held back.
        Cost O(indicators × spans × places²).
    """
    frame = comparison.cities.exhibit.frame.reset_index(drop=True)
    scales = {str(one[0]): str(one[4]) for one in comparison.facts["indicators"]}
    found = np.full((len(frame), len(RANKS) + 1), np.nan)
    own = frame["place"] != ALL
    for (name, _), part in frame[own].groupby(["indicator", "span"], sort=False):
        sets = rank_sets(*_on_scale(part, scales[str(name)]), comparison.level)
        stacked = np.stack([sets.rank, sets.low, sets.high, sets.joint_low, sets.joint_high])
        at = part.index.to_numpy()
        found[at, : len(RANKS)] = stacked.T
        found[at, len(RANKS)] = np.where(np.isnan(sets.rank), np.nan, np.sum(~np.isnan(sets.rank)))
    return pd.concat([frame, pd.DataFrame(found, columns=[*RANKS, "n_ranked"])], axis=1)


def _on_scale(part: pd.DataFrame, scale: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Estimates, errors and degrees of freedom where the estimates are about normal."""
    value, error, df = (part[c].to_numpy(dtype="float64") for c in ("value", "std_error", "df"))
    if part["unit"].iloc[0] == LOG_POINTS:
        return value, error, df
    moved, its_error = on_scale(value, error, scale)
    # A share of exactly 0 or 1 has no place on the logit, but it has a rank: it is told from nobody.
    return np.where(np.isnan(moved) & ~np.isnan(value), _edge(value, scale), moved), its_error, df


def _edge(value: np.ndarray, scale: str) -> np.ndarray:
    """Beyond everything that the scale reaches."""
    return np.where(value > 0.5, 1e6, -1e6) if scale == "logit" else np.full(len(value), -1e6)


def csv_frame(rows: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The rows as they are handed out, one line an indicator, place and span; amounts name their currency."""
    names = {
        "indicator": "indicator",
        "series_en": "indicator_en",
        "series_zh": "indicator_zh",
        "unit": "unit",
        "place": "place",
        "label_en": "place_en",
        "label_zh": "place_zh",
        "span": "span",
        "period": "span_label",
        "value": "value",
        "std_error": "std_error",
        "df": "df",
        "conf_low": "conf_low",
        "conf_high": "conf_high",
        "interval": "no_interval",
        "count": "cases",
        "n_hospitals": "hospitals",
        **{name: name for name in (*RANKS, "n_ranked")},
        "suppressed": "held_back",
    }
    made = rows[list(names)].rename(columns=names)
    return made.assign(
        unit=made["unit"].where(made["unit"] != "currency", currency or "currency"),
        # Why there is no interval tells how many hospitals there are.
        no_interval=made["no_interval"].where(~made["held_back"], ""),
    )
