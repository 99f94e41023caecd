"""The wild cluster bootstrap against fwildclusterboot, brute force, and regressions fitted anew."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.infer.wild import WildTerm, all_signs, random_weights
from dipeval.results.cluster_moments import ClusterMoments, generalised_inverse

LEVEL = 0.95
NOT_TIED = 1 + 1e-9


@pytest.fixture(scope="module")
def months(shared):
    """Means of hospitals by city and month, as the stored records have them."""
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    means = frame.groupby(["city", "month"], as_index=False)[["log_cost", "treated", "casemix"]].mean()
    start = frame.groupby("city")["cohort"].first().map("{:.0f}".format).replace("0", "never")
    return means.assign(start=means["city"].map(start), month=means["month"].astype(str))


@pytest.fixture(scope="module")
def with_effects(months):
    """Two-way effects of city and month, by the estimator."""
    columns = {"unit": "city", "time": "month", "cohort": "start", "clusters": ["city"]}
    design = build_design(months, covariates=["casemix"], **columns)
    return estimate(design, months["log_cost"], estimator="twfe")


@pytest.fixture(scope="module")
def with_trend(months):
    """A common linear trend and no effects: moments made by hand."""
    return moments_of(trend_columns(months), months["log_cost"].to_numpy(), months["city"].to_numpy())


def trend_columns(months):
    """Columns that are centred, so that no digit is lost."""
    centred = months["casemix"] - months["casemix"].mean()
    month = months["month"].astype(float) / 48 - 0.5
    return np.column_stack([months["treated"], centred, month, np.ones(len(months))])


def moments_of(columns, outcome, cluster):
    groups = [cluster == g for g in np.unique(cluster)]
    solution = generalised_inverse(columns.T @ columns) @ (columns.T @ outcome)
    residual = outcome - columns @ solution
    gram = np.stack([columns[g].T @ columns[g] for g in groups])
    score = np.stack([columns[g].T @ residual[g] for g in groups])
    return ClusterMoments(gram, score, solution, np.eye(columns.shape[1])[:, :2])


def statistics(term, drawn, distance):
    numerator, square = term.draws(drawn).at(distance)
    return numerator / np.sqrt(square)


def both_p(term, null):
    """Share of all draws that are more extreme, and at least as extreme, as the sample."""
    distance = term.estimate - null
    drawn = np.abs(statistics(term, all_signs(len(term.moments.gram)), distance))
    observed = abs(distance) / term.error
    return (drawn > observed * NOT_TIED).mean(), (drawn >= observed / NOT_TIED).mean()


BRUTE = {
    "brute_city_WCR11": (True, 0, 0.0),
    "brute_city_WCU11": (False, 0, 0.0),
    "brute_city_WCR11_r-0.05": (True, 0, -0.05),
    "brute_city_WCR11_r-0.08": (True, 0, -0.08),
    "brute_city_WCR11_r-0.1": (True, 0, -0.1),
    "brute_city_WCR11_r-0.12": (True, 0, -0.12),
    "brute_city_casemix_WCR11": (True, 1, 0.0),
}


@pytest.mark.parametrize("record", BRUTE)
def test_all_draws_by_brute_force(record, with_effects, reference):
    stored, (restricted, term, null) = reference("wildboot")[record], BRUTE[record]
    found = WildTerm(with_effects.moments("city"), term, restricted)
    assert (found.estimate - null) / found.error == pytest.approx(stored["t_unadj"], rel=1e-8)
    assert both_p(found, null) == (stored["p_strict"], stored["p_weak"])


def test_brute_force_without_effects(with_trend, reference):
    stored = reference("wildboot")["brute_city_nofe_trend_WCR11"]
    assert both_p(WildTerm(with_trend, 0), 0) == (stored["p_strict"], stored["p_weak"])


@pytest.mark.parametrize("variant", ["WCR11", "WCU11", "WCR31", "WCU31", "WCU13", "WCU33"])
def test_variants_with_effects(variant, with_effects, reference):
    """The package counts strictly, and ties by rounding: one of both counts is its number."""
    stored = reference("wildboot")[f"city_{variant}"]
    moments = with_effects.moments("city")
    term = WildTerm(moments, 0, variant[2] == "R", variant[3] == "3", variant[4] == "3")
    assert stored["p_val"] in both_p(term, 0)


@pytest.mark.parametrize("variant", ["11", "31"])
def test_variants_without_effects(variant, with_trend, reference):
    stored = reference("wildboot")[f"city_nofe_trend_WCR{variant}"]
    assert both_p(WildTerm(with_trend, 0, True, variant[0] == "3"), 0)[0] == stored["p_val"]


@pytest.mark.parametrize("variant", ["13", "33"])
def test_jackknifed_errors_of_the_package_carry_a_factor_in_the_sample_only(variant, with_trend, reference):
    """fwildclusterboot multiplies t by a small-sample factor, but not the t of its jackknifed draws.

    The factor is sqrt((N-K)/(N-1) × (G-1)/G) with N = 576, K = 4, G = 12. With the same factor its p-value
    comes out; ours compares like with like.
    """
    stored = reference("wildboot")[f"city_nofe_trend_WCR{variant}"]
    term = WildTerm(with_trend, 0, True, variant[0] == "3", True)
    drawn = np.abs(statistics(term, all_signs(12), term.estimate))
    factor = np.sqrt(572 / 575 * 11 / 12)
    assert (drawn > abs(term.estimate) / term.error * factor).mean() == stored["p_val"]
    assert both_p(term, 0)[0] < stored["p_val"]


def test_interval_of_the_package(with_effects, reference):
    result = infer(with_effects, "wild", restricted=False)
    stored = reference("wildboot")["city_WCUfnw11"]
    assert result.inference.conf_low[0] == pytest.approx(stored["ci_low"], rel=1e-8)
    assert result.inference.conf_high[0] == pytest.approx(stored["ci_high"], rel=1e-8)
    assert result.inference.draws == 4096 and result.inference.seed is None


def test_ends_of_an_interval_are_where_the_p_value_crosses(with_effects):
    """Under the null, ties count, so the interval is a step longer than the package's (strict) one."""
    result = infer(with_effects, "wild")
    low, high = result.inference.conf_low[0], result.inference.conf_high[0]
    term = WildTerm(with_effects.moments("city"), 0)
    step = 1e-9 * (high - low)
    assert both_p(term, low + step)[1] > 1 - LEVEL >= both_p(term, low - step)[1]
    assert both_p(term, high - step)[1] > 1 - LEVEL >= both_p(term, high + step)[1]


def test_fixest_panel_of_hospitals(reference, shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv", dtype={"month": str})
    frame["start"] = frame["cohort"].map("{:.0f}".format).where(frame["cohort"] > 0, "never")
    columns = {"unit": "hospital", "time": "month", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, covariates=["casemix"], **columns)
    result = infer(estimate(design, frame["log_cost"], estimator="twfe"), "wild", terms=["treated"])
    stored = reference("wildboot")["hospital_WCR11"]
    # The package's factor (N-K)/(N-1) does not count period effects (fixef.K = "none"): K is 2, ours is 50.
    factor = np.sqrt((result.n_obs - 2) / (result.n_obs - 50))
    assert result.tidy()["statistic"].iloc[0] * factor == pytest.approx(stored["t_stat"], rel=1e-8)
    assert result.pvalues.iloc[0] == 2 / 4096 and stored["p_val"] == 0
    assert np.isnan(result.pvalues.iloc[1])


@pytest.mark.parametrize("variant", ["11", "13", "31", "33"])
@pytest.mark.parametrize("restricted", [True, False])
def test_each_draw_is_a_regression_fitted_anew(variant, restricted, with_trend, months):
    """Score-based statistics against draws of the outcome, refitted, to 1e-10."""
    columns = trend_columns(months)
    outcome, city = months["log_cost"].to_numpy(), months["city"].to_numpy()
    names = np.unique(city)
    null = -0.03
    term = WildTerm(with_trend, 0, restricted, variant[0] == "3", variant[1] == "3")
    distance = term.estimate - null
    drawn = all_signs(12)[[5, 77, 1234, 4000]]
    fast = statistics(term, drawn, distance)

    def fit(rows, y):
        if not restricted:
            return np.linalg.lstsq(columns[rows], y[rows], rcond=None)[0]
        rest = np.linalg.lstsq(columns[rows, 1:], (y - null * columns[:, 0])[rows], rcond=None)[0]
        return np.r_[null, rest]

    everywhere = np.ones(len(outcome), bool)
    centre = fit(everywhere, outcome)
    for signs, found in zip(drawn, fast, strict=True):
        made = columns @ centre
        for sign, name in zip(signs, names, strict=True):
            mine = city == name
            alone = fit(~mine, outcome) if variant[0] == "3" else centre
            made[mine] += sign * (outcome - columns @ alone)[mine]
        again = np.linalg.lstsq(columns, made, rcond=None)[0]
        if variant[1] == "3":
            parts = [np.linalg.lstsq(columns[city != n], made[city != n], rcond=None)[0][0] for n in names]
            error = np.sqrt(((np.array(parts) - again[0]) ** 2).sum())
        else:
            pull = columns @ np.linalg.inv(columns.T @ columns)[:, 0]
            left = pull * (made - columns @ again)
            error = np.sqrt(sum(left[city == n].sum() ** 2 for n in names))
        assert found == pytest.approx((again[0] - centre[0]) / error, rel=1e-10)


@pytest.mark.parametrize("kind", ["rademacher", "webb", "mammen"])
def test_random_weights_have_mean_zero_and_variance_one(kind):
    drawn = random_weights(kind, 40_000, 10, seed=4)
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert (drawn**2).mean() == pytest.approx(1, abs=0.01)
    if kind == "mammen":
        assert (drawn**3).mean() == pytest.approx(1, abs=0.03)
    assert len(np.unique(drawn)) == {"rademacher": 2, "webb": 6, "mammen": 2}[kind]


def test_a_seed_reproduces_and_is_told(with_effects):
    one, two, other = (
        infer(with_effects, "wild", weights="webb", n_draws=999, seed=seed, terms=["treated"])
        for seed in (7, 7, 8)
    )
    assert (one.inference.conf_low[0], one.pvalues.iloc[0]) == (
        two.inference.conf_low[0],
        two.pvalues.iloc[0],
    )
    assert one.inference.conf_low[0] != other.inference.conf_low[0]
    assert "seed 7" in one.inference.rule and one.inference.seed == 7


def test_random_draws_come_near_all_draws(with_effects):
    exact = infer(with_effects, "wild", terms=["treated"])
    drawn = infer(with_effects, "wild", terms=["treated"], weights="webb", n_draws=9999, seed=2)
    assert drawn.inference.conf_low[0] == pytest.approx(exact.inference.conf_low[0], rel=0.05)


def test_four_clusters_have_no_power_and_say_so():
    rng = np.random.default_rng(1)
    city, time = np.divmod(np.arange(4 * 10), 10)
    frame = pd.DataFrame({"city": city, "time": time.astype(str), "start": np.where(city < 2, "5", "never")})
    frame["y"] = rng.normal(size=len(frame)) + 100 * ((city < 2) & (time >= 5))
    columns = {"unit": "city", "time": "time", "cohort": "start", "clusters": ["city"]}
    result = infer(estimate(build_design(frame, **columns), frame["y"], estimator="twfe"), "wild")
    assert result.pvalues.iloc[0] >= 2 / 16
    assert np.isinf(result.inference.conf_low[0]) and "has no lower end" in result.tidy()["note"].iloc[0]
    assert "no p-value can be below 0.125" in " ".join(result.warnings)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"weights": "webb"}, "draws are random and have no seed"),
        ({"n_draws": 999}, "draws are random and have no seed"),
        ({"weights": "normal", "seed": 1}, "'normal' is unknown"),
        ({"variant": "22"}, "'22' is unknown"),
        ({"restricted": "yes"}, "neither true nor false"),
        ({"terms": ["treatd"]}, "did you mean 'treated'?"),
        ({"n_draws": 5}, "not a number of draws"),
        ({"cluster": "ctiy"}, "did you mean 'city'?"),
    ],
)
def test_options_that_are_refused(options, words, with_effects):
    with pytest.raises(DesignError) as caught:
        infer(with_effects, "wild", **options)
    assert words in str(caught.value)


def test_residuals_are_not_jackknifed_where_one_cluster_is_all_there_is(months):
    """Only one city has this date: without it its cells are not identified, and no p-value may look fine."""
    some = months[months["start"].eq("never") | months["city"].isin(sorted(set(months["city"]))[:3])]
    one = some[~some["start"].eq("never")].groupby("start")["city"].first().iloc[:1]
    some = some[some["start"].eq("never") | some["city"].isin(one)].reset_index(drop=True)
    design = build_design(some, unit="city", time="month", cohort="start", clusters=["city"])
    result = infer(
        estimate(design, some["log_cost"], estimator="sun_abraham"), "wild", variant="31", terms=["att"]
    )
    row = result.tidy().set_index("term").loc["att"]
    assert np.isnan(row["p_value"]) and "cannot be jackknifed" in row["note"]
