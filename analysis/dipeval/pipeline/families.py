"""What is said of several estimates or terms together: families of p-values, bands of event studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import DesignError, Problem
from ..infer.band import inferred_band
from ..infer.families import adjust
from ..results.estimate import Estimate

if TYPE_CHECKING:
    from ..study.families import Family
    from ..study.model import Study


@dataclass(frozen=True)
class Estimated:
    """One estimate under one clustering of the errors."""

    cluster: str
    estimate: Estimate


def families_of(study: Study, found: Sequence[Estimated]) -> pd.DataFrame:
    """One row a hypothesis of a family, for each estimator and clustering by itself.

    Returns
    -------
    pandas.DataFrame
        ``family``, ``cluster_shown``, the columns of `dipeval.infer.families.adjust`, and ``kind``, ``count``
        and ``largest_share`` of the term.

    Raises
    ------
    DesignError
        An estimator of a family has no term of its kinds.
    """
    parts = []
    for family in study.families:
        for estimator in family.estimators or [choice.name for choice in study.estimators]:
            for cluster in study.treatment.clusters:
                mine = {
                    one.estimate.outcome: one.estimate
                    for one in found
                    if one.cluster == cluster and one.estimate.estimator == estimator
                }
                parts += _adjusted(family, estimator, cluster, mine)
        if not any(part["family"].iloc[0] == family.name for part in parts):
            raise DesignError("families", [_no_terms(family, "no estimator of the study has a term")])
    return pd.concat(parts, ignore_index=True)


BAND_COLUMNS = ("outcome", "estimator", "cluster_shown", "term", "band_low", "band_high", "rule")


def bands_of(study: Study, found: Sequence[Estimated]) -> pd.DataFrame:
    """Simultaneous bands of every event study with clustered errors, one row an event time: `BAND_COLUMNS`."""
    told = study.inference.band
    parts = [pd.DataFrame(columns=list(BAND_COLUMNS))]
    for one in found:
        e = one.estimate
        timed = e.terms["kind"].isin(("event_time", "lead")) & e.std_errors.notna().to_numpy()
        if e.inference.method != "cluster" or not timed.any():
            continue
        band = inferred_band(e, seed=told.seed, n_draws=told.n_draws)
        frame = pd.DataFrame({"term": band.terms, "band_low": band.conf_low, "band_high": band.conf_high})
        head = {"outcome": e.outcome, "estimator": e.estimator, "cluster_shown": one.cluster}
        parts.append(frame.assign(**head, rule=band.rule)[list(BAND_COLUMNS)])
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _adjusted(
    family: Family, estimator: str, cluster: str, by_outcome: dict[str, Estimate]
) -> list[pd.DataFrame]:
    """The rows of one family, estimator and clustering; none where the estimator has no such term."""
    estimates = [by_outcome[name] for name in family.outcomes if name in by_outcome]
    terms = [e.terms[e.terms["kind"].isin(family.terms) & ~e.terms["is_reference"]] for e in estimates]
    if not any(map(len, terms)):
        if estimates and family.estimators:
            raise DesignError("families", [_no_terms(family, f"{estimator} has no term")])
        return []
    frame = adjust(estimates, family.terms, seed=family.seed, n_draws=family.n_draws)
    facts = pd.concat(terms, ignore_index=True)[["kind", "count", "largest_share"]]
    head = pd.DataFrame({"family": family.name, "cluster_shown": cluster}, index=frame.index)
    return [pd.concat([head, frame, facts], axis=1)]


def _no_terms(family: Family, what: str) -> Problem:
    said = f"{what} of kind {' or '.join(family.terms)}"
    return Problem(f"families.{family.name}", said, "name other terms, or other estimators")
