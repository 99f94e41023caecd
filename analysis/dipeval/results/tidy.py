"""Frames and text of an estimate; their columns are a published contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from dipeval.results.estimate import Estimate

TIDY_COLUMNS = (
    "study",
    "outcome",
    "estimator",
    "estimand",
    "term",
    "city",
    "cohort",
    "event_time",
    "estimate",
    "std_error",
    "statistic",
    "df",
    "p_value",
    "conf_low",
    "conf_high",
    "conf_level",
    "band",
    "inference",
    "is_reference",
    "n_obs",
    "n_hospitals",
    "n_treated",
    "n_clusters",
    "note",
)


def tidy(estimate: Estimate) -> pd.DataFrame:
    """One row a term, columns `TIDY_COLUMNS`.

    Undefined numbers are NaN and say why in `note`; before `dipeval.infer.infer` all errors are
    NaN and `inference` is ``none``. `cohort` and `city` are empty where they do not apply,
    `event_time` is NaN there.
    """
    frame = estimate.terms.copy()
    frame["study"], frame["outcome"], frame["estimator"] = (
        estimate.study,
        estimate.outcome,
        estimate.estimator,
    )
    frame["estimate"] = estimate.params.to_numpy()
    inference = estimate.inference
    names = ["std_error", "p_value", "conf_low", "conf_high"]
    for name in names:
        frame[name] = np.nan if inference is None else getattr(inference, name)
    frame["statistic"] = frame["estimate"] / frame["std_error"]
    frame["df"] = (
        np.nan if inference is None else np.where(frame["std_error"].notna(), inference.degrees, np.nan)
    )
    frame["conf_level"] = np.nan if inference is None else inference.level
    frame["band"] = "none" if inference is None else inference.band
    frame["inference"] = "none" if inference is None else inference.label
    frame["n_clusters"] = 0 if inference is None else inference.n_clusters
    if inference is not None:
        pairs = zip(frame["note"], inference.notes, strict=True)
        frame["note"] = ["; ".join(part for part in pair if part) for pair in pairs]
    return frame[list(TIDY_COLUMNS)]


def glance(estimate: Estimate) -> pd.DataFrame:
    """One row: sample, clusters, rule of the errors with its draws and seed, mean of the outcome."""
    inference = estimate.inference
    terms = estimate.terms
    row = {
        "study": estimate.study,
        "outcome": estimate.outcome,
        "estimator": estimate.estimator,
        "estimand": estimate.estimand,
        "n_obs": estimate.n_obs,
        "n_hospitals": estimate.n_hospitals,
        "n_treated": int(terms["n_treated"].max()) if len(terms) else 0,
        "outcome_mean": estimate.outcome_mean,
        "cluster": "" if inference is None else inference.cluster,
        "n_clusters": 0 if inference is None else inference.n_clusters,
        "n_treated_clusters": 0 if inference is None else inference.n_treated_clusters,
        "inference": "none" if inference is None else inference.label,
        "rule": "" if inference is None else inference.rule,
        "method": "none" if inference is None else inference.method,
        "draws": pd.NA if inference is None or inference.draws is None else inference.draws,
        "seed": pd.NA if inference is None or inference.seed is None else inference.seed,
        "df": np.nan if inference is None else inference.df,
        "conf_level": np.nan if inference is None else inference.level,
        "n_warnings": len(estimate.warnings),
    }
    return pd.DataFrame([row]).astype({"draws": "Int64", "seed": "Int64"})


def summary(estimate: Estimate) -> str:
    """Header, table of terms, rule and warnings, as text."""
    shown = ["term", "estimate", "std_error", "p_value", "conf_low", "conf_high", "n_obs", "note"]
    frame = tidy(estimate)[shown]
    head = f"{estimate.estimator}: {estimate.outcome}" + (f" ({estimate.study})" if estimate.study else "")
    size = f"{estimate.n_obs} {estimate.observations}, {estimate.n_hospitals} hospitals"
    rule = "no inference yet" if estimate.inference is None else estimate.inference.rule
    table = frame.to_string(index=False, float_format=lambda x: f"{x:.6g}", na_rep="")
    warnings = [f"warning: {text}" for text in estimate.warnings]
    return "\n".join([head, f"estimand: {estimate.estimand}", size, f"errors: {rule}", "", table, *warnings])
