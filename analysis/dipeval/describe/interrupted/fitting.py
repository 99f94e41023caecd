"""The fits that a study asks for: a continuous series by its ways of errors, or counts by theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.interrupted.chosen import STAGE, Chosen
from dipeval.errors import DataError, Problem
from dipeval.estimate.interrupted.controlled import Controlled, fit_controlled
from dipeval.estimate.interrupted.counts import COUNT_LABELS, counts_beside, fit_counts
from dipeval.estimate.interrupted.fit import LABELS, SeriesFit, fit_series
from dipeval.estimate.interrupted.segments import Segments, segments
from dipeval.panel.outcomes import outcome_sums
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, columns

COUNTED = ("count", "flag", "days")
WAYS = {**LABELS, **COUNT_LABELS}
"""Labels of all ways of errors, English and Chinese."""


@dataclass(frozen=True)
class Fitted:
    """The fits of one outcome by way of errors.

    Attributes
    ----------
    fits : dict of str to SeriesFit
        The treated series; the first is drawn.
    beside : dict of str to Controlled
        With a control.
    exposure : dict of str to numpy.ndarray, shape (n,)
        Of counts: by ``treated`` and ``control``.
    fit_at : callable
        From the first position after a date to the fit of the first way there.
    """

    fits: dict[str, SeriesFit]
    beside: dict[str, Controlled]
    exposure: dict[str, np.ndarray]
    fit_at: Callable[[int], SeriesFit]

    @property
    def first(self) -> SeriesFit:
        """The fit that effects are drawn of."""
        return next(iter(self.beside.values())).difference if self.beside else next(iter(self.fits.values()))

    @property
    def is_ratio(self) -> bool:
        """Whether effects are ratios of rates."""
        return self.first.link == "log"


def fitted(chosen: Chosen, choice: DescriptionChoice, outcome: Outcome) -> Fitted:
    """Fit the series of a study by all ways of errors that it asks for.

    Raises
    ------
    DataError
        Counts asked for of an outcome that is neither a count nor a rate of counts.
    DesignError
        What the fits refuse.
    """
    lags = None if int(choice.options["lags"]) < 0 else int(choice.options["lags"])
    counted = tuple(choice.options["counts"] or ())
    if counted:
        return _counts(chosen, outcome, counted, lags)
    treated, ways = chosen.treated.values, tuple(choice.options["errors"])
    one, n = chosen.interruptions[0], len(treated)
    control = None if chosen.control is None else chosen.control.values
    fits = {way: fit_series(treated, chosen.design, way, lags=lags) for way in ways}
    beside = {}
    if control is not None:
        beside = {way: fit_controlled(treated, control, chosen.design, way, lags=lags) for way in ways}
    values = treated if control is None else treated - control

    def fit_at(at: int) -> SeriesFit:
        return fit_series(values, segments(n, [replace(one, at=at)], chosen.season), ways[0], lags=lags)

    return Fitted(fits, beside, {}, fit_at)


def _counts(chosen: Chosen, outcome: Outcome, ways: tuple[str, ...], lags: int | None) -> Fitted:
    kind = columns()[outcome.numerator].kind if outcome.numerator in columns() else ""
    if outcome.kind != "ratio" or kind not in COUNTED:
        todo = 'leave "counts" out, or take mortality, discharges_per_period, length_of_stay …'
        what = f"{outcome.name} is neither a count nor a rate of counts"
        raise DataError(STAGE, [Problem("counts", what, todo)])
    periods = chosen.treated.periods
    own = counts_of(chosen.rows, outcome, periods)
    other = None if chosen.control_rows is None else counts_of(chosen.control_rows, outcome, periods)

    def fit(laid: Segments, way: str) -> tuple[SeriesFit, Controlled | None]:
        treated = fit_counts(own[0], laid, way, exposure=own[1], lags=lags)
        if other is None:
            return treated, None
        return treated, counts_beside(treated, fit_counts(other[0], laid, way, exposure=other[1], lags=lags))

    def fit_at(at: int) -> SeriesFit:
        moved = replace(chosen.interruptions[0], at=at)
        treated, both = fit(segments(len(periods), [moved], chosen.season), ways[0])
        return treated if both is None else both.difference

    made = {way: fit(chosen.design, way) for way in ways}
    exposure = {"treated": own[1]} | ({} if other is None else {"control": other[1]})
    beside = {way: both for way, (_, both) in made.items() if both is not None}
    return Fitted({way: treated for way, (treated, _) in made.items()}, beside, exposure, fit_at)


def counts_of(
    rows: pd.DataFrame, outcome: Outcome, periods: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Events and exposure by period (n,), over hospitals that have both; the exposure of a bare count is one."""
    known = np.isfinite(np.column_stack(outcome_sums(rows, outcome))).all(1)
    kept = rows[known]
    sums = kept.select_dtypes("number").groupby(kept["period"].astype("str")).sum().reindex(list(periods))
    return outcome_sums(sums.reset_index(), outcome)
