"""Two-way fixed effects with treatment interacted with groups: one regression for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.estimate.call import estimate
from dipeval.estimate.heterogeneity.groups import Groups
from dipeval.estimate.heterogeneity.stacking import mapped
from dipeval.estimate.sample import make_sample
from dipeval.estimate.terms import group_facts
from dipeval.results import Estimate

INTERACTED = "twfe"
MARK = "treated, group="
STATIC_GROUP = "coefficient of treatment in the group, in one two-way regression with all groups"


@dataclass(frozen=True)
class Interacted:
    """y = α_i + γ_t + Σ_k β_k 1{treated, group k} + x'δ + ε.

    Attributes
    ----------
    effects : tuple of Estimate or None, length K
        β_k; None for a group without treated rows.
    estimate : Estimate
        The regression, written as the effect of the first group and differences from it.
    tested : tuple of str
        Terms of the differences.
    """

    effects: tuple[Estimate | None, ...]
    estimate: Estimate
    tested: tuple[str, ...]


def interacted(
    design: PanelDesign, values: np.ndarray, groups: Groups, words: Mapping[str, object]
) -> Interacted:
    """Fit the regression.

    Treated rows of hospitals without a group are left out: they have no effect here.

    Parameters
    ----------
    design : PanelDesign
    values : numpy.ndarray, shape (design.n_rows_in,)
    groups : Groups
    words : mapping
        For `dipeval.estimate.estimate`.

    Notes
    -----
    One regression, O(n (p + K)²).
    """
    at = np.where(design.treated, groups.rows(design), -1)
    kept = np.array(values, float)
    kept[design.rows[design.treated & (at < 0)]] = np.nan
    seen = np.isfinite(kept[design.rows])
    there = [k for k in range(len(groups.names)) if (seen & (at == k)).any()]
    names = [f"{MARK}{groups.names[k]}" for k in there]
    columns = {name: (at == k).astype(float) for name, k in zip(names[1:], there[1:], strict=True)}
    base = list(design.covariates) if words.get("covariates") is None else list(words["covariates"])
    wider = replace(design, covariates={**design.covariates, **columns})
    fit = estimate(wider, kept, **{**words, "covariates": [*base, *columns]})
    facts = _facts(wider, kept, [*base, *columns], at, there)
    effects: list[Estimate | None] = [None] * len(groups.names)
    for place, k in enumerate(there):
        own = {} if place == 0 else {f"covariate={names[place]}": 1.0}
        new = {f"group={groups.names[k]}": {"treated": 1.0, **own}}
        row = fit.terms.iloc[[0]].assign(**{key: column[place] for key, column in facts.items()})
        effects[k] = mapped(fit, new, "group", STATIC_GROUP, facts=row)
    return Interacted(tuple(effects), fit, tuple(f"covariate={name}" for name in names[1:]))


def _facts(
    design: PanelDesign, values: np.ndarray, covariates: list[str], at: np.ndarray, there: list[int]
) -> dict[str, pd.Series]:
    """What stands behind each group: its treated rows."""
    sample = make_sample(design, values, covariates, "y", "heterogeneity")
    place = np.full(max(there, default=0) + 2, -1)
    place[there] = np.arange(len(there))
    return group_facts(sample, place[at[sample.rows]], len(there))
