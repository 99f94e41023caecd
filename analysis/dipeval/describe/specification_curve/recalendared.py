"""One specification under other reform calendars: all at once from sums where that is the same, else one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from dipeval.describe.side_by_side.variant import DesignVariant, variant_design
from dipeval.describe.specification_curve.curve import Specified, headline_of, overall_only
from dipeval.design import PanelDesign
from dipeval.design.calendar import period_code
from dipeval.errors import DesignError
from dipeval.results import Estimate
from dipeval.study import NEVER

Calendar = Mapping[str, str]
"""First treated period, or ``never``, by cluster."""


def calendar_effects(
    alike: Sequence[Specified], base: DesignVariant, cluster: str, calendars: Sequence[Calendar]
) -> tuple[np.ndarray, np.ndarray]:
    """Effects and CR1 errors (D, S) under D calendars of S specifications that differ in their clusters alone.

    Parameters
    ----------
    alike : sequence of Specified
    base : DesignVariant
    cluster : str
        Column of their rows that calendars are by.
    calendars : sequence of mapping

    Returns
    -------
    effects, errors : numpy.ndarray, shape (D, S)
        On the scale of the curve; NaN where a calendar does not identify the effect.

    Notes
    -----
    Where a calendar may make the design leave hospitals out (no period before, reformed after the window) it is built
    anew for each; else only its dates change, and two-way fixed effects do all at once (`Origin.redated`).
    """
    one = alike[0]
    if not _steady(one, cluster, calendars):
        pairs = [_anew(alike, base, cluster, calendar) for calendar in calendars]
    elif one.estimate.origin.redated is not None and all(_owners(s, cluster) for s in alike):
        columns = [_from_sums(specified, cluster, calendars) for specified in alike]
        pairs = list(np.array(columns).transpose(2, 1, 0))
    else:
        pairs = [_redated(alike, cohorts) for cohorts in _cohorts(one, cluster, calendars)]
    effects, errors = np.array(pairs).transpose(1, 0, 2)
    factor = np.array([specified.factor for specified in alike])
    return factor * effects, np.abs(factor) * errors


def _redated(alike: Sequence[Specified], cohorts: np.ndarray) -> np.ndarray:
    """Effects and errors (2, S) under the dates (N,) of the hospitals of the design."""
    origin = alike[0].estimate.origin
    try:
        found = origin.again(replace(origin.design, unit_cohort=cohorts), origin.outcome, only_overall=True)
        return _headlines(alike, found)
    except DesignError:
        return np.full((2, len(alike)), np.nan)


def _anew(alike: Sequence[Specified], base: DesignVariant, cluster: str, calendar: Calendar) -> np.ndarray:
    """Effects and errors (2, S) under one calendar, with a design of its own."""
    one = alike[0]
    dated = one.rows.assign(cohort=one.rows[cluster].astype(str).map(calendar))
    fit = overall_only(one.approach)
    try:
        design = variant_design(dated, one.specification.variant(base))
        return _headlines(alike, fit(design, one.values, one.estimate.outcome))
    except DesignError:
        return np.full((2, len(alike)), np.nan)


def _headlines(alike: Sequence[Specified], found: Estimate) -> np.ndarray:
    """The effect, and its CR1 error by the clusters of each."""
    k = headline_of(found, alike[0].approach)
    errors = []
    for specified in alike:
        name = _errors_by(specified)
        squares = (found.influence[name][:, k] ** 2).sum()
        error = float(np.sqrt(_scale(found, name, k) * squares))
        errors.append(error if error > found.error_floor[k] else np.nan)
    return np.array([[float(found.params.iloc[k])] * len(alike), errors])


def _errors_by(specified: Specified) -> str:
    return str(specified.specification.value("clusters"))


def _scale(found: Estimate, name: str, k: int) -> float:
    """The small-sample factor of CR1."""
    n = found.clusters[name].n
    return found.cr1_factor[name][k] * (n / (n - 1) if n > 1 else np.nan)


def _steady(specified: Specified, cluster: str, calendars: Sequence[Calendar]) -> bool:
    """Whether no calendar makes the design leave a hospital out, so that only dates change."""
    origin = specified.estimate.origin
    if origin is None or origin.design.n_obs != len(specified.rows):
        return False
    design = origin.design
    codes = np.array(list(_time_codes(design, calendars).values()))
    finite = codes[np.isfinite(codes)] - design.anticipation
    before = finite.min(initial=np.inf) > design.layout.first.max()
    inside = design.comparison != "never_treated" or finite.max(initial=-np.inf) < design.n_periods
    return bool(before and inside)


def _time_codes(design: PanelDesign, calendars: Sequence[Calendar]) -> dict[str, float]:
    """Time code of each date that occurs; inf for never."""
    first = period_code(design.period_labels[0])
    dates = sorted({date for calendar in calendars for date in calendar.values()})
    return {date: np.inf if date == NEVER else float(period_code(date) - first) for date in dates}


def _of_units(specified: Specified, cluster: str) -> np.ndarray:
    """The assigned cluster of each hospital (N,) of the design."""
    design = specified.estimate.origin.design
    return specified.rows[cluster].astype(str).to_numpy()[design.rows][design.layout.starts[:-1]]


def _owners(specified: Specified, cluster: str) -> list[str]:
    """The assigned cluster of each cluster of errors, in their order; empty where one holds several."""
    design, of_unit = specified.estimate.origin.design, _of_units(specified, cluster)
    name = _errors_by(specified)
    codes = design.unit_clusters[name]
    found = np.empty(len(design.cluster_names[name]), object)
    found[codes] = of_unit
    return [] if (found[codes] != of_unit).any() else found.tolist()


def _cohorts(specified: Specified, cluster: str, calendars: Sequence[Calendar]) -> np.ndarray:
    """Time codes (D, N) of the dates of the hospitals."""
    code, names = _time_codes(specified.estimate.origin.design, calendars), _of_units(specified, cluster)
    return np.array([[code[calendar[name]] for name in names] for calendar in calendars])


def _from_sums(
    specified: Specified, cluster: str, calendars: Sequence[Calendar]
) -> tuple[np.ndarray, np.ndarray]:
    """Effects and errors (D,) of all calendars at once."""
    found, k, name = specified.estimate, specified.place, _errors_by(specified)
    origin, owners = found.origin, _owners(specified, cluster)
    code = _time_codes(origin.design, calendars)
    table = np.array([[code[calendar[owner]] for owner in owners] for calendar in calendars])
    effects, influence = origin.redated([origin.values], table, name)
    errors = np.sqrt(_scale(found, name, k) * (influence[:, :, 0] ** 2).sum(1))
    return effects[:, 0], np.where(errors > found.error_floor[k], errors, np.nan)
