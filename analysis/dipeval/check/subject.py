"""What is checked: the main effect of a study on one outcome, and how to estimate it again otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from dipeval.check.event_vector import SYMMETRIC, EventVector, event_vector
from dipeval.check.finding import Alternative, Words
from dipeval.describe.given import Given
from dipeval.describe.side_by_side.of_study import panel_of, variant_of
from dipeval.describe.side_by_side.variant import variant_design, variant_rows
from dipeval.design import PanelDesign
from dipeval.errors import DesignError, Problem
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.results.student import critical_value, two_sided_p
from dipeval.study.model import Dates, EstimatorChoice
from dipeval.vocabulary import Outcome

PARTNER = EstimatorChoice("group_time", {"base_period": "universal"})
"""Event study beside a main estimator that has none with a reference of its own: it needs no never treated."""
JOINT = ("cluster", "two_way", "hetero", "iid")
"""Inference methods that state a covariance of all terms; those that draw or rank have p-values and intervals one by one."""
Errors = Callable[[Estimate], Estimate]


@dataclass(frozen=True)
class Subject:
    """The main effect of a study on one outcome.

    Attributes
    ----------
    given : Given
        Panel, design, engine, cases and words of the study.
    outcome : Outcome
    estimator : EstimatorChoice
        Name and options.
    errors : callable
        From an estimate to the same with the study's inference.
    others : tuple of EstimatorChoice
        All estimators of the study.
    dates : mapping of str to Dates
        By city: when the reform was announced, simulated, paid.
    study : str
        Name of the study.
    """

    given: Given
    outcome: Outcome
    estimator: EstimatorChoice
    errors: Errors
    others: tuple[EstimatorChoice, ...] = ()
    dates: Mapping[str, Dates] | None = None
    study: str = ""

    @property
    def design(self) -> PanelDesign:
        """The study's design; its rows in are those of `rows`."""
        return self.given.designed

    @cached_property
    def values(self) -> np.ndarray:
        """The outcome by row of `rows` (design.n_rows_in,); NaN where undefined."""
        return outcome_values(self.given.panel, self.outcome)[0]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """Hospital-periods with ``city``, ``hospital``, ``period``, ``cohort`` (or ``never``) and all columns."""
        return panel_of(self.given, tuple(self.design.covariates))

    @cached_property
    def main(self) -> Estimate:
        """The study's estimate, with its inference."""
        return self.fit()

    @property
    def level(self) -> float:
        """Level of the study's intervals."""
        return 0.95 if self.given.inference is None else self.given.inference.level

    def fit(
        self,
        dropped: np.ndarray | None = None,
        *,
        values: np.ndarray | None = None,
        estimator: EstimatorChoice | None = None,
    ) -> Estimate:
        """Estimate on the study's design, with the study's inference.

        Parameters
        ----------
        dropped : numpy.ndarray, shape (design.n_rows_in,), bool, optional
            Rows of `rows` to do without.
        values : numpy.ndarray, shape (design.n_rows_in,), optional
            Another outcome.
        estimator : EstimatorChoice, optional
            Another one than the main.

        Raises
        ------
        DesignError
            Nothing is left to estimate.
        """
        taken = self.values if values is None else values
        if dropped is not None:
            taken = np.where(dropped, np.nan, taken)
        return self.errors(self._estimate(self.design, taken, estimator or self.estimator))

    def refit(
        self, rows: pd.DataFrame, *, estimator: EstimatorChoice | None = None, **changes: object
    ) -> Estimate:
        """Estimate on other rows, with the study's inference.

        Parameters
        ----------
        rows : pandas.DataFrame
            Some of `rows`, or all, with other cohorts for example.
        estimator : EstimatorChoice, optional
        **changes
            Fields of `describe.side_by_side.variant.DesignVariant`: ``anticipation``, ``comparison`` …

        Raises
        ------
        DesignError
            No design can be built on the rows, or nothing can be estimated.
        """
        design, values = self.redesign(rows, **changes)
        return self.errors(self._estimate(design, values, estimator or self.estimator))

    def redesign(self, rows: pd.DataFrame, **changes: object) -> tuple[PanelDesign, np.ndarray]:
        """A design on other rows, and the outcome in their order (len(rows),)."""
        own = variant_of("check", changes, self.design)
        kept = variant_rows(rows, own)
        return variant_design(kept, own), outcome_values(kept, self.outcome)[0]

    def _estimate(self, design: PanelDesign, values: np.ndarray, choice: EstimatorChoice) -> Estimate:
        return estimate(
            design,
            values,
            estimator=choice.name,
            outcome=self.outcome.name,
            study=self.study,
            **choice.options,
        )

    def effect(self, fitted: Estimate, label: Words) -> Alternative:
        """The overall effect of an estimate as a line of the forest."""
        return effect_of(fitted, label, self.level)

    @property
    def event_study(self) -> EstimatorChoice:
        """The main estimator where its event study has one reference, else the study's first such, else group-time."""
        for choice in (self.estimator, *self.others):
            if choice.name == "group_time":
                return replace(choice, options={**choice.options, "base_period": "universal"})
            if choice.name in SYMMETRIC:
                return choice
        return PARTNER

    def events(self, window: tuple[int, int] | None = None) -> EventVector:
        """Leads and effects with their joint covariance, of `event_study`; see `check.event_vector`.

        Errors are clustered (CR1) by the design's first clustering where the study's method has no covariance.
        """
        return event_vector(self.event_estimate, window)

    @cached_property
    def event_estimate(self) -> Estimate:
        """The event study, with an inference that has a joint covariance and its degrees of freedom.

        The study's where it is of `JOINT` and applies to the estimator, else errors clustered (CR1).
        """
        choice = self.event_study
        if choice == self.estimator:
            fitted = self.main
        else:
            fitted = self._estimate(self.design, self.values, choice)
            try:
                fitted = self.errors(fitted)
            except DesignError:
                return self._clustered(fitted)
        return fitted if _jointly(fitted) else self._clustered(fitted)

    def _clustered(self, fitted: Estimate) -> Estimate:
        stated = None if fitted.inference is None else fitted.inference.cluster
        cluster = stated if stated in self.design.unit_clusters else next(iter(self.design.unit_clusters))
        return infer(fitted, "cluster", cluster=cluster, level=self.level)


def _jointly(fitted: Estimate) -> bool:
    """Whether errors of all event times that are estimated are known together, with their degrees of freedom."""
    timed = fitted.terms["kind"].isin(("lead", "event_time")) & ~fitted.terms["is_reference"]
    known = np.flatnonzero(timed.to_numpy() & np.isfinite(fitted.params.to_numpy()))
    block = fitted.cov.to_numpy()[np.ix_(known, known)]
    return (
        fitted.inference.method in JOINT
        and bool(np.isfinite(block).all())
        and not np.isnan(fitted.inference.df)
    )


def effect_of(fitted: Estimate, label: Words, level: float) -> Alternative:
    """The overall effect of an estimate; the mean over its event times from the reform on where it has none.

    Parameters
    ----------
    fitted : Estimate
        With an inference.
    label : (str, str)
    level : float
        Of the interval.

    Raises
    ------
    DesignError
        It has neither.
    """
    terms = fitted.terms.reset_index(drop=True)
    overall = np.flatnonzero(terms["kind"] == "overall")
    if len(overall):
        k = int(overall[0])
        ends = fitted.conf_int().iloc[k]
        value, p = float(fitted.params.iloc[k]), float(fitted.pvalues.iloc[k])
        numbers = value, float(ends["lower"]), float(ends["upper"]), p
        return Alternative(
            label, *numbers, float(terms["count"][k]), float(terms["largest_share"][k]), _why(fitted, k)
        )
    after = np.flatnonzero((terms["kind"] == "event_time") & ~terms["is_reference"])
    after = after[np.isfinite(fitted.params.to_numpy()[after])]
    if not len(after):
        problem = Problem(fitted.estimator, "gives no effect of the reform", "choose another estimator")
        raise DesignError("check", [problem])
    value = float(fitted.params.to_numpy()[after].mean())
    variance = float(fitted.cov.to_numpy()[np.ix_(after, after)].mean())
    error = np.sqrt(variance) if variance > 0 else np.nan
    reach = critical_value(level, fitted.inference.df) * error
    p = float(two_sided_p(value / error, fitted.inference.df)) if np.isfinite(error) else np.nan
    counted = float(terms["count"][after].sum()), float(terms["largest_share"][after].max())
    return Alternative(label, value, value - reach, value + reach, p, *counted)


def _why(fitted: Estimate, k: int) -> Words:
    note = str(fitted.tidy()["note"].iloc[k])
    return (note, note)
