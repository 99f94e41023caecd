"""Randomisation over the reform calendar: against a loop over calendars, and its size under the null."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.calendars import all_calendars, count_calendars, random_calendars

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
NEVER = np.inf


def panel(starts, seed=0, effect=0.0, n_periods=8, hospitals=(2, 3)):
    """Cities with a reform date each, hospitals of unequal number, and shocks common to a city."""
    rng = np.random.default_rng(seed)
    city = np.repeat(np.arange(len(starts)), rng.integers(*hospitals, len(starts), endpoint=True))
    unit, time = (g.ravel() for g in np.meshgrid(np.arange(len(city)), np.arange(n_periods), indexing="ij"))
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city[unit]})
    first = np.array(starts)[frame["city"]]
    frame["start"] = [str(int(s)) if np.isfinite(s) else "never" for s in first]
    shock = rng.normal(size=(len(starts), n_periods)).cumsum(1)
    noise = rng.normal(size=len(frame))
    frame["y"] = shock[frame["city"], time] + noise + effect * (frame["time"] >= first)
    return frame


def fit(frame, name="twfe", **options):
    return estimate(build_design(frame, **COLUMNS), frame["y"], estimator=name, **options)


def test_calendars_are_all_there_once():
    dates, strata = np.array([3.0, 3.0, 5.0, NEVER]), np.array(["a"] * 4)
    found = {tuple(c) for c in all_calendars(dates, strata)}
    assert found == set(permutations(dates.tolist())) and len(found) == count_calendars(dates, strata) == 12


def test_calendars_stay_within_strata():
    dates, strata = np.array([3.0, NEVER, 5.0, NEVER]), np.array(["a", "a", "b", "b"])
    found = list(all_calendars(dates, strata))
    assert len(found) == count_calendars(dates, strata) == 4
    for calendar in [*found, *random_calendars(dates, strata, 20, seed=3)]:
        assert sorted(calendar[:2]) == [3.0, NEVER] and sorted(calendar[2:]) == [5.0, NEVER]


@pytest.mark.parametrize("statistic", ["t", "estimate"])
@pytest.mark.parametrize("name", ["twfe", "imputation", "group_time", "sun_abraham"])
def test_p_value_is_the_share_of_calendars(name, statistic):
    """Each calendar written into the frame, and everything built anew."""
    starts = [3, 3, 5, NEVER, NEVER]
    frame = panel(starts, seed=4, effect=1.0)
    result = infer(fit(frame, name), "randomisation", statistic=statistic)
    sizes = []
    for calendar in sorted(set(permutations(starts))):
        label = [str(int(s)) if np.isfinite(s) else "never" for s in calendar]
        other = frame.assign(start=[label[c] for c in frame["city"]])
        one = infer(fit(other, name))
        sizes.append(abs(one.tstats.iloc[0] if statistic == "t" else one.params.iloc[0]))
    own = infer(fit(frame, name))
    observed = abs(own.tstats.iloc[0] if statistic == "t" else own.params.iloc[0])
    assert result.inference.draws == len(sizes) == 30
    assert result.pvalues.iloc[0] == pytest.approx(
        np.mean(np.array(sizes) >= observed * (1 - 1e-9)), abs=1e-12
    )


@pytest.mark.parametrize("kind", ["plain", "gaps", "weights", "covariates", "anticipation"])
def test_all_calendars_at_once_are_the_calendars_one_by_one(kind):
    """The sums by city and period give the effect and the influence of a regression on rows."""
    frame = panel([3, 3, 5, NEVER, NEVER], seed=3, hospitals=(2, 4))
    rng = np.random.default_rng(1)
    words, covariates = {}, ["x"] if kind == "covariates" else []
    if kind in ("gaps", "covariates"):
        frame = frame[rng.random(len(frame)) > 0.2].reset_index(drop=True)
    if kind == "weights":
        frame["w"], words["weights"] = rng.uniform(1, 3, len(frame)), "w"
    if kind == "anticipation":
        words |= {"anticipation": 1, "reference": -2}
    frame["x"] = rng.normal(size=len(frame)) + 0.1 * frame["time"] * (frame["city"] > 2)
    result = estimate(
        build_design(frame, **COLUMNS, covariates=covariates, **words), frame["y"], estimator="twfe"
    )
    slow = replace(result, origin=replace(result.origin, redated=None))
    one, two = (infer(r, "randomisation", terms=["treated"]).tidy().iloc[0] for r in (result, slow))
    for column in ("p_value", "conf_low", "conf_high"):
        assert one[column] == pytest.approx(two[column], rel=1e-7)
    design, values = result.origin.design, result.origin.values
    calendars = np.stack(list(all_calendars(np.array([3, 3, 5, NEVER, NEVER]), np.zeros(5))))
    effects, influence = result.origin.redated([values], calendars, "city")
    for k in range(0, len(calendars), 7):
        other = replace(design, unit_cohort=calendars[k][design.unit_clusters["city"]])
        own = result.origin.again(other, values)
        assert effects[k, 0] == pytest.approx(own.params["treated"], rel=1e-8)
        assert influence[k, :, 0] == pytest.approx(own.influence["city"][:, 0], abs=1e-10)


def test_a_covariate_has_no_calendar():
    frame = panel([3, 3, 5, NEVER, NEVER]).assign(x=lambda f: np.sin(np.arange(len(f))))
    rows = infer(
        estimate(build_design(frame, **COLUMNS, covariates=["x"]), frame["y"], estimator="twfe"),
        "randomisation",
    ).tidy()
    assert rows["p_value"].notna().tolist() == [True, False]
    assert "a covariate has no calendar" in rows["note"].iloc[1]


def test_interval_holds_the_effects_that_are_not_rejected():
    frame = panel([3, 3, 5, NEVER, NEVER, NEVER], seed=1, effect=2.0)
    result = infer(fit(frame), "randomisation")
    low, high = result.inference.conf_low[0], result.inference.conf_high[0]
    treated = pd.to_numeric(frame["start"], errors="coerce").le(frame["time"])
    for effect, is_inside in (
        (low - 0.01, False),
        (low + 0.01, True),
        (high - 0.01, True),
        (high + 0.01, False),
    ):
        p = infer(fit(frame.assign(y=frame["y"] - effect * treated)), "randomisation").pvalues.iloc[0]
        assert (p > 0.05) == is_inside


@pytest.mark.slow
def test_size_is_exact_under_the_null():
    """With all five calendars of one treated city, P(p <= a) is a: shares of 200 panels without effect."""
    found = []
    for seed in range(200):
        frame = panel([2, NEVER, NEVER, NEVER, NEVER], seed=seed, n_periods=4, hospitals=(1, 4))
        found.append(infer(fit(frame), "randomisation").pvalues.iloc[0])
    for level in (0.2, 0.4, 0.6):
        share, spread = np.mean(np.array(found) < level + 0.01), np.sqrt(level * (1 - level) / 200)
        assert abs(share - level) < 3.5 * spread


def test_names_of_cities_and_order_of_rows_do_not_matter():
    frame = panel([3, 3, 5, NEVER, NEVER], effect=1.0)
    other = frame.assign(city=9 - frame["city"], unit=100 - frame["unit"]).sample(frac=1, random_state=2)
    one, two = (infer(fit(f.reset_index(drop=True)), "randomisation").tidy().iloc[0] for f in (frame, other))
    for column in ("p_value", "conf_low", "conf_high"):
        assert two[column] == pytest.approx(one[column], rel=1e-8)


def test_random_calendars_have_a_seed_that_is_told():
    frame = panel([3, 3, 3, 5, 5, 6, NEVER, NEVER, NEVER, NEVER])
    result = fit(frame)
    with pytest.raises(DesignError, match="12,600 calendars are drawn from at random"):
        infer(result, "randomisation")
    one, two = (infer(result, "randomisation", n_draws=99, seed=5) for _ in range(2))
    assert one.pvalues.iloc[0] == two.pvalues.iloc[0]
    assert one.inference.seed == 5 and "seed 5" in one.inference.rule


def test_too_few_calendars_are_told():
    result = infer(fit(panel([3, NEVER, NEVER])), "randomisation")
    assert "only 3 calendars are possible: no p-value can be below 0.333" in " ".join(result.warnings)
    assert result.pvalues.iloc[0] >= 1 / 3


def test_other_terms_have_p_values_of_the_sharp_null_only():
    rows = infer(fit(panel([3, 3, 5, NEVER, NEVER]), "twfe_event_study"), "randomisation").tidy()
    with_error = rows[rows["std_error"].notna()]
    assert with_error["p_value"].notna().all() and with_error["conf_low"].isna().all()
    assert with_error["note"].str.contains("sharp null").all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cluster": "ctiy"}, "did you mean 'city'?"),
        ({"statistic": "z"}, "'z' is unknown"),
        ({"n_draws": 5}, "not a number of draws"),
        ({"within": {"0": "a"}}, "strata must name every cluster once"),
        ({"within": {str(k): str(k) for k in range(5)}}, "there is no other calendar"),
    ],
)
def test_options_that_are_refused(options, words):
    with pytest.raises(DesignError) as caught:
        infer(fit(panel([3, 3, 5, NEVER, NEVER])), "randomisation", **options)
    assert words in str(caught.value)


def test_cities_with_hospitals_of_two_dates_are_refused():
    frame = panel([3, 3, 5, NEVER, NEVER])
    frame.loc[frame["unit"] == 0, "start"] = "5"
    with pytest.raises(DesignError, match="clusters hold several adoption dates"):
        infer(fit(frame), "randomisation")


@pytest.mark.parametrize("name", ["twfe", "sun_abraham"])
def test_jackknife_by_estimating_anew_is_the_jackknife_of_moments(name):
    result = fit(panel([3, 3, 5, 5, NEVER, NEVER], hospitals=(2, 4)), name)
    one, two = (infer(r, small_sample="CR3") for r in (result, replace(result, moments=None)))
    overall = result.terms["kind"].isin(["overall", "event_time"]).to_numpy()
    if name == "twfe":
        assert two.std_errors[overall].to_numpy() == pytest.approx(
            one.std_errors[overall].to_numpy(), rel=1e-9
        )
    else:
        # Averages over other cohort sizes: the moments hold the weights of the averages fixed.
        assert np.isfinite(two.std_errors[overall].iloc[0])


def test_jackknife_of_an_estimator_that_is_no_regression():
    frame = panel([3, 3, 5, 5, NEVER, NEVER], hospitals=(2, 4))
    result = fit(frame, "imputation")
    moved = [
        fit(frame[frame["city"] != city].reset_index(drop=True), "imputation").params["att"]
        for city in range(6)
    ]
    moved = np.array(moved) - result.params["att"]
    error = infer(result, small_sample="CR3").std_errors["att"]
    assert error == pytest.approx(np.sqrt(5 / 6 * (moved**2).sum()), rel=1e-9)
