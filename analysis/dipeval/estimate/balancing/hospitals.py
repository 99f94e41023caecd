"""Hospitals as they were before the reform: who is treated, and the covariates that are to be made alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate.propensity import is_dependent
from dipeval.estimate.sample import refuse_leaving

STAGE = "balance hospitals"
MOST_EVIDENCE = 5
MISSING = "covariate_missing"


@dataclass(frozen=True)
class Hospitals:
    """N hospitals of a design with q covariates.

    Attributes
    ----------
    design : PanelDesign
    names : tuple of str, length q
    values : numpy.ndarray, shape (N, q)
        As they were given, without missing ones.
    """

    design: PanelDesign
    names: tuple[str, ...]
    values: np.ndarray

    @cached_property
    def treated(self) -> np.ndarray:
        """Whether the hospital's reform comes within the time in which it is seen, (N,) bool."""
        return self.design.layout.last >= self.design.first_treated

    @cached_property
    def base(self) -> np.ndarray:
        """Mean weight of the hospital's rows in the design, (N,); ones without weights."""
        design = self.design
        if design.weights is None:
            return np.ones(design.n_units)
        return np.add.reduceat(design.weights, design.layout.starts[:-1]) / design.layout.counts

    @cached_property
    def standardised(self) -> np.ndarray:
        """Covariates less their mean in standard deviations of all hospitals, (N, q)."""
        return (self.values - self.values.mean(0)) / self.values.std(0)

    @cached_property
    def regressors(self) -> np.ndarray:
        """An intercept and the standardised covariates, (N, 1 + q)."""
        return np.column_stack([np.ones(len(self.values)), self.standardised])

    def kept(self, design: PanelDesign) -> Hospitals:
        """The same for a design of some of these hospitals."""
        at = self.design.units.get_indexer(design.units)
        return Hospitals(design, self.names, self.values[at])


def hospitals_before(design: PanelDesign, covariates: pd.DataFrame) -> Hospitals:
    """Bring covariates by hospital beside a design, or say what is wrong with them.

    Parameters
    ----------
    design : PanelDesign
        Of a panel, with hospitals.
    covariates : pandas.DataFrame
        Indexed by the names of the hospitals, one number a column, as measured before the reform.

    Returns
    -------
    Hospitals
        Of the design without hospitals that lack a covariate, whose ledger counts them.

    Raises
    ------
    DesignError
        With all problems: no hospital that stays untreated, hospitals without a line, text, covariates that are
        constant, collinear, or as many as the hospitals of an arm.
    """
    refuse_leaving(design, "design")
    covariates = covariates.set_axis(covariates.index.astype(str))  # as the design writes names
    _refuse(_form(design, covariates))
    values = covariates.reindex(design.unit_names).to_numpy(float, na_value=np.nan)
    known = np.isfinite(values).all(1)
    if not known.all():
        note = "a covariate of the hospital is not known before the reform"
        # a plain weight of one: only those that lack a covariate leave
        design = _without(design, known, note)
    made = Hospitals(design, tuple(str(name) for name in covariates.columns), values[known])
    _refuse(_content(made))
    return made


def _without(design: PanelDesign, keep: np.ndarray, note: str) -> PanelDesign:
    from dipeval.design.reweighting import reweighted

    return reweighted(design, keep.astype(float), MISSING, note)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise DesignError(STAGE, problems)


def _form(design: PanelDesign, covariates: pd.DataFrame) -> list[Problem]:
    problems = []
    if not design.has_units or design.sampling != "panel":
        problems.append(Problem("design", "follows no hospitals", "balance a panel of hospitals"))
        return problems
    text = [str(c) for c in covariates.columns if not pd.api.types.is_numeric_dtype(covariates[c])]
    if text:
        todo = "make a column of 0 and 1 of each level"
        problems.append(Problem("covariates", "are no numbers", todo, tuple(text[:MOST_EVIDENCE]), len(text)))
    if not len(covariates.columns):
        problems.append(Problem("covariates", "are none", "name what hospitals are to be alike in"))
    if covariates.index.has_duplicates:
        problems.append(Problem("covariates", "have two lines of one hospital", "give one line a hospital"))
    else:
        strange = ~np.isin(design.unit_names, covariates.index.astype(str))
        if strange.all():
            problems.append(Problem("covariates", "name no hospital of the design", "index them by hospital"))
    if not (design.layout.last < design.first_treated).any():
        todo = "end the calendar before the last reform, or add hospitals without it"
        problems.append(Problem("comparison", "every hospital is treated in the window", todo))
    return problems


def _content(made: Hospitals) -> list[Problem]:
    problems, spread = [], np.ptp(made.values, axis=0)
    for name, width in zip(made.names, spread, strict=True):
        if not width > 0:
            problems.append(Problem(f"covariate {name}", "is the same in all hospitals", "leave it out"))
    fewest = int(min(made.treated.sum(), (~made.treated).sum()))
    if len(made.names) + 1 >= fewest:
        what = f"are {len(made.names)}, and one of the groups has {fewest} hospitals"
        problems.append(Problem("covariates", what, "take fewer: each needs more hospitals than covariates"))
    if not problems and is_dependent(made.regressors.T @ made.regressors):
        problems.append(Problem("covariates", "are collinear", "leave one out"))
    return problems
