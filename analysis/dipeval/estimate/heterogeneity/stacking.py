"""Terms of several estimates side by side: influence stacked by cluster, so that they have one covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.results import Estimate


def picked(estimate: Estimate, term: str, name: str, kind: str, estimand: str) -> Estimate:
    """One term alone, under another name."""
    return mapped(
        estimate, {name: {term: 1.0}}, kind, estimand, facts=estimate.terms[estimate.terms["term"] == term]
    )


def mapped(
    estimate: Estimate,
    combinations: Mapping[str, Mapping[str, float]],
    kind: str,
    estimand: str,
    facts: pd.DataFrame | None = None,
) -> Estimate:
    """Linear combinations of terms, with their influence.

    Parameters
    ----------
    estimate : Estimate
    combinations : mapping of str to mapping of str to float
        By new term: the weight of each old one.
    kind, estimand : str
    facts : pandas.DataFrame, optional
        Rows whose counts stand behind the new terms, in their order; default: of the first old term of each.

    Returns
    -------
    Estimate
        Without inference, moments and origin; NaN where an old term is. Cost O(G K A).
    """
    known = list(estimate.params.index)
    weights = np.zeros((len(known), len(combinations)))
    for column, parts in enumerate(combinations.values()):
        for term, weight in parts.items():
            weights[known.index(term), column] = weight
    first = [known.index(next(iter(parts))) for parts in combinations.values()]
    rows = estimate.terms.iloc[first] if facts is None else facts
    used = weights != 0
    lost = (used & ~np.isfinite(estimate.params.to_numpy())[:, None]).any(0)
    terms = rows.reset_index(drop=True).assign(
        term=list(combinations), kind=kind, estimand=estimand, is_reference=False
    )
    terms["note"] = [note if gone else "" for note, gone in zip(terms["note"], lost, strict=True)]
    params = np.nan_to_num(estimate.params.to_numpy()) @ weights
    blank = np.where(lost, np.nan, 0.0)
    influence = {name: np.nan_to_num(values) @ weights + blank for name, values in estimate.influence.items()}
    factor = {name: values[first] for name, values in estimate.cr1_factor.items()}
    return replace(
        estimate,
        terms=terms,
        params=_series(params + blank, terms),
        influence=influence,
        cr1_factor=factor,
        error_floor=np.nan_to_num(estimate.error_floor) @ np.abs(weights) + blank,
        row_errors=None,
        inference=None,
        moments=None,
        by_period=None,
        origin=None,
    )


def stacked(whole: Estimate, parts: Sequence[Estimate]) -> Estimate:
    """Terms of estimates on parts of a sample below those of the whole sample.

    Parameters
    ----------
    whole : Estimate
        Knows all clusters.
    parts : sequence of Estimate
        Of the same design; a cluster that a part does not hold adds nothing to it.

    Returns
    -------
    Estimate
        Terms of the whole, then of the parts; the covariance of all follows from their influence by cluster.
    """
    everyone = [whole, *parts]
    terms = pd.concat([e.terms for e in everyone], ignore_index=True)
    influence = {}
    for name, facts in whole.clusters.items():
        place = {cluster: g for g, cluster in enumerate(facts.names)}
        columns = []
        for one in everyone:
            filled = np.zeros((facts.n, len(one.params)))
            filled[:, np.isnan(one.params.to_numpy())] = np.nan
            at = [place[cluster] for cluster in one.clusters[name].names]
            filled[at] += one.influence[name]
            columns.append(filled)
        influence[name] = np.hstack(columns)
    warnings = tuple(dict.fromkeys(text for e in everyone for text in e.warnings))
    return replace(
        whole,
        terms=terms,
        params=_series(np.concatenate([e.params.to_numpy() for e in everyone]), terms),
        influence=influence,
        cr1_factor={name: np.concatenate([e.cr1_factor[name] for e in everyone]) for name in influence},
        error_floor=np.concatenate([e.error_floor for e in everyone]),
        row_errors=None,
        inference=None,
        warnings=warnings,
        moments=None,
        by_period=None,
        origin=None,
    )


def _series(values: np.ndarray, terms: pd.DataFrame) -> pd.Series:
    return pd.Series(values, index=pd.Index(terms["term"].array), name="estimate")
