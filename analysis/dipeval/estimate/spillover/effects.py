"""Effects on exposed hospitals or patients that are not treated, and the bias of using them as a comparison.

A comparison of treated with exposed estimates the effect of the reform less the spillover on the exposed: its bias is
minus the spillover, times the share of the exposed in the comparison (Butts 2021, arXiv:2105.03737, section 2; Clarke
2017, MPRA 81604). The exposed against those that are never exposed tell the spillover itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.design.partition import Partition
from dipeval.design.reweighting import reweighted
from dipeval.errors import DesignError, Problem
from dipeval.estimate.call import estimate
from dipeval.estimate.spillover.joining import joined_overall
from dipeval.results import Estimate

CLEAN, MIXED, BIAS, SPILLOVER = "clean", "contaminated", "bias", "spillover"
ESTIMANDS = {
    CLEAN: "effect on the treated, against those that are never exposed",
    MIXED: "the same with the exposed in the comparison",
    BIAS: "contaminated less clean: what the exposed in the comparison add",
    SPILLOVER: "effect on the exposed that are not treated, against those that are never exposed",
}


@dataclass(frozen=True)
class Spillover:
    """Effects of one outcome.

    Attributes
    ----------
    joint : Estimate
        Terms ``clean``, ``contaminated``, ``bias``, ``spillover``, without inference.
    parts : mapping of str to Estimate
        The whole estimates of all but the bias, with event times where the estimator gives them.
    n_hospitals : mapping of str to (int, int)
        By part: treated or exposed units, and those that compare.
    """

    joint: Estimate
    parts: dict[str, Estimate]
    n_hospitals: dict[str, tuple[int, int]]


def spillover_on_hospitals(
    design: PanelDesign,
    outcome_values: np.ndarray | pd.Series,
    exposed_from: np.ndarray,
    *,
    estimator: str = "imputation",
    outcome: str = "y",
    **options: object,
) -> Spillover:
    """Spillover on hospitals that are not treated, for example in neighbouring cities.

    Parameters
    ----------
    design : PanelDesign
    outcome_values : array, shape (design.n_rows_in,)
    exposed_from : numpy.ndarray, shape (N,), float
        Time code of the first period in which a hospital is exposed to the reform of others; inf for never.
        Of treated hospitals only what comes before their own reform counts: in the clean estimate those periods are left
        out.
    estimator, outcome, **options
        As `dipeval.estimate.estimate`.

    Returns
    -------
    Spillover

    Raises
    ------
    DesignError
        No hospital is exposed without being treated, none is clean, or the exposed are not seen before.

    Notes
    -----
    Three estimates.
    """
    treated = design.layout.last >= design.first_treated
    exposed = ~treated & (exposed_from <= design.layout.last)
    before = design.layout.first < exposed_from
    _refuse(exposed, exposed & before, ~treated & ~exposed, "hospital")
    clean = np.array(design.align(outcome_values))
    spread = design.layout.spread
    early = (
        (design.time >= spread(exposed_from)) & spread(treated) & (design.time < spread(design.first_treated))
    )
    clean[early] = np.nan
    values = np.full(design.n_rows_in, np.nan)
    values[design.rows] = clean
    words = {"estimator": estimator, "outcome": outcome, "covariates": (), **options}
    never = np.where(treated, design.unit_cohort, np.inf)
    parts = {
        CLEAN: (_part(design, never, treated | ~exposed, CLEAN), values),
        MIXED: (_part(design, never, np.ones(len(never), bool), MIXED), outcome_values),
        SPILLOVER: (
            _part(
                _at_once(design),
                np.where(exposed, exposed_from, np.inf),
                ~treated & (before | ~exposed),
                SPILLOVER,
            ),
            outcome_values,
        ),
    }
    return _made(parts, words)


def spillover_on_patients(
    partition: Partition,
    outcome_values: np.ndarray | pd.Series,
    *,
    estimator: str = "imputation",
    outcome: str = "y",
    **options: object,
) -> Spillover:
    """Spillover on patients whom the reform does not reach, in hospitals that it does reach.

    Parameters
    ----------
    partition : Partition
        Units are groups of patients in hospitals; those that are not eligible are exposed from the reform of
        their hospital on.
    outcome_values, estimator, outcome, **options
        As `spillover_on_hospitals`.

    Returns
    -------
    Spillover
        ``clean`` compares eligible patients with eligible ones of hospitals without the reform (yet); ``contaminated``
        with the others of reformed hospitals, as when the uninsured serve as comparison; ``spillover`` compares
        the others with the others elsewhere.

    Raises
    ------
    DesignError
        As `spillover_on_hospitals`.

    Notes
    -----
    The bias holds, beside minus the spillover, how both groups would have grown apart without the reform.
    """
    design, eligible = partition.design, partition.eligible
    reformed = design.layout.last >= design.first_treated
    exposed = ~eligible & reformed
    _refuse(exposed, exposed, ~eligible & ~reformed, "group of patients")
    words = {"estimator": estimator, "outcome": outcome, "covariates": (), **options}
    mixed = np.where(eligible, design.unit_cohort, np.inf)
    parts = {
        CLEAN: (_part(design, design.unit_cohort, eligible, CLEAN), outcome_values),
        MIXED: (_part(design, mixed, reformed, MIXED), outcome_values),
        SPILLOVER: (_part(design, design.unit_cohort, ~eligible, SPILLOVER), outcome_values),
    }
    return _made(parts, words)


def _at_once(design: PanelDesign) -> PanelDesign:
    """Exposure begins with the others' reform: what they anticipate is in their date."""
    return replace(design, anticipation=0)


def _part(design: PanelDesign, cohort: np.ndarray, inside: np.ndarray, name: str) -> PanelDesign:
    """The design of some units under other first treated periods."""
    changed = replace(design, unit_cohort=cohort)
    return reweighted(changed, inside.astype(float), name, ESTIMANDS[name])


def _made(
    parts: dict[str, tuple[PanelDesign, np.ndarray | pd.Series]], words: dict[str, object]
) -> Spillover:
    found = {name: estimate(design, values, **words) for name, (design, values) in parts.items()}
    sizes = {}
    for name, (design, _) in parts.items():
        on = design.layout.last >= design.first_treated
        sizes[name] = (int(on.sum()), int((~on).sum()))
    joint = joined_overall(found, [(BIAS, MIXED, CLEAN)], ESTIMANDS)
    return Spillover(joint, found, sizes)


def _refuse(exposed: np.ndarray, seen: np.ndarray, clean: np.ndarray, unit: str) -> None:
    problems = []
    if not exposed.any():
        todo = "name neighbours, or groups, that the reform does not reach itself"
        problems.append(Problem("exposure", f"no {unit} is exposed without being treated", todo))
    elif not seen.any():
        problems.append(Problem("exposure", f"no exposed {unit} is seen before", "begin the study earlier"))
    if not clean.any():
        todo = "add cities that are neither reformed nor exposed"
        problems.append(Problem("exposure", f"no {unit} is clean: all are treated or exposed", todo))
    if problems:
        raise DesignError("spillover", problems)
