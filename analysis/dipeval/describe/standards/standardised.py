"""Crude, directly and indirectly standardised means by place, with errors that hold the variance of the standard.

Of a place with n_k cases of type k and their sum s_k, mean m_k = s_k / n_k; of the reference N_k, S_k and M_k = S_k / N_k:

    crude      C = Σ s_k / Σ n_k
    direct     D = Σ N_k m_k / Σ N_k               over types that the place has
    ratio      R = Σ s_k / Σ n_k M_k               over types that the reference has
    indirect   I = R · Σ S_k / Σ N_k

(Breslow and Day 1987, Statistical Methods in Cancer Research II, sections 2.2 and 2.3.) Each is a smooth function of sums
over cases, so a case counts in its variance by its influence (Deville 1999, Survey Methodology 25:193): a_k y + b_k as a case
of the place, plus c_k y + d_k as one of the reference. Influences are summed by hospital;
hospitals of the place and all others are two strata.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.describe.standards.type_cells import TypeCells

FEWEST_HOSPITALS = 3
"""With fewer hospitals in a place, its cases are taken as independent; with fewer in the reference, it is fixed."""
FEW_HOSPITALS = 10
"""Below this, errors by hospital are themselves uncertain."""
CRUDE, DIRECT, RATIO, INDIRECT = "crude", "direct", "ratio", "indirect"


@dataclass(frozen=True)
class Influence:
    """What a case of type k moves a statistic by: four arrays of shape (g, k)."""

    own_slope: np.ndarray
    own_level: np.ndarray
    reference_slope: np.ndarray
    reference_level: np.ndarray

    def __mul__(self, factor: float) -> Influence:
        parts = (self.own_slope, self.own_level, self.reference_slope, self.reference_level)
        return Influence(*(part * factor for part in parts))


@dataclass(frozen=True)
class Means:
    """One kind of mean at g places: ``value``, ``std_error``, ``low``, ``high``, each of shape (g,)."""

    value: np.ndarray
    std_error: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Standardised:
    """All means of one measure at g places.

    Attributes
    ----------
    means : dict of str to Means
        ``crude``, ``direct``, ``ratio``, ``indirect``; in the unit of the measure, the ratio without one.
    cases, largest_share : numpy.ndarray, shape (g,)
        Cases with a known value, and the largest hospital's share of them.
    hospitals : numpy.ndarray, shape (g,)
    weight_covered : numpy.ndarray, shape (g,)
        Share of the reference's cases whose types the place has.
    cases_covered : numpy.ndarray, shape (g,)
        Share of the place's cases whose types the reference has.
    observed, expected : numpy.ndarray, shape (g,)
        Sums over the types that the reference has.
    reference_hospitals : int
    """

    means: dict[str, Means]
    cases: np.ndarray
    largest_share: np.ndarray
    hospitals: np.ndarray
    weight_covered: np.ndarray
    cases_covered: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    reference_hospitals: int


def standardised(cells: TypeCells, least_coverage: float = 0.8, level: float = 0.95) -> Standardised:
    """Compute the means of every place.

    Parameters
    ----------
    cells : TypeCells
    least_coverage : float
        A standardised mean is undefined where its types cover less: of the reference's weight for the direct one,
        of the place's cases for the indirect one.
    level : float
        Of the intervals: Student's t with hospitals − 1 (cases − 1) degrees of freedom, ratios on the log scale.

    Returns
    -------
    Standardised
        Errors by hospital are ``G / (G − 1) Σ (ψ − mean ψ)²``, over the hospitals of the place and over those of the
        standard elsewhere; which types are there counts as given. Cost O(places × types × hospitals) in one product of matrices.
    """
    n, s = cells.by_type(cells.n), cells.by_type(cells.total)
    counts = cells.by_unit(cells.n)
    hospitals = (counts > 0).sum(axis=1)
    reference_hospitals = int((cells.reference_n.sum(axis=1) > 0).sum())
    made, weight, covered, observed, expected = _statistics(cells, n, s)
    undefined = {DIRECT: weight < least_coverage, RATIO: covered < least_coverage}
    undefined[INDIRECT] = undefined[RATIO]
    means = {}
    for name, (value, influence) in made.items():
        shown = np.where(undefined.get(name, False), np.nan, value)
        error = np.sqrt(variances(cells, influence, hospitals, reference_hospitals))
        error = np.where(np.isnan(shown), np.nan, error)
        df = np.where(hospitals >= FEWEST_HOSPITALS, hospitals - 1, n.sum(axis=1) - 1)
        means[name] = _with_interval(shown, error, df, level, logarithmic=name == RATIO)
    return Standardised(
        means,
        counts.sum(axis=1),
        counts.max(axis=1) / counts.sum(axis=1),
        hospitals,
        weight,
        covered,
        observed,
        expected,
        reference_hospitals,
    )


def _statistics(cells: TypeCells, n: np.ndarray, s: np.ndarray) -> tuple:
    """Each statistic with its influence, both coverages, observed and expected sums."""
    reference_n, reference_s = cells.reference_n.sum(axis=0), cells.reference_total.sum(axis=0)
    there, known, none = n > 0, reference_n > 0, np.zeros_like(n)
    mean = _divided(s, n)
    crude = s.sum(axis=1) / n.sum(axis=1)
    size = n.sum(axis=1)[:, None]
    made = {CRUDE: (crude, Influence(none + 1 / size, none - crude[:, None] / size, none, none))}

    weights = np.where(there, reference_n, 0.0)
    whole = weights.sum(axis=1)
    direct = _divided((weights * mean).sum(axis=1), whole, np.nan)
    share = _divided(weights, np.broadcast_to(whole[:, None], n.shape))
    slope = _divided(share, n)
    level = _divided(np.where(there, mean - direct[:, None], 0.0), np.broadcast_to(whole[:, None], n.shape))
    made[DIRECT] = (direct, Influence(slope, -slope * mean, none, level))

    standard = _divided(reference_s, reference_n)
    observed = np.where(known, s, 0.0).sum(axis=1)
    expected = (n * standard).sum(axis=1)
    ratio = _divided(observed, expected, np.nan)
    per = _divided(np.ones_like(expected), expected, np.nan)[:, None]
    pull = -ratio[:, None] * per * _divided(n, np.broadcast_to(reference_n, n.shape))
    own = per * known
    of_ratio = Influence(own, -ratio[:, None] * own * standard, pull, -pull * standard)
    made[RATIO] = (ratio, of_ratio)
    overall = reference_s.sum() / reference_n.sum()
    grown = of_ratio * overall
    add = _divided(ratio, np.full_like(ratio, reference_n.sum()))[:, None]
    of_indirect = Influence(
        grown.own_slope,
        grown.own_level,
        grown.reference_slope + add * known,
        grown.reference_level - add * overall * known,
    )
    made[INDIRECT] = (ratio * overall, of_indirect)
    weight = whole / reference_n.sum()
    covered = np.where(known, n, 0.0).sum(axis=1) / n.sum(axis=1)
    return made, weight, covered, observed, expected


def variances(
    cells: TypeCells, influence: Influence, hospitals: np.ndarray, reference_hospitals: int
) -> np.ndarray:
    """Variance of a statistic at each place, shape (g,): by hospital, or by case where a place has few of them.

    Hospitals of the place are one stratum and those of the standard elsewhere another: how many there are of each is
    given. Where a place has few hospitals its own cases are independent and all others are summed by hospital; a
    reference of few hospitals is taken as fixed.
    """
    at = cells.place, cells.kind
    a, b = influence.own_slope[at], influence.own_level[at]
    own = cells.by_unit(a * cells.total + b * cells.n)
    moving = reference_hospitals >= FEWEST_HOSPITALS
    c = influence.reference_slope[at] * cells.inside * moving
    d = influence.reference_level[at] * cells.inside * moving
    standard = np.zeros_like(own)
    if moving:
        standard = influence.reference_slope @ cells.reference_total.T
        standard = standard + influence.reference_level @ cells.reference_n.T
    present = cells.by_unit(cells.n) > 0
    elsewhere = ~present & (cells.reference_n.sum(axis=1) > 0)
    of_others = _stratum(standard, elsewhere)
    by_hospital = _stratum(own + standard, present) + of_others
    slope, middle = a + c, (a + c) * cells.total / cells.n + b + d
    size, total, squares = (
        np.bincount(cells.place, weights=values, minlength=len(cells.places))
        for values in (cells.n, cells.n * middle, slope**2 * cells.spread + cells.n * middle**2)
    )
    inside = _divided(size, size - 1.0, np.nan) * (squares - total**2 / size)
    # What the same hospitals give to the standard with other cases: of another year, for example.
    rest = np.where(present, standard - cells.by_unit(c * cells.total + d * cells.n), 0.0)
    by_case = inside + (rest**2).sum(axis=1) + of_others
    return np.where(hospitals >= FEWEST_HOSPITALS, by_hospital, by_case)


def _stratum(influence: np.ndarray, members: np.ndarray) -> np.ndarray:
    """``G / (G - 1) Σ (ψ - mean ψ)²`` over the G members of each row; ``ψ²`` of a member alone."""
    count = members.sum(axis=1).astype("float64")
    kept = np.where(members, influence, 0.0)
    mean = _divided(kept.sum(axis=1), np.where(count > 1, count, 0.0))
    apart = np.where(members, influence - mean[:, None], 0.0)
    return np.where(count > 1, _divided(count, count - 1.0), 1.0) * (apart**2).sum(axis=1)


def _divided(above: np.ndarray, below: np.ndarray, otherwise: float = 0.0) -> np.ndarray:
    below = np.broadcast_to(below, np.shape(above))
    return np.divide(above, below, out=np.full(np.shape(above), otherwise), where=below > 0)


def _with_interval(
    value: np.ndarray, error: np.ndarray, df: np.ndarray, level: float, *, logarithmic: bool
) -> Means:
    from scipy.special import stdtrit

    with np.errstate(invalid="ignore", divide="ignore"):
        reach = stdtrit(np.where(df > 0, df, np.nan), (1 + level) / 2) * error
        if logarithmic:
            factor = np.exp(np.where(value > 0, reach / value, np.nan))
            return Means(value, error, value / factor, value * factor)
    return Means(value, error, value - reach, value + reach)
