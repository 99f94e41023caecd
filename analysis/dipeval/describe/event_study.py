"""The event study as an exhibit: several estimators, the truth where it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dipeval.describe.estimate_frames import EstimateFrames
from dipeval.describe.labels import Labels, label_of
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.vocabulary import Outcome

ESTIMATORS: Labels = {
    "imputation": ("Imputation", "插补法"),
    "twfe": ("Two-way fixed effects", "双向固定效应"),
    "twfe_event_study": ("Two-way fixed effects", "双向固定效应"),
    "group_time": ("Callaway–Sant'Anna", "Callaway–Sant'Anna"),
    "sun_abraham": ("Sun–Abraham", "Sun–Abraham"),
    "two_stage": ("Two-stage", "两阶段估计"),
    "stacked": ("Stacked", "堆叠双重差分"),
    "switching": ("Switching", "处理变动估计"),
    "local_projections": ("Local projections", "局部投影"),
    "poisson": ("Poisson", "泊松"),
    "poisson_event_study": ("Poisson event study", "泊松事件研究"),
    "extended_poisson": ("Extended Poisson", "扩展双向泊松"),
    "extended_two_way": ("Extended two-way fixed effects", "扩展双向固定效应"),
    "two_by_two": ("Two groups, before and after", "两组前后比较"),
    "synthetic_difference": ("Synthetic difference in differences", "合成双重差分"),
    "synthetic_control": ("Synthetic control", "合成控制法"),
    "bacon": ("Goodman-Bacon decomposition", "Goodman-Bacon 分解"),
}
"""Short names for figures and tables, one for each registered estimator."""
TRUTH = ("True effect (known, synthetic data)", "真实效应（合成数据，已知）")
EVENT_KINDS = ("event_time", "lead")
INTERVALS = {
    "pointwise": (
        "{name}: {level:.0%} confidence intervals ({rule}).",
        "{name}：{level:.0%} 置信区间（{rule}）。",
    ),
    "simultaneous": (
        "{name}: {level:.0%} simultaneous band ({rule}).",
        "{name}：{level:.0%} 同时置信带（{rule}）。",
    ),
    "none": ("{name}: p-values without intervals ({rule}).", "{name}：仅有p值，无区间（{rule}）。"),
}
"""What is drawn around the points, in words."""
NO_BAND = pd.DataFrame({"term": [], "band_low": [], "band_high": [], "rule": []})
PERIODS = {"month": ("months", "个月"), "quarter": ("quarters", "个季度"), "year": ("years", "年")}


def event_study_exhibit(
    estimates: Sequence[EstimateFrames],
    outcome: Outcome,
    *,
    frequency: str,
    truth: pd.DataFrame | None = None,
    labels: Labels = ESTIMATORS,
    currency: str = "",
    name: str = "",
    synthetic: bool = False,
    bands: Mapping[str, pd.DataFrame] | None = None,
) -> Exhibit:
    """Put the event-time rows of estimates side by side.

    Parameters
    ----------
    estimates : sequence of EstimateFrames
        One an estimator, the main one first.
    outcome : Outcome
        What they are about.
    frequency : {"month", "quarter", "year"}
        What one step of event time is.
    truth : pandas.DataFrame, optional
        Columns ``event_time`` and ``true_effect``, where the data are invented and the truth known.
    labels : mapping of str to (str, str)
        English and Chinese name by estimator.
    currency : str
        Where the outcome is money.
    name : str
        File stem; default ``event_study_<outcome>``.
    synthetic : bool
    bands : mapping of str to pandas.DataFrame, optional
        By estimator: ``term``, ``band_low``, ``band_high`` and ``rule`` of intervals that hold for all event
        times at once; they become columns.

    Returns
    -------
    Exhibit
        Kind ``event_study``: one row an estimator and event time with ``series``, ``is_main``,
        ``value``, ``std_error``, ``conf_low``, ``conf_high``, ``is_reference`` and ``note``. Rows that
        are not identified stay, with NaN, and are listed in the notes with their reason.

    Raises
    ------
    ValueError
        If there is no estimate, one has no event-time rows, two are of one estimator, or a truth is
        given for data that are not synthetic.
    """
    if not estimates or (truth is not None and not synthetic):
        raise ValueError("an event study needs an estimate, and a truth only for synthetic data")
    parts = [_series(found, outcome, labels, bands or {}, main=i == 0) for i, found in enumerate(estimates)]
    names = [part["series"].iloc[0] for part in parts]
    if len(set(names)) < len(names):
        raise ValueError(f"two estimates of one estimator: {names}")
    notes = [note for part in parts for note in _notes(part)]
    if truth is not None:
        parts.append(_truth(truth, parts))
    return bilingual(
        name=name or f"event_study_{outcome.name}",
        kind="event_study",
        titles=(f"Effect of the reform on {lowered(outcome.label_en)}", f"改革对{outcome.label_zh}的效应"),
        frame=pd.concat(parts, ignore_index=True),
        notes=notes,
        synthetic=synthetic,
        options={"unit": outcome.unit, "currency": currency, "frequency": frequency},
    )


def lowered(label: str) -> str:
    """A label within a sentence: its first letter small, unless it begins an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _series(
    found: EstimateFrames,
    outcome: Outcome,
    labels: Labels,
    bands: Mapping[str, pd.DataFrame],
    *,
    main: bool,
) -> pd.DataFrame:
    rows = found.rows()
    rows = rows[rows["kind"].isin(EVENT_KINDS) & rows["event_time"].notna()].sort_values("event_time")
    if rows.empty or set(rows["outcome"]) != {outcome.name}:
        raise ValueError(
            f"an estimate of {sorted(set(found.tidy['outcome']))} has no event times of {outcome.name}"
        )
    english, chinese = label_of(str(rows["estimator"].iloc[0]), labels)
    kept = ["std_error", "df", "p_value", "conf_low", "conf_high", "conf_level", "band", "inference"]
    kept += [
        "is_reference",
        "n_obs",
        "n_hospitals",
        "n_treated",
        "n_clusters",
        "note",
        "count",
        "largest_share",
    ]
    part = pd.DataFrame(
        {
            "series": rows["estimator"],
            "label_en": english,
            "label_zh": chinese,
            "is_main": main,
            "event_time": rows["event_time"].astype("int64"),
            "value": rows["estimate"],
        }
    )
    part = pd.concat([part, rows[kept]], axis=1)
    if bands:
        band = bands.get(str(rows["estimator"].iloc[0]), NO_BAND).set_index("term")
        for name in ("band_low", "band_high"):
            part[name] = rows["term"].map(band[name]).astype("float64")
        part["band_rule"] = [str(band["rule"].get(term, "")) for term in rows["term"]]
    return part.reset_index(drop=True)


def _truth(truth: pd.DataFrame, parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The true effects at the event times that are shown; invented facts, so nothing stands behind them."""
    shown = sorted({int(e) for part in parts for e in part["event_time"]})
    known = truth.set_index("event_time")["true_effect"]
    times = [e for e in shown if e in known.index]
    blank = {name: np.nan for name in parts[0].columns if parts[0][name].dtype.kind in "fi"}
    words = {"band": "", "inference": "", "note": "", "is_reference": False, "is_main": False}
    if "band_rule" in parts[0]:
        words["band_rule"] = ""
    part = pd.DataFrame({**blank, **words}, index=range(len(times)), columns=parts[0].columns)
    part["series"], part["label_en"], part["label_zh"] = "truth", *TRUTH
    part["event_time"] = times
    part["value"] = [float(known[e]) for e in times]
    return part


def _notes(part: pd.DataFrame) -> list[tuple[str, str]]:
    """How the intervals were made, and which event times have no number, with the reason."""
    english, chinese = part["label_en"].iloc[0], part["label_zh"].iloc[0]
    notes = []
    known = part[part["std_error"].notna()]
    if len(known):
        level, rule = known["conf_level"].iloc[0], known["inference"].iloc[0]
        kind = "none" if known["conf_low"].isna().all() else str(known["band"].iloc[0])
        notes.append(
            tuple(
                words.format(name=name, level=level, rule=rule)
                for name, words in zip((english, chinese), INTERVALS[kind], strict=True)
            )
        )
    if "band_rule" in part and (part["band_rule"] != "").any():
        rule = part.loc[part["band_rule"] != "", "band_rule"].iloc[0]
        notes.append((f"{english}, outer lines: {rule}.", f"{chinese}，外侧细线为同时置信带：{rule}。"))
    spoken = part[(part["note"] != "") & ~part["is_reference"]]
    for reason, rows in spoken.groupby("note", sort=True):
        times = ", ".join(str(e).replace("-", "−") for e in sorted(rows["event_time"]))
        gap_en, gap_zh = ("no estimate, ", "无估计值，") if rows["value"].isna().all() else ("", "")
        notes.append(
            (
                f"{english}, event time {times}: {gap_en}{reason}.",
                f"{chinese}，事件时间 {times}：{gap_zh}{reason}。",
            )
        )
    return notes
