"""What each inference method says of a batch of invented panels: rejects under the null, with an effect, covers.

A structure has R panels without an effect and the same with one. A method's answer is four arrays (R,): p-value of
no effect without one, p-value of no effect with one, whether the interval with an effect holds the true average,
and the interval's length (NaN where it was not sought, inf where it has no end).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from coverage_world import EFFECT, PERIODS, Structure

from dipeval.check.power.city_estimators import ESTIMATORS, saturated
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars
from dipeval.infer.exchanged import Exchange, placed, swaps, without_two_ways
from dipeval.infer.group_tests import deal_groups, sign_change_p, t_over_groups
from dipeval.infer.inversion import interval
from dipeval.infer.leverage import leverage
from dipeval.infer.multiplier import multiplier_draws
from dipeval.infer.randomisation import Dealt
from dipeval.infer.wild import WildTerm, all_signs, random_weights
from dipeval.results.cluster_moments import ClusterMoments
from dipeval.results.student import critical_value, two_sided_p

LEVEL = 0.95
CALENDARS, DRAWS = 199, 999
REGRESSIONS = ("twfe", "sun_abraham", "extended_two_way")
SAME_POINTS = {
    "twfe": ("twfe",),
    "sun_abraham": ("sun_abraham",),
    "imputation": ("imputation", "two_stage", "extended_two_way"),
    "group_time": ("group_time",),
}
"""Estimators whose overall effects are one number in a balanced panel without covariates."""
WILD = {
    "WCR11": (True, False, False),
    "WCR31": (True, True, False),
    "WCR33": (True, True, True),
    "WCU11": (False, False, False),
}
"""Restricted; jackknifed residuals; errors by jackknife."""


@dataclass(frozen=True)
class Answers:
    """Of one method, each (R,); NaN where the method is not defined."""

    null: np.ndarray
    power: np.ndarray
    covers: np.ndarray
    length: np.ndarray


@dataclass(frozen=True)
class Batch:
    """R panels of a structure: sums (G, T, 2R) without and then with the effect; lengths of the first `some`."""

    structure: Structure
    sums: np.ndarray
    some: int
    seed: int

    @property
    def n_panels(self) -> int:
        """R."""
        return self.sums.shape[2] // 2


def answers(batch: Batch, group: str) -> Iterator[tuple[str, str, Answers]]:
    """Estimator, method and its answers, for one group of methods."""
    return GROUPS[group](batch)


def _analytic(batch: Batch) -> Iterator[tuple[str, str, Answers]]:
    """Errors by formula, and draws of the influence."""
    for name, function in ESTIMATORS.items():
        effect, influence = function(batch.structure.dates, batch.structure.hospitals, batch.sums)
        yield name, "CR1", _cr1(name, batch, effect, influence)
        yield name, "CR3", _by_jackknife(name, batch, effect)
        yield name, "multiplier", _multiplier(batch, effect, influence)
        if name in REGRESSIONS:
            moments, scores, _ = _moments(name, batch)
            yield name, "CR2", _cr2(batch, effect, moments, scores)


def _wild_variants(batch: Batch) -> Iterator[tuple[str, str, Answers]]:
    for name in REGRESSIONS:
        moments, scores, coefficients = _moments(name, batch)
        for variant, words in WILD.items():
            yield name, variant, _wild(batch, moments, scores, coefficients, words)


def _randomisation(batch: Batch) -> Iterator[tuple[str, str, Answers]]:
    for name, (own, others, exact) in _deal(batch).items():
        for statistic in ("t", "estimate"):
            found = _randomised(batch, own, others, exact, statistic == "t")
            yield name, f"randomisation-{statistic}", found


def _few_treated(batch: Batch) -> Iterator[tuple[str, str, Answers]]:
    """Conley–Taber and Ferman–Pinto by permutation; estimators with one point estimate have one answer."""
    structure = batch.structure
    hospitals, treated = structure.hospitals, np.isfinite(structure.dates)
    cities, everyone = len(hospitals), np.ones(len(hospitals), bool)
    unit = (np.eye(cities * PERIODS).reshape(cities, PERIODS, -1)) * hospitals[:, None, None]
    places = swaps(np.flatnonzero(treated), np.arange(cities), cities, DRAWS, batch.seed)
    panel = without_two_ways(batch.sums / hospitals[:, None, None], everyone)
    exposure = without_two_ways(structure.treatment, everyone)
    for name in SAME_POINTS:
        function = ESTIMATORS[name]
        weights = function(structure.dates, hospitals, unit)[0].reshape(cities, PERIODS)
        effect, _ = function(structure.dates, hospitals, batch.sums)
        moved = float((weights * structure.treatment).sum())
        for method, inverse in (("conley_taber", None), ("ferman_pinto", 1 / hospitals)):
            test = Exchange(
                effect, moved, placed(weights, panel), placed(weights, exposure), places, inverse, everyone
            )
            found = _exchanged(batch, test)
            for same in SAME_POINTS[name]:
                yield same, method, found


def _exchanged(batch: Batch, test: Exchange) -> Answers:
    """Answers of an exchange of errors; lengths of every tenth structure, for they cost a test each step."""
    n = batch.n_panels
    p = test.p_value(0.0)
    covers = (test.p_value(EFFECT)[n:] > 1 - LEVEL).astype(float)
    length = np.full(n, np.nan)
    for r in range(batch.some if batch.seed % 10 == 0 else 0):
        one = replace(test, estimate=test.estimate[n + r], outcome=test.outcome[:, :, n + r])
        low, high, _ = interval(one.p_value, float(one.estimate / one.moved), abs(EFFECT), LEVEL)
        length[r] = high - low
    return Answers(p[:n], p[n:], covers, length)


def _groups_of_cities(batch: Batch) -> Iterator[tuple[str, str, Answers]]:
    """Ibragimov–Müller and sign changes between disjoint groups, dealt by size."""
    structure = batch.structure
    treated = np.isfinite(structure.dates)
    group = deal_groups(treated, structure.hospitals)
    q = int(group.max()) + 1
    for name in SAME_POINTS:
        nothing = Answers(*np.full((4, batch.n_panels), np.nan))
        found = {"ibragimov_mueller": nothing, "sign_changes": nothing}
        if q > 1:
            inside = [group == g for g in range(q)]
            effects = np.stack(
                [
                    ESTIMATORS[name](structure.dates[i], structure.hospitals[i], batch.sums[i])[0]
                    for i in inside
                ]
            )
            compared = t_over_groups(effects)
            found["ibragimov_mueller"] = _by_t(batch, compared.estimate, compared.error, compared.df)
            found["sign_changes"] = _signs_changed(batch, effects)
        for method, answer in found.items():
            for same in SAME_POINTS[name]:
                yield same, method, answer


def _signs_changed(batch: Batch, effects: np.ndarray) -> Answers:
    n, q = batch.n_panels, len(effects)
    signs = all_signs(q) if 2**q <= DRAWS else random_weights("rademacher", DRAWS, q, batch.seed)
    signs = signs if 2**q <= DRAWS else np.vstack([np.ones(q), signs])
    p = sign_change_p(effects, 0.0, signs)
    covers = (sign_change_p(effects, EFFECT, signs)[n:] > 1 - LEVEL).astype(float)
    length = np.full(n, np.nan)
    for r in range(batch.some):
        mine = effects[:, n + r]
        p_of = partial(_sign_p, mine, signs)
        low, high, _ = interval(p_of, float(mine.mean()), float(mine.std() / np.sqrt(q)), LEVEL)
        length[r] = high - low
    return Answers(p[:n], p[n:], covers, length)


def _sign_p(effects: np.ndarray, signs: np.ndarray, null: float) -> float:
    return float(sign_change_p(effects, null, signs))


GROUPS = {
    "analytic": _analytic,
    "wild": _wild_variants,
    "randomisation": _randomisation,
    "few_treated": _few_treated,
    "groups": _groups_of_cities,
}
"""Groups of methods, each run and kept by itself."""


def _by_t(batch: Batch, effect: np.ndarray, error: np.ndarray, df: float) -> Answers:
    """Answers of estimates and errors (2R,) with t."""
    n = batch.n_panels
    p = two_sided_p(effect / error, np.full(len(effect), df))
    reach = critical_value(LEVEL, np.array([df]))[0] * error[n:]
    covers = np.where(np.isnan(reach), np.nan, np.abs(effect[n:] - EFFECT) <= reach)
    return Answers(p[:n], p[n:], covers, 2 * reach)


def _cr1(name: str, batch: Batch, effect: np.ndarray, influence: np.ndarray) -> Answers:
    """As the package prints by default."""
    n_cities = len(influence)
    factor = n_cities / (n_cities - 1)
    if name in REGRESSIONS:
        rows = batch.structure.hospitals.sum() * PERIODS
        factor *= (rows - 1) / (rows - PERIODS - _n_cells(name, batch))
    error = np.sqrt(factor * (influence**2).sum(0))
    return _by_t(batch, effect, np.where(error > 1e-12, error, np.nan), n_cities - 1)


def _n_cells(name: str, batch: Batch) -> int:
    if name == "twfe":
        return 1
    dates = batch.structure.dates
    return saturated(dates, batch.structure.hospitals, PERIODS, name == "sun_abraham").n_cells


def _by_jackknife(name: str, batch: Batch, effect: np.ndarray) -> Answers:
    """CR3: the estimate without each city."""
    dates, hospitals = batch.structure.dates, batch.structure.hospitals
    moved = np.full((len(dates), len(effect)), np.nan)
    for g in range(len(dates)):
        left = np.arange(len(dates)) != g
        cohorts = set(dates[left][np.isfinite(dates[left])])
        # a regression loses the cells of a cohort that has no other city; averages of the rest remain elsewhere
        whole = cohorts == set(dates[np.isfinite(dates)])
        if cohorts and np.isinf(dates[left]).any() and (whole or name not in REGRESSIONS[1:]):
            moved[g] = ESTIMATORS[name](dates[left], hospitals[left], batch.sums[left])[0] - effect
    error = np.sqrt((len(dates) - 1) / len(dates) * (moved**2).sum(0))
    return _by_t(batch, effect, error, len(dates) - 1)


def _multiplier(batch: Batch, effect: np.ndarray, influence: np.ndarray) -> Answers:
    """Statistics over CR0 errors against those of draws of the influence, as simultaneous bands do."""
    n = batch.n_panels
    error = np.sqrt((influence**2).sum(0))
    drawn = np.abs(multiplier_draws(influence, DRAWS, batch.seed)) / error
    p = (1 + (drawn >= np.abs(effect / error) * (1 - 1e-9)).sum(0)) / (DRAWS + 1)
    reach = np.quantile(drawn[:, n:], LEVEL, axis=0, method="inverted_cdf") * error[n:]
    return Answers(p[:n], p[n:], (np.abs(effect[n:] - EFFECT) <= reach).astype(float), 2 * reach)


def _moments(name: str, batch: Batch) -> tuple[ClusterMoments, np.ndarray, np.ndarray]:
    """The regression by city; scores (G, p, 2R) and coefficients (p, 2R) of all panels."""
    dates, hospitals = batch.structure.dates, batch.structure.hospitals
    model = saturated(dates, hospitals, PERIODS, name == "sun_abraham")
    if name == "twfe":
        periods = model.columns[:, :, : PERIODS - 1]
        columns = np.concatenate([periods, batch.structure.treatment[:, :, None]], axis=2)
        model = type(model)(columns, np.r_[np.zeros(PERIODS - 1), 1.0], hospitals)
    _, coefficients, scores = model.solve(batch.sums)
    return model.moments(batch.sums), scores, coefficients


def _cr2(batch: Batch, effect: np.ndarray, moments: ClusterMoments, scores: np.ndarray) -> Answers:
    found = leverage(moments, 0.5)
    error = np.sqrt((np.einsum("gp,gpr->gr", found.pulls[:, :, 0], scores) ** 2).sum(0))
    return _by_t(batch, effect, np.where(error > 1e-12, error, np.nan), float(found.df[0]))


def _wild(
    batch: Batch,
    moments: ClusterMoments,
    scores: np.ndarray,
    coefficients: np.ndarray,
    words: tuple[bool, bool, bool],
) -> Answers:
    """Wild cluster bootstrap with signs, enumerated where they are no more than the draws."""
    n, n_cities = batch.n_panels, len(scores)
    answers = np.full((4, n), np.nan)
    if any(words[1:]) and not moments.identified_without.all():
        return Answers(*answers)
    exact = 2**n_cities <= DRAWS
    drawn = all_signs(n_cities) if exact else random_weights("rademacher", DRAWS, n_cities, batch.seed)
    for r in range(2 * n):
        term = WildTerm(moments.with_outcome(scores[:, :, r], coefficients[:, r]), 0, *words)
        p_of = partial(_wild_p, term, term.draws(drawn), exact and not words[1])
        answers[r // n, r % n] = p_of(0.0)
        if r >= n:
            answers[2, r - n] = p_of(EFFECT) > 1 - LEVEL
            if r - n < batch.some:
                low, high, _ = interval(p_of, term.estimate, term.error, LEVEL)
                answers[3, r - n] = high - low
    return Answers(*answers)


def _wild_p(term: WildTerm, draws: object, exact: bool, null: float) -> float:
    distance = term.estimate - null
    numerator, square = draws.at(distance)
    least = (distance / term.error * (1 - 1e-9)) ** 2
    count = int(np.count_nonzero(numerator * numerator >= least * square))
    return max(count, 1) / len(numerator) if exact else (count + 1) / (len(numerator) + 1)


def _deal(batch: Batch) -> dict[str, tuple[Dealt, Dealt, bool]]:
    """By estimator: the own calendar, the others, and whether these are all; the panels stand in for terms."""
    structure = batch.structure
    one = np.zeros(len(structure.dates))
    exact = count_calendars(structure.dates, one) <= CALENDARS
    others = (
        list(all_calendars(structure.dates, one))
        if exact
        else list(random_calendars(structure.dates, one, CALENDARS, batch.seed))
    )
    treatment = structure.hospitals[:, None, None] * structure.treatment[:, :, None]
    sums = np.concatenate([batch.sums, treatment], axis=2)
    found = {}
    for name, function in ESTIMATORS.items():
        made = [_dealt(function(dates, structure.hospitals, sums)) for dates in [structure.dates, *others]]
        own, rest = (Dealt(*map(np.stack, zip(*part, strict=True))) for part in (made[:1], made[1:]))
        found[name] = own, rest, exact
    return found


def _dealt(answer: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Estimates and products of influence, the last outcome being the actual treatment."""
    effect, influence = answer
    mine, moves = influence[:, :-1], influence[:, -1:]
    count = mine.shape[1]
    return (
        effect[:-1],
        np.repeat(effect[-1], count),
        (mine**2).sum(0),
        (mine * moves).sum(0),
        np.repeat((moves**2).sum(), count),
    )


def _randomised(batch: Batch, own: Dealt, others: Dealt, exact: bool, by_error: bool) -> Answers:
    """Randomisation over the calendar."""
    n = batch.n_panels
    answers = np.full((4, n), np.nan)
    for r in range(2 * n):
        p_of = partial(_dealt_p, own, others, r, by_error, exact)
        answers[r // n, r % n] = p_of(0.0)
        if r >= n:
            answers[2, r - n] = p_of(EFFECT) > 1 - LEVEL
            if r - n < batch.some:
                centre = own.params[0, r] / own.moved[0, r]
                low, high, _ = interval(p_of, centre, np.sqrt(own.square[0, r]), LEVEL)
                answers[3, r - n] = high - low
    return Answers(*answers)


def _dealt_p(own: Dealt, others: Dealt, r: int, by_error: bool, exact: bool, null: float) -> float:
    return others.p_value(own, r, null, by_error, exact)
