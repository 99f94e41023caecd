"""Poisson estimators against fixest, dummies in statsmodels, imputation, and by hand; zeros, separation."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
LEADS_AND_LAGS = (-3, -2, 0, 1, 2, 3)
UNSURE = pytest.mark.filterwarnings("ignore:cov_type not fully supported with var_weights")
"""statsmodels warns of what these tests show to be right."""


def draw(seed=8, cities=10, each=3, periods=9, gaps=0.0):
    """Counts with many zeros; hospitals differ in size by an order of magnitude."""
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(cities * each * periods), periods)
    city = unit // each
    start = np.array([3.0, 5, 6, np.nan, np.nan])[city % 5]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["x"], frame["w"] = rng.normal(size=len(frame)), rng.integers(1, 5, len(frame)) * 1.0
    size = np.exp(rng.normal(size=cities * each))[unit]
    frame["y"] = 1.0 * rng.poisson(
        size * np.exp(0.5 + 0.05 * time + 0.2 * frame["x"] - 0.3 * (time >= start))
    )
    return frame[rng.random(len(frame)) >= gaps].reset_index(drop=True)


def dummies(frame, columns):
    """statsmodels' Poisson with a dummy for each hospital and period, clustered by city without factors."""
    matrix = pd.concat(
        [
            pd.DataFrame(columns, index=frame.index),
            pd.get_dummies(frame["unit"], prefix="u", dtype=float),
            pd.get_dummies(frame["time"], prefix="t", dtype=float, drop_first=True),
        ],
        axis=1,
    )
    model = sm.GLM(frame["y"], matrix, family=sm.families.Poisson(), var_weights=frame["w"])
    options = {"groups": frame["city"].to_numpy(), "use_correction": False}
    return matrix, model.fit(tol=1e-13, maxiter=200, cov_type="cluster", cov_kwds=options)


@pytest.mark.parametrize("cluster", ["hospital", "city"])
@pytest.mark.parametrize("kind", ["", "_w", "_offset"])
def test_every_clustered_record_of_fixest(kind, cluster, reference, hospital_design, hospitals):
    stored = reference("fixest")[f"hospital_fepois{kind}_{cluster}"]
    weights = {"": None, "_w": "discharges", "_offset": "discharges"}[kind]
    design = hospital_design(covariates=["casemix"], weights=weights)
    # an offset of log(discharges) is the rate, weighted by discharges
    values = hospitals["ed_visits"] / (hospitals["discharges"] if kind == "_offset" else 1)
    found = estimate(design, values, estimator="poisson", scale="log")
    rows = infer(found, cluster=cluster).tidy().set_index("term")
    for value in stored["estimates"]:
        name = value["term"] if value["term"] == "treated" else f"covariate={value['term']}"
        assert rows.loc[name, "estimate"] == pytest.approx(value["estimate"], rel=1e-8)
        # the rule: G/(G-1) (N-1)/(N-K), K with periods and without hospitals, which lie in clusters
        assert rows.loc[name, "std_error"] == pytest.approx(value["std_error"], rel=1e-6)
    assert found.n_parameters[cluster] == stored["K"] - 240 + 1


@UNSURE
def test_event_study_equals_dummies():
    frame = draw(gaps=0.1)
    event = (frame["time"] - frame["start"]).clip(-3, 3)
    columns = {f"e{e}": (event == e) * 1.0 for e in LEADS_AND_LAGS} | {"x": frame["x"]}
    keep = frame.groupby("unit")["y"].transform("sum") > 0
    _, fit = dummies(frame[keep], {name: column[keep] for name, column in columns.items()})
    design = build_design(frame, **COLUMNS, event_window=(-3, 3), weights="w", covariates=["x"])
    found = estimate(design, frame["y"], estimator="poisson_event_study", scale="log")
    rows = infer(found, cluster="city", small_sample="CR0").tidy().set_index("term")
    for e in LEADS_AND_LAGS:
        row = rows.loc[f"event_time={e}"]
        assert row["estimate"] == pytest.approx(fit.params[f"e{e}"], rel=1e-8)
        assert row["std_error"] == pytest.approx(fit.bse[f"e{e}"], rel=1e-6)
    assert rows.loc["covariate=x", "estimate"] == pytest.approx(fit.params["x"], rel=1e-8)


@pytest.mark.slow
def test_peer_in_python():
    fepois = pytest.importorskip("pyfixest").fepois
    frame = draw(gaps=0.05).assign(treated=lambda f: (f["time"] >= f["start"]) * 1.0)
    fit = fepois(
        "y ~ treated + x | unit + time", frame, vcov={"CRV1": "city"}, iwls_tol=1e-11, fixef_tol=1e-11
    )
    design = build_design(frame, **COLUMNS, covariates=["x"])
    rows = infer(estimate(design, frame["y"], estimator="poisson", scale="log"), cluster="city").tidy()
    rows = rows.set_index("term")
    for ours, theirs in (("treated", "treated"), ("covariate=x", "x")):
        assert rows.loc[ours, "estimate"] == pytest.approx(fit.coef()[theirs], rel=1e-7)
        assert rows.loc[ours, "std_error"] == pytest.approx(fit.se()[theirs], rel=1e-3)


@pytest.fixture(scope="module")
def saturated():
    """Dummies for every treated cohort and period: the frame, the cells' names, the matrix and the fit."""
    frame = draw(gaps=0.06)
    frame = frame[frame.groupby("unit")["y"].transform("sum") > 0].reset_index(drop=True)
    cells = {
        f"d{g:g}_{t}": ((frame["start"] == g) & (frame["time"] == t)) * 1.0
        for g in (3.0, 5.0, 6.0)
        for t in range(int(g), 9)
    }
    return frame, cells, *dummies(frame, cells | {"x": frame["x"]})


@UNSURE
@pytest.mark.parametrize("scale", ["level", "percent", "log"])
def test_effects_of_cells_by_the_delta_method(scale, saturated):
    """Wooldridge's averages from means with and without the cells' effects, and numeric derivatives."""
    frame, cells, matrix, fit = saturated
    treated = (frame["time"] >= frame["start"]).to_numpy()
    without = matrix.assign(**dict.fromkeys(cells, 0.0)).to_numpy()
    matrix, weight = matrix.to_numpy(), frame["w"].to_numpy()
    design = build_design(frame, **COLUMNS, event_window=(-3, 5), weights="w", covariates=["x"])
    found = estimate(design, frame["y"], estimator="extended_poisson", scale=scale)
    rows = infer(found, cluster="city", small_sample="CR0").tidy().set_index("term")

    def effect(beta, mask):
        share = np.where(mask, weight, 0) / weight[mask].sum()
        with_, none = share @ np.exp(matrix @ beta), share @ np.exp(without @ beta)
        return {"level": with_ - none, "percent": 100 * (with_ / none - 1), "log": np.log(with_ / none)}[
            scale
        ]

    masks = {"att": treated, "cohort=5": treated & (frame["start"] == 5)}
    masks["event_time=1"] = (frame["time"] - frame["start"] == 1).to_numpy()
    beta = fit.params.to_numpy()
    for term, mask in masks.items():
        mask = np.asarray(mask)
        steps = 1e-5 * np.eye(len(beta))
        gradient = np.array([(effect(beta + s, mask) - effect(beta - s, mask)) / 2e-5 for s in steps])
        assert rows.loc[term, "estimate"] == pytest.approx(effect(beta, mask), rel=1e-7)
        error = np.sqrt(gradient @ fit.cov_params().to_numpy() @ gradient)
        assert rows.loc[term, "std_error"] == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("scale", ["level", "percent"])
def test_scales_of_one_coefficient(scale):
    frame = draw()
    design = build_design(frame, **COLUMNS, weights="w")
    log, other = (
        infer(estimate(design, frame["y"], estimator="poisson", scale=s), cluster="city")
        for s in ("log", scale)
    )
    beta, error = log.params["treated"], log.std_errors["treated"]
    if scale == "percent":
        assert other.params["treated"] == pytest.approx(100 * np.expm1(beta))
        assert other.std_errors["treated"] == pytest.approx(100 * np.exp(beta) * error)
    else:
        # a hospital of zeros alone has no effect and is left out
        treated = (frame["time"] >= frame["start"]) & (frame.groupby("unit")["y"].transform("sum") > 0)
        mean = np.average(frame["y"][treated], weights=frame["w"][treated])
        assert other.params["treated"] == pytest.approx(mean * (1 - np.exp(-beta)))


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_cells_with_cohort_effects_are_imputation(gaps):
    """Means without the reform are those of a model of the untreated alone (Wooldridge 2023)."""
    frame = draw(gaps=gaps)
    group = frame["start"].fillna(99)
    treated = frame["time"] >= frame["start"]
    matrix = pd.get_dummies(group, dtype=float).join(
        pd.get_dummies(frame["time"], prefix="t", dtype=float, drop_first=True)
    )
    matrix.columns = matrix.columns.astype(str)
    fit = sm.GLM(frame["y"][~treated], matrix[~treated], family=sm.families.Poisson()).fit(tol=1e-13)
    wanted = (frame["y"] - np.exp(matrix @ fit.params))[treated].mean()
    design = build_design(frame, **COLUMNS)
    found = estimate(design, frame["y"], estimator="extended_poisson", effects="cohort")
    assert found.params["att"] == pytest.approx(wanted, rel=1e-8)
    if not gaps:
        kept = frame[frame.groupby("unit")["y"].transform("sum") > 0].reset_index(drop=True)
        one, other = (
            estimate(build_design(kept, **COLUMNS), kept["y"], estimator="extended_poisson", effects=effects)
            for effects in ("cohort", "hospital")
        )
        np.testing.assert_allclose(other.params, one.params, rtol=1e-8)


def test_cross_sections_without_hospitals():
    """With effects of cohorts nobody needs to be followed: the same rows give the same points."""
    frame = draw(gaps=0.1)
    one = estimate(build_design(frame, **COLUMNS), frame["y"], estimator="extended_poisson", effects="cohort")
    sections = {"unit": None, "sampling": "cross_sections", "clusters": ["city"]}
    design = build_design(frame, **COLUMNS | sections)
    other = estimate(design, frame["y"], estimator="extended_poisson", effects="cohort")
    np.testing.assert_allclose(other.params, one.params, rtol=1e-9)
    with pytest.raises(DesignError, match="the design has no hospitals"):
        estimate(design, frame["y"], estimator="extended_poisson")


def test_stored_values_of_diff_diff(oracle, shared):
    """Its levels are those of cohorts."""
    stored = oracle("extended_poisson")["not_yet_treated"]
    frame = pd.read_csv(shared / "reference" / "data" / stored["data"])
    frame["cohort"] = frame["cohort"].where(frame["cohort"] > 0)
    columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city"]}
    design = build_design(frame, **columns)
    options = {"effects": "cohort", "horizons": "all"}
    found = estimate(design, frame["ed_visits"], estimator="extended_poisson", **options)
    rows = infer(found, cluster="city").tidy().set_index("term")
    for value in [*stored["events"], {**stored["att"], "event_time": None}]:
        row = rows.loc["att" if value["event_time"] is None else f"event_time={value['event_time']}"]
        assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-7, abs=1e-9), row.name
        assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6), row.name


def test_against_never_treated_by_hand():
    """Each cell against the reference period, times the change of those never treated."""
    frame = draw(seed=2)
    frame["y"] += 1  # no zeros, so that no hospital is left out
    means = frame.groupby([frame["start"].fillna(99), "time"])["y"].mean()
    cells = [
        means[g, t] - means[g, g - 1] * means[99, t] / means[99, g - 1]
        for g in (3, 5, 6)
        for t in range(g, 9)
    ]
    size = frame.groupby("start")["unit"].nunique()
    weight = [size[g] for g in (3, 5, 6) for _ in range(g, 9)]
    design = build_design(frame, **COLUMNS, comparison="never_treated")
    found = estimate(design, frame["y"], estimator="extended_poisson")
    assert found.params["att"] == pytest.approx(np.average(cells, weights=weight), rel=1e-8)


def test_two_groups_and_periods_by_hand():
    frame = pd.DataFrame(
        {"unit": [0, 0, 1, 1, 2, 2, 3, 3], "time": [0, 1] * 4, "city": [0, 0, 1, 1, 2, 2, 3, 3]}
    )
    frame["start"] = np.repeat([1.0, 1.0, np.nan, np.nan], 2)
    frame["y"] = [4.0, 3.0, 6.0, 6.0, 10.0, 13.0, 0.0, 2.0]
    # treated 10 → 9, others 10 → 15: without the reform 15, over two hospitals
    design = build_design(frame, **COLUMNS, event_window=(-1, 0))
    for name, term in (("poisson", "treated"), ("extended_poisson", "att")):
        assert estimate(design, frame["y"], estimator=name).params[term] == pytest.approx(-3.0)
        found = estimate(design, frame["y"], estimator=name, scale="percent").params[term]
        assert found == pytest.approx(100 * (9 / 15 - 1))


def test_hospitals_and_periods_of_zeros_leave_and_are_told():
    frame = draw()
    frame.loc[(frame["unit"] == 4) | (frame["time"] == 8), "y"] = 0.0
    design = build_design(frame, **COLUMNS)
    found = estimate(design, frame["y"], estimator="poisson")
    lost = {entry.rule: entry.rows_rejected for entry in found.ledger}
    assert lost["separated"] == 9 + 29
    kept = frame[(frame["unit"] != 4) & (frame["time"] != 8)].reset_index(drop=True)
    again = estimate(build_design(kept, **COLUMNS), kept["y"], estimator="poisson")
    assert found.params["treated"] == pytest.approx(again.params["treated"], rel=1e-9)


def test_a_cell_of_zeros_is_separated_by_its_own_effect():
    """A cohort that reports nothing from its reform on: minus infinity is no number."""
    frame = draw()
    frame.loc[(frame["start"] == 5) & (frame["time"] >= 5), "y"] = 0.0
    design = build_design(frame, **COLUMNS, event_window=(-3, 5))
    found = estimate(design, frame["y"], estimator="extended_poisson")
    assert sum(e.rows_rejected for e in found.ledger if e.rule == "separated") >= 6 * 4
    rows = infer(found, cluster="city").tidy().set_index("term")
    assert "cohort=5" not in rows.index or np.isnan(rows.loc["cohort=5", "estimate"])
    kept = frame[(frame["start"] != 5) | (frame["time"] < 5)].reset_index(drop=True)
    again = estimate(
        build_design(kept, **COLUMNS, event_window=(-3, 5)), kept["y"], estimator="extended_poisson"
    )
    assert found.params["att"] == pytest.approx(again.params["att"], rel=1e-8)


def test_a_known_effect_comes_back():
    frame = draw(seed=1, cities=40, each=4, periods=10)
    design = build_design(frame, **COLUMNS, event_window=(-3, 3), covariates=["x"])
    for name, term in (("poisson", "treated"), ("extended_poisson", "att")):
        rows = infer(estimate(design, frame["y"], estimator=name, scale="log"), cluster="city").tidy()
        row = rows.set_index("term").loc[term]
        assert abs(row["estimate"] + 0.3) < 3 * row["std_error"] and row["std_error"] < 0.1


@pytest.mark.parametrize("name", ["poisson", "poisson_event_study", "extended_poisson"])
def test_what_is_no_amount(name):
    frame = draw()
    design = build_design(frame, **COLUMNS, event_window=(-3, 3))
    for values, outcome, words in (
        (frame["y"] - 1, "y", "outcomes lie below zero"),
        (0 * frame["y"], "y", "no outcome is above zero"),
        (frame["y"], "mean_log_total_cost", "is a mean log, and"),
        (frame["y"], "log_discharges", "is a log ratio, and"),
    ):
        with pytest.raises(DesignError, match=words):
            estimate(design, values, estimator=name, outcome=outcome)
    with pytest.raises(DesignError, match="'odds' is unknown"):
        estimate(design, frame["y"], estimator=name, scale="odds")
    assert np.isfinite(
        estimate(design, frame["y"], estimator=name, outcome="discharges_per_period").params
    ).any()


def test_randomisation_of_a_model_that_is_not_linear():
    """P-values by other calendars; an interval of constant effects would need a linear estimator."""
    frame = draw(cities=10)
    design = build_design(frame, **COLUMNS, event_window=(-2, 2))
    found = estimate(design, frame["y"], estimator="poisson")
    row = infer(found, "randomisation", cluster="city", n_draws=99, seed=1).tidy().iloc[0]
    assert 0 < row["p_value"] <= 1 and np.isnan(row["conf_low"])
    assert "weights depend on the outcome" in row["note"]
