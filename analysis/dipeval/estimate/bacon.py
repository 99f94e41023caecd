"""Goodman-Bacon decomposition: what the static two-way coefficient is made of.

Goodman-Bacon (2021), *Journal of Econometrics* 225(2): with staggered reforms the coefficient is a weighted
mean of comparisons of two groups, some of which use hospitals that are already treated as the comparison.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dipeval.estimate.bacon_comparisons import TYPES
from dipeval.estimate.bacon_estimates import Decomposed, decompose, estimated
from dipeval.estimate.estimands import STATIC
from dipeval.estimate.regression import (
    FLOOR,
    NOT_DETERMINED,
    Block,
    cr1_factor,
    join_blocks,
    residual_scale,
)
from dipeval.estimate.sample import Sample, drop_singletons
from dipeval.estimate.terms import Facts, Rows, group_facts, of_whole_sample, repeated, stack, term_rows
from dipeval.estimate.twfe import NEVER_NOTE
from dipeval.results import Estimate

AGREES = 1e-8
WORDS = {
    "earlier_against_later": "treated earlier against not yet treated",
    "later_against_earlier": "treated later against already treated",
    "treated_against_untreated": "treated against untreated",
}


def bacon(sample: Sample) -> Estimate:
    """Goodman-Bacon decomposition of the static two-way coefficient.

    Parameters
    ----------
    sample : Sample
        Hospitals reformed after the window count as never treated. Covariates leave the outcome with their
        slopes of the two-way regression first, so that the comparisons still sum to its coefficient.

    Returns
    -------
    Estimate
        Terms ``treated`` (as in `twfe`); ``covariate=…``; ``type=…``, the weighted mean of the comparisons of
        one type; ``cohort=g,against=h`` for each comparison, the two-way coefficient on its two groups and
        periods. The note holds the weight. Equals bacondecomp's ``bacon(y ~ treated, id_var, time_var)``.
        The theorem is about balanced panels with constant weights; otherwise a warning says how far the
        comparisons sum from ``treated``. Errors take the weights as known.

    Raises
    ------
    DesignError
        A cohort is not observed in a period in which others are.

    Notes
    -----
    O(n (p² + C)) for C cohorts in a balanced panel with constant weights, else O(n C²).
    """
    if sample.design.comparison == "never_treated":
        sample = sample.warn(NEVER_NOTE)
    sample = drop_singletons(sample)
    parts = decompose(sample)
    codes, facts = sample.clusters()
    sizes = {name: fact.n for name, fact in facts.items()}
    block = _block(parts, codes, sizes)
    total = sum(c.weight * v for c, v in zip(parts.found, block.params[-len(parts.found) :], strict=True))
    coefficient = block.params[0]
    if abs(total - coefficient) > AGREES * max(abs(coefficient), block.floor[0] / FLOOR):
        sample = sample.warn(
            f"the weighted comparisons sum to {total:.6g}, not to the coefficient {coefficient:.6g}: "
            "hospitals lack periods, or their weights change"
        )
    return join_blocks(sample, [block], facts, STATIC, "t")


def _block(parts: Decomposed, codes: dict[str, np.ndarray], sizes: dict[str, int]) -> Block:
    sample, fit, found = parts.sample, parts.fit, parts.found
    n_direct = 1 + len(sample.covariate_names)
    direct = np.zeros((len(fit.solution), n_direct))
    direct[parts.n_periods + np.arange(n_direct), np.arange(n_direct)] = 1
    none = [np.zeros((0, n_direct))] * len(fit.own)
    known = fit.determined(none, direct)
    basis, dense, variance = fit.multipliers(none, direct)
    own = fit.influence(basis, dense, codes, sizes)
    kinds = [kind for kind in TYPES if any(c.kind == kind for c in found)]
    mix = np.array([[c.weight * (c.kind == kind) for kind in kinds] for c in found])
    mix = np.hstack([mix / mix.sum(0), np.eye(len(found))])
    single = estimated(parts, codes, sizes)
    slopes = single.slopes @ mix
    params = np.r_[fit.value(none, direct), single.values @ mix]
    known = np.r_[known, np.isfinite(single.values @ mix)]
    blank = np.where(known, 0.0, np.nan)
    influence = {
        name: np.hstack([own[name], single.influence[name] @ mix - own[name][:, 1:] @ slopes]) + blank
        for name in codes
    }
    scale = residual_scale(fit.residuals, sample.outcome, sample.weights)
    spread = np.sqrt(np.maximum(np.r_[variance, single.variance @ mix**2], 0))
    terms = _rows(parts, kinds)
    return Block(
        {**terms, "note": np.where(known, terms["note"], NOT_DETERMINED).tolist()},
        params + blank,
        influence,
        np.full(len(params), cr1_factor(sample.n_obs, fit.n_parameters)),
        np.where(known, FLOOR * scale * spread, np.nan),
        fit.n_parameters,
    )


def _rows(parts: Decomposed, kinds: Sequence[str]) -> Rows:
    """Descriptions of all terms: treated, covariates, types, comparisons."""
    sample, found = parts.sample, parts.found
    facts = of_whole_sample(group_facts(sample, np.where(sample.treated, 0, -1), 1), sample)
    rows = [term_rows("overall", facts, term=["treated"], estimand=STATIC)]
    whole = group_facts(sample, np.zeros(sample.n_obs, np.int64), 1)
    if sample.covariate_names:
        names = [f"covariate={name}" for name in sample.covariate_names]
        rows.append(term_rows("covariate", repeated(whole, len(names)), term=names))
    for kind in kinds:
        weight = sum(c.weight for c in found if c.kind == kind)
        count = sum(c.kind == kind for c in found)
        note = f"weight {weight:.6f} in {count} comparisons"
        rows.append(term_rows("comparison", whole, term=[f"type={kind}"], note=note, estimand=WORDS[kind]))
    labels = {
        "term": [f"cohort={parts.name(c.treated)},against={parts.name(c.against)}" for c in found],
        "cohort": [parts.name(c.treated) for c in found],
        "note": [f"weight {c.weight:.6f}: {WORDS[c.kind]}" for c in found],
    }
    rows.append(term_rows("comparison", _facts(parts), **labels))
    return stack(*rows)


def _facts(parts: Decomposed) -> Facts:
    """What stands behind each comparison: two groups over its periods."""
    sample, group = parts.sample, parts.fit.panel.unit_cohort
    cases = np.ones(sample.n_obs) if sample.cases is None else sample.cases.astype(float)
    starts = sample.layout.starts[:-1]
    windows = {(c.first, c.last): None for c in parts.found}
    for first, last in windows:
        low, high = parts.periods[first], parts.periods[last - 1]
        inside = (sample.time >= low) & (sample.time <= high)
        rows = np.add.reduceat(inside.astype(np.int64), starts)
        windows[first, last] = (rows, np.add.reduceat(np.where(inside, cases, 0.0), starts))
    found = []
    for c in parts.found:
        rows, sums = windows[c.first, c.last]
        ours = (group == c.treated) | (group == c.against)
        total = sums[ours].sum()
        hospitals = int((rows[ours] > 0).sum())
        ever = int(
            (rows[(group == c.treated) | (ours & np.isfinite(parts.fit.panel.cohorts[group]))] > 0).sum()
        )
        largest = sums[ours].max() / total if total > 0 else np.nan
        found.append((int(rows[ours].sum()), hospitals, ever, float(total), largest))
    columns = ("n_obs", "n_hospitals", "n_treated", "count", "largest_share")
    return {name: np.array(values) for name, values in zip(columns, zip(*found, strict=True), strict=True)}
