"""Effects on all shares by event time: the frame of the figure, and the test of the leads together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.composition.intervals import Errors
from dipeval.describe.composition.notes import chance
from dipeval.describe.composition.picture import absent_row
from dipeval.describe.composition.words import Words, part_words
from dipeval.estimate.composition.analysis import CompositionEffects
from dipeval.infer import infer
from dipeval.infer.student_band import largest_t_test, student_band

TIMED = ("event_time", "lead")


@dataclass(frozen=True)
class Path:
    """Effects by event time.

    Attributes
    ----------
    frame : pandas.DataFrame
        Rows of an exhibit of kind ``composition_path``: ``part``, ``event_time``, ``value`` (a share), ``conf_low`` and
        ``conf_high`` (pointwise), ``band_low`` and ``band_high`` (over all parts and event times), ``is_reference``; one
        row without numbers, with ``why_en`` and ``why_zh``, for a part that is not there.
    notes : list of (str, str)
    """

    frame: pd.DataFrame
    notes: list[Words]


def composition_path(made: CompositionEffects, errors: Errors) -> Path | None:
    """Effects on shares before and after the reform; they sum to zero at each event time.

    None where the estimator has no event times. Cost O(draws × clusters × parts × event times).
    """
    terms = made.shares.estimate.terms
    timed = terms["kind"].isin(TIMED).to_numpy()
    if not timed.any():
        return None
    found = infer(
        made.shares.estimate,
        "cluster",
        cluster=errors.cluster,
        small_sample=errors.small_sample,
        level=errors.level,
    )
    conf, names = found.conf_int().to_numpy(), found.params.index
    known = timed & np.isfinite(found.std_errors.to_numpy())
    frame = pd.DataFrame(
        {
            "part": [name.rpartition(":")[2] for name in names],
            "event_time": terms["event_time"].to_numpy(),
            "value": found.params.to_numpy(),
            "conf_low": conf[:, 0],
            "conf_high": conf[:, 1],
            "band_low": np.nan,
            "band_high": np.nan,
            "is_reference": terms["is_reference"].to_numpy(),
            "count": terms["count"].to_numpy(dtype=float),
            "largest_share": terms["largest_share"].to_numpy(dtype=float),
        }
    )
    notes: list[Words] = []
    if known.any():
        band = student_band(found, seed=errors.seed, terms=list(names[known]), n_draws=errors.n_draws)
        frame.loc[known, ["band_low", "band_high"]] = np.column_stack([band.conf_low, band.conf_high])
        notes.append(_band_words(errors, band.critical_value))
    leads = known & (terms["event_time"].to_numpy() < -made.anticipation)
    if leads.any():
        statistic, p = largest_t_test(
            found, seed=errors.seed, terms=list(names[leads]), n_draws=errors.n_draws
        )
        notes.append(_test_words(int(leads.sum()), statistic, p))
    words = frame["part"].map(part_words)
    frame = frame.assign(label_en=words.str[0], label_zh=words.str[1])[timed]
    if made.found.absent:
        gone = [absent_row(part, reason, is_reference=False) for part, reason in made.found.absent]
        frame = pd.concat([frame, pd.DataFrame(gone)], ignore_index=True).fillna({"why_en": "", "why_zh": ""})
    place = frame["part"].map({part: at for at, part in enumerate(made.found.order)})
    frame = frame.assign(is_reference=frame["is_reference"].astype(bool), row_order=place)
    frame = frame.sort_values(["row_order", "event_time"]).drop(columns="row_order").reset_index(drop=True)
    return Path(frame, notes)


def _band_words(errors: Errors, critical: float) -> Words:
    level = f"{errors.level:.0%}"
    return (
        f"Thick lines: pointwise {level} intervals; thin lines: a band over all parts and event times together (critical value "
        f"{critical:.2f}). Effects sum to zero at each event time.",
        f"粗线：逐点{level}置信区间；细线：覆盖全部项目与各期的同时置信带（临界值{critical:.2f}）。各期效应之和为零。",
    )


def _test_words(count: int, statistic: float, p: float) -> Words:
    said = chance(p)
    return (
        f"All leads of all parts together ({count}): largest |t| = {statistic:.2f}, {said}.",
        f"全部项目的全部前期系数（{count}个）联合检验：最大|t| = {statistic:.2f}，{said}。",
    )
