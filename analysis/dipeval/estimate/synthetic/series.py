"""The panel as a matrix: one row a hospital or a city, one column a period, nothing missing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dipeval.errors import DesignError, Problem, nearest
from dipeval.estimate.sample import Sample
from dipeval.estimate.sun_abraham import with_comparison
from dipeval.estimate.terms import Facts, group_facts

HOSPITAL = "hospital"
MIXED = "holds hospitals with different reform dates, so that it has no date of its own"


@dataclass(frozen=True)
class Series:
    """U units over P periods.

    Attributes
    ----------
    sample : Sample
        The rows behind it.
    outcome : numpy.ndarray, shape (U, P)
    periods : numpy.ndarray, shape (P,), int
        Period codes of the design, in order.
    first_treated : numpy.ndarray, shape (U,), float
        First period that counts as treated; inf for never inside these periods.
    cohort : numpy.ndarray, shape (U,), float
        First treated period.
    weights : numpy.ndarray, shape (U,)
        Weight of each unit among the treated ones of its cohort: its mean weight over the periods.
    of_hospital : numpy.ndarray, shape (m,), int
        Unit of each hospital of the sample.
    names : tuple of str, length U
    covariates : numpy.ndarray, shape (p, U, P), or None
        Only where they are kept apart; otherwise they are taken off the outcome already.
    """

    sample: Sample
    outcome: np.ndarray
    periods: np.ndarray
    first_treated: np.ndarray
    cohort: np.ndarray
    weights: np.ndarray
    of_hospital: np.ndarray
    names: tuple[str, ...]
    covariates: np.ndarray | None = None

    @property
    def donors(self) -> np.ndarray:
        """Units that stay untreated (U,), bool."""
        return ~np.isfinite(self.first_treated)

    def cluster_codes(self) -> dict[str, np.ndarray]:
        """Cluster of each unit (U,) by each clustering variable that parts no unit."""
        kept = {}
        for name, codes in self.sample.unit_clusters()[0].items():
            low, high = np.full(len(self.names), np.iinfo(np.int64).max), np.full(len(self.names), -1)
            np.minimum.at(low, self.of_hospital, codes)
            np.maximum.at(high, self.of_hospital, codes)
            if (low == high).all():
                kept[name] = low
        return kept

    def facts(self, group: np.ndarray, n_groups: int) -> Facts:
        """What stands behind groups of treated cells: `group` (U, P), -1 for none."""
        return group_facts(self.sample, group.ravel()[self._cell], n_groups)

    @cached_property
    def _cell(self) -> np.ndarray:
        """Place of each row of the sample in a matrix of units and periods."""
        column = np.searchsorted(self.periods, self.sample.layout.time)
        return self.of_hospital[self.sample.layout.unit] * len(self.periods) + column


def series_of(sample: Sample, units: str = HOSPITAL, *, projected: bool = True) -> Series:
    """Arrange a sample as a matrix.

    Parameters
    ----------
    sample : Sample
        Periods in which nobody stays untreated are left out, as are hospitals (or cities) that lack a period;
        both stand in the ledger.
    units : str
        ``hospital``, or a clustering variable of the design: the weighted mean of its hospitals.
    projected : bool
        Whether covariates are taken off with their slopes among donors; else they are `Series.covariates`.

    Raises
    ------
    DesignError
        Unknown units; units with several reform dates; no unit that stays untreated, or none treated, is
        observed in every period.

    Notes
    -----
    O(n).
    """
    sample = with_comparison(sample)
    unit_of = _units(sample, units)
    periods = np.unique(sample.layout.time)
    cells = np.zeros((int(unit_of.max(initial=0)) + 1, len(periods)), np.int64)
    np.add.at(cells, (unit_of[sample.layout.unit], np.searchsorted(periods, sample.layout.time)), 1)
    whole = (cells > 0).all(1)
    if not whole.all():
        left_out = ~whole[unit_of[sample.layout.unit]]
        sample = sample.drop(left_out, "incomplete", f"the {units} is not observed in every period")
        if not sample.n_obs:
            todo = 'write units = "city", shorten the window, or mend the gaps'
            raise DesignError(sample.part, [Problem(units, "none is observed in every period", todo)])
        unit_of = _units(sample, units)
    return _arranged(sample, units, unit_of, periods, projected)


def _units(sample: Sample, units: str) -> np.ndarray:
    """Unit of each hospital (m,), numbered in the order of their names."""
    if units == HOSPITAL:
        return np.arange(sample.layout.n_units)
    codes = sample.unit_clusters()[0]
    if units not in codes:
        problem = Problem("option units", f"{units!r} is unknown", nearest(units, (HOSPITAL, *codes)))
        raise DesignError("estimate", [problem])
    return codes[units]


def _arranged(
    sample: Sample, units: str, unit_of: np.ndarray, periods: np.ndarray, projected: bool
) -> Series:
    shape = (int(unit_of.max()) + 1, len(periods))
    place = unit_of[sample.layout.unit] * shape[1] + np.searchsorted(periods, sample.layout.time)
    weights = np.ones(sample.n_obs) if sample.weights is None else sample.weights
    weight = np.bincount(place, weights, shape[0] * shape[1]).reshape(shape)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights * values, shape[0] * shape[1]).reshape(shape) / weight

    first = np.full(shape[0], np.inf)
    last = np.full(shape[0], -np.inf)
    np.minimum.at(first, unit_of, sample.unit_cohort)
    np.maximum.at(last, unit_of, sample.unit_cohort)
    names = _names(sample, units)
    mixed = [name for name, a, b in zip(names, first, last, strict=True) if a != b]
    if mixed:
        todo = 'write units = "hospital"'
        raise DesignError(sample.part, [Problem(units, MIXED, todo, tuple(mixed[:5]), len(mixed))])
    start = first - sample.design.anticipation
    start[start > periods[-1]] = np.inf
    outcome = mean(sample.outcome)
    covariates = np.stack([mean(column) for column in sample.columns]) if sample.columns else None
    by_unit = weight.mean(1)
    if covariates is not None and projected:
        beta = slopes(outcome, covariates, ~np.isfinite(start), by_unit)
        outcome, covariates = outcome - np.tensordot(beta, covariates, 1), None
    made = Series(sample, outcome, periods, start, first, by_unit, unit_of, names, covariates)
    _refuse_one_sided(made, units)
    return made


def slopes(
    outcome: np.ndarray, covariates: np.ndarray, donors: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Coefficients (p,) of covariates (p, U, P) in a regression on donors alone, with unit and period effects.

    `weights` (U,) are by unit. Where covariates are collinear with the effects the smallest coefficients that fit
    are taken.
    """
    if not donors.any():
        return np.zeros(len(covariates))
    weight = weights[donors]
    root = np.sqrt(weight)[:, None]
    y = root * _two_way_centred(outcome[donors], weight)
    x = root * _two_way_centred(covariates[:, donors], weight)
    return np.linalg.lstsq(x.reshape(len(x), -1).T, y.ravel(), rcond=1e-10)[0]


def _two_way_centred(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Tables (…, U, P) without unit means and without period means weighted by unit."""
    within = table - table.mean(-1, keepdims=True)
    return within - (weights @ within / weights.sum())[..., None, :]


def _names(sample: Sample, units: str) -> tuple[str, ...]:
    if units != HOSPITAL:
        return sample.unit_clusters()[1][units].names
    names = sample.design.unit_names
    return names if sample.units is None else tuple(names[k] for k in sample.units)


def _refuse_one_sided(series: Series, units: str) -> None:
    problems = []
    if not series.donors.any():
        what = f"no {units} that stays untreated is observed in every period: there are no donors"
        problems.append(Problem("donors", what, "add places without the reform, or end the window before it"))
    if series.donors.all():
        problems.append(
            Problem("treated", f"no treated {units} is observed in every period", "mend the gaps")
        )
    if problems:
        raise DesignError(series.sample.part, problems)
