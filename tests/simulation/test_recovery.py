"""Does the main estimator recover the known truth, and does the test notice when it cannot?

Sixty invented worlds, seeds 1 to 60. An estimate passes when its mean over the worlds lies within
three Monte Carlo standard errors of the mean truth. The same check must fail on the same worlds
when the reform is dated a month early or late, and when treated cities pass for a comparison.

Sixty and not fewer, because three errors estimated from few worlds give false alarms: with seeds 1 to
30 event time 17 lay 3.6 errors off for cost and 3.1 for drugs, which share their noise, while in 200
other worlds (seeds 5000 to 5099 and 6000 to 6099) no term lay two errors off. No seed was left out.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pytest

from dipeval.design import build_design
from dipeval.design.calendar import period_code, period_label
from dipeval.estimate import estimate
from dipeval.panel.outcomes import outcome_values
from dipeval.simulate import simulate_panel
from dipeval.vocabulary import outcomes

pytestmark = pytest.mark.slow
SEEDS = range(1, 61)
OUTCOMES = ("mean_log_total_cost", "length_of_stay", "mean_log_drug_cost")
WITH_EFFECT = OUTCOMES[:2]
LEADS = (-3, -2, -1)
EVENT_TIMES = tuple(range(18))
TERMS = [f"event_time={e}" for e in (*LEADS, *EVENT_TIMES)] + ["att"]
LABELLED_NEVER = ("synthetic_anlan", "synthetic_fengze")
DATINGS = ("right", "month_early", "month_late", "wrong_comparison")


@dataclass(frozen=True)
class Experiment:
    """Estimates and truths, each of shape (worlds, terms), by outcome."""

    estimates: dict[tuple[str, str], np.ndarray]
    static: dict[str, np.ndarray]
    truths: dict[str, np.ndarray]


def starts(cities, dating: str) -> dict[str, str | None]:
    """Cohort of each city under one dating of the reform."""
    shift = {"month_early": -1, "month_late": 1}.get(dating, 0)
    never = LABELLED_NEVER if dating == "wrong_comparison" else ()
    return {
        name: None
        if city.dates.never or name in never
        else period_label(period_code(city.dates.payment) + shift, "month")
        for name, city in cities.items()
    }


def designed(panel, cohort):
    frame = panel.assign(cohort=panel["city"].map(cohort), unit=panel["city"] + "/" + panel["hospital"])
    return build_design(
        frame, unit="unit", time="period", cohort="cohort", clusters=["city"], event_window=(LEADS[0], 17)
    )


def true_path(truth, outcome: str) -> np.ndarray:
    """Truth of TERMS: nothing before the reform."""
    by_time = truth.by_event_time(outcome).set_index("event_time")["true_effect"]
    return np.r_[np.zeros(len(LEADS)), by_time.loc[list(EVENT_TIMES)], truth.overall(outcome)]


@pytest.fixture(scope="module")
def experiment(invented) -> Experiment:
    study, cities = invented
    cohorts = {dating: starts(cities, dating) for dating in DATINGS}
    estimates = defaultdict(list)
    static, truths = ({outcome: [] for outcome in OUTCOMES} for _ in range(2))
    for seed in SEEDS:
        panel, truth = simulate_panel(study, cities, seed)
        values = {outcome: outcome_values(panel, outcomes()[outcome])[0] for outcome in OUTCOMES}
        for outcome in OUTCOMES:
            truths[outcome].append(true_path(truth, outcome))
        for dating, cohort in cohorts.items():
            design = designed(panel, cohort)
            for outcome in OUTCOMES if dating == "right" else WITH_EFFECT:
                y = values[outcome]
                found = estimate(design, y, estimator="imputation", aggregate=("overall", "event_time"))
                estimates[dating, outcome].append(found.params[TERMS].to_numpy())
                if dating == "right":
                    static[outcome].append(estimate(design, y, estimator="twfe").params["treated"])
    as_arrays = {key: np.array(rows) for key, rows in estimates.items()}
    return Experiment(
        as_arrays,
        {outcome: np.array(rows) for outcome, rows in static.items()},
        {outcome: np.array(rows) for outcome, rows in truths.items()},
    )


def errors_away(estimates: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Distance of the mean estimate from the mean truth in Monte Carlo standard errors, by term."""
    difference = estimates - truths
    return difference.mean(axis=0) / (difference.std(axis=0, ddof=1) / np.sqrt(len(difference)))


def misses(experiment: Experiment, dating: str, names=OUTCOMES) -> list[str]:
    """The check: terms whose mean estimate is more than three Monte Carlo errors off."""
    found = []
    for outcome in names:
        away = errors_away(experiment.estimates[dating, outcome], experiment.truths[outcome])
        found += [f"{outcome} {t}: {z:+.1f}" for t, z in zip(TERMS, away, strict=True) if abs(z) > 3]
    return found


def test_every_effect_is_recovered(experiment):
    assert misses(experiment, "right") == []


@pytest.mark.parametrize("dating", ["month_early", "month_late", "wrong_comparison"])
def test_the_check_fails_when_the_design_is_wrong(experiment, dating):
    found = misses(experiment, dating, WITH_EFFECT)
    assert len(found) >= 2, found


def test_no_effect_is_invented_where_there_is_none(experiment):
    drug = experiment.estimates["right", "mean_log_drug_cost"][:, -1]
    assert abs(drug.mean()) < 0.01
    assert abs(experiment.estimates["right", "mean_log_total_cost"][:, -1].mean()) > 0.05


def test_plain_two_way_fixed_effects_are_biased(experiment):
    """Effects that still grow serve as comparisons (Goodman-Bacon 2021): the static effect is too small."""
    for outcome in WITH_EFFECT:
        truth = experiment.truths[outcome][:, -1:]
        away = errors_away(experiment.static[outcome][:, None], truth)[0]
        assert away > 3, (outcome, away)
        assert experiment.static[outcome].mean() / truth.mean() < 0.95
    drug = experiment.static["mean_log_drug_cost"]
    assert abs(drug.mean()) < 3 * drug.std(ddof=1) / np.sqrt(len(drug))


def test_estimates_are_neither_certain_nor_useless(experiment):
    """One run shows the reform (overall effect over four errors) without giving it away month by month."""
    for outcome in WITH_EFFECT:
        spread = (experiment.estimates["right", outcome] - experiment.truths[outcome]).std(axis=0, ddof=1)
        truth = np.abs(experiment.truths[outcome].mean(axis=0))
        assert truth[-1] > 4 * spread[-1]
        assert truth[len(LEADS)] < 3 * spread[len(LEADS)]
