"""Case-level models: invariances, peers, few clusters, bad input."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.cases import estimate_cases
from dipeval.estimate.threads import one_thread
from dipeval.infer import infer
from dipeval.panel.case_frame import cells_from_frame

STARTS = np.array(["2019-07", "2020-01", "2020-07", None], object)
EFFECT = -0.08


def design_of(cells, **options):
    """The design of the invented cities."""
    city = cells.periods["hospital"].str[1:].astype(int) % 20
    frame = cells.periods.assign(city=city, start=STARTS[city % 4])
    unit = "unit" if "unit" in frame else "hospital"
    columns = {"unit": unit, "time": "period", "cohort": "start", "clusters": ["city", unit]}
    return build_design(frame, **columns | {"n_cases": "cases", "event_window": (-6, 6)} | options)


@pytest.fixture(scope="module")
def cases(invented_cases):
    made = invented_cases(30_000, seed=11, hospitals=40, types=60)
    ages = np.array(["young", "middle", "old"], object)[np.searchsorted([40, 70], made["age"], side="right")]
    rng = np.random.default_rng(5)
    return made.assign(
        period=made["discharge_date"].dt.strftime("%Y-%m"),
        log_cost=np.log(made["total_cost"] / 100),
        ages=ages,
        surgery=np.where(made["principal_procedure"].isna(), "no", "yes"),
        kind=made["kind"].astype("str"),
        weight=rng.choice([1.0, 2.5, 7.0], len(made)),
    )


def cells_of(cases, **options):
    asked = {"outcomes": ["log_cost"], "covariates": ["ages", "sex", "surgery", "kind"]} | options
    return cells_from_frame(cases, hospital="hospital", period="period", **asked)


def fit(cases, weights=None, design=(), **options):
    cells = cells_of(cases, weights=weights)
    asked = {"covariates": ["ages", "sex", "surgery"], "absorb": ["kind"]} | options
    return estimate_cases(design_of(cells, **dict(design)), cells, outcome="log_cost", **asked)


def points(result, *terms):
    return result.params[list(terms)].to_numpy()


def errors(result):
    """Every kind of error of all terms, side by side."""
    kinds = [infer(result, "iid"), infer(result, "hetero"), infer(result, cluster="city"), infer(result)]
    return np.column_stack([found.std_errors for found in kinds])


@pytest.mark.parametrize("weights", [None, "weight"])
def test_cells_of_many_cases_are_cells_of_one(cases, weights):
    """Cases put together give what each case alone gives."""
    together = fit(cases, weights)
    cells = cells_of(cases.assign(row=np.arange(len(cases))), numbers=["row"], weights=weights)
    assert cells.n_cells == len(cases) > cells_of(cases, weights=weights).n_cells
    alone = estimate_cases(
        design_of(cells), cells, outcome="log_cost", covariates=["ages", "sex", "surgery"], absorb=["kind"]
    )
    np.testing.assert_allclose(together.params, alone.params, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(errors(together), errors(alone), rtol=1e-10)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("weights", [None, "weight"])
def test_pyfixest(cases, weights):
    """Three effects and patient covariates against pyfixest on the cases."""
    pyfixest = pytest.importorskip("pyfixest")
    city = cases["number"] % 20
    start = np.array([6, 12, 18, 99])[city % 4]
    frame = cases.assign(place=city, treated=(cases["month"] >= start).astype(float))
    formula = "log_cost ~ treated + C(ages) + C(sex) + C(surgery) | hospital + period + kind"
    mine = fit(cases, weights)
    for vcov, found in (
        ("hetero", infer(mine, "hetero")),
        ("iid", infer(mine, "iid")),
        ({"CRV1": "place"}, infer(mine, cluster="city")),
    ):
        theirs = pyfixest.feols(formula, frame, vcov=vcov, weights=weights, fixef_tol=1e-12)
        assert found.params["treated"] == pytest.approx(theirs.coef()["treated"], rel=1e-8)
        assert found.std_errors["treated"] == pytest.approx(theirs.se()["treated"], rel=1e-6)
    shown = mine.params["covariate=surgery:yes"]
    assert shown == pytest.approx(theirs.coef().filter(like="yes").iloc[0], rel=1e-8)


def test_without_covariates_it_is_the_panel_weighted_by_discharges(cases):
    cells = cells_of(cases, covariates=[])
    design = design_of(cells, weights="cases")
    mean = cells.periods.merge(cases.groupby(["hospital", "period"], as_index=False)["log_cost"].mean())
    for name in ("twfe", "twfe_event_study"):
        panel = estimate(design, mean["log_cost"], estimator=name)
        mine = estimate_cases(design, cells, outcome="log_cost", estimator=name)
        pd.testing.assert_series_equal(mine.params, panel.params, rtol=1e-10)
        for cluster in ("city", "hospital"):
            one, two = (infer(e, cluster=cluster, small_sample="CR0") for e in (mine, panel))
            pd.testing.assert_series_equal(one.std_errors, two.std_errors, rtol=1e-9)
        pd.testing.assert_frame_equal(
            mine.terms[["term", "kind", "event_time", "n_hospitals", "n_treated", "count", "largest_share"]],
            panel.terms[["term", "kind", "event_time", "n_hospitals", "n_treated", "count", "largest_share"]],
        )


@pytest.mark.parametrize("rule", ["CR2", "CR3"])
def test_few_clusters_as_in_the_panel(cases, rule):
    """Without covariates CR2 and the jackknife are those of the weighted panel."""
    cells = cells_of(cases, covariates=[])
    design = design_of(cells, weights="cases")
    mean = cells.periods.merge(cases.groupby(["hospital", "period"], as_index=False)["log_cost"].mean())
    panel = infer(estimate(design, mean["log_cost"], estimator="twfe"), small_sample=rule).tidy()
    mine = infer(estimate_cases(design, cells, outcome="log_cost"), small_sample=rule).tidy()
    for column in ("std_error", "df", "p_value"):
        np.testing.assert_allclose(mine[column], panel[column], rtol=1e-8)


@pytest.mark.parametrize("absorb", [["kind"], ["kind:hospital"], ["kind", "sex:period"]])
def test_the_jackknife_is_the_model_without_each_city(cases, absorb):
    shown = ["ages", "surgery"]
    whole = fit(cases, covariates=shown, absorb=absorb)
    city = cases["number"] % 20
    with one_thread():  # twenty small models: a second thread only waits
        moved = [
            points(fit(cases[city != c], covariates=shown, absorb=absorb), "treated", "covariate=surgery:yes")
            for c in range(20)
        ]
    apart = np.array(moved) - points(whole, "treated", "covariate=surgery:yes")
    wanted = np.sqrt((apart**2).sum(0) * 19 / 20)
    found = infer(whole, small_sample="CR3").std_errors[["treated", "covariate=surgery:yes"]]
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


def test_wild_bootstrap_of_cells_is_that_of_cases(cases):
    cells = cells_of(cases.assign(row=np.arange(len(cases))), numbers=["row"])
    alone = estimate_cases(design_of(cells), cells, outcome="log_cost", covariates=["sex"], absorb=["kind"])
    together = fit(cases, covariates=["sex"])
    asked = {"cluster": "city", "terms": ["treated"], "n_draws": 199, "seed": 3}
    one, two = (infer(e, "wild", **asked).pvalues["treated"] for e in (alone, together))
    assert one == two and 0 < one <= 1


def test_absorbed_or_shown_is_the_same(cases):
    shown = fit(cases, covariates=["ages", "sex", "surgery", "kind"], absorb=[])
    absorbed = fit(cases)
    terms = ["treated", "covariate=ages:old", "covariate=surgery:yes"]
    np.testing.assert_allclose(points(shown, *terms), points(absorbed, *terms), rtol=1e-10)
    assert shown.n_parameters == absorbed.n_parameters
    rows = [list(result.terms["term"]).index("treated") for result in (shown, absorbed)]
    np.testing.assert_allclose(errors(shown)[rows[0]], errors(absorbed)[rows[1]], rtol=1e-9)


def test_order_scale_and_level_of_the_outcome(cases):
    base = fit(cases)
    shuffled = fit(cases.sample(frac=1, random_state=2))
    np.testing.assert_allclose(base.params, shuffled.params, rtol=1e-11, atol=1e-13)
    moved = fit(cases.assign(log_cost=100 + 3 * cases["log_cost"]))
    np.testing.assert_allclose(3 * base.params, moved.params, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(3 * errors(base), errors(moved), rtol=1e-9)


def test_a_weight_of_two_is_two_cases_for_the_points(cases):
    doubled = pd.concat([cases, cases[cases["weight"] > 2]], ignore_index=True)
    two = fit(cases.assign(weight=np.where(cases["weight"] > 2, 2.0, 1.0)), "weight")
    np.testing.assert_allclose(two.params, fit(doubled).params, rtol=1e-10, atol=1e-12)


def test_effects_by_type_and_year(cases):
    """A crossed effect holds both of its parts; one for each hospital and period holds the treatment."""
    yearly = cases.assign(year=cases["period"].str[:4])
    cells = cells_of(yearly, covariates=["ages", "kind", "year"])
    design = design_of(cells)
    asked = {"outcome": "log_cost", "covariates": ["ages"]}
    crossed = estimate_cases(design, cells, absorb=["kind:year"], **asked)
    both = estimate_cases(design, cells, absorb=["kind:year", "kind", "year"], **asked)
    np.testing.assert_allclose(crossed.params, both.params, rtol=1e-9, atol=1e-12)
    assert crossed.n_parameters == both.n_parameters
    lost = estimate_cases(design, cells, absorb=["hospital:period"], **asked)
    row = infer(lost).tidy().set_index("term").loc["treated"]
    assert np.isnan(row["estimate"]) and np.isnan(row["std_error"]) and "not identified" in row["note"]
    assert np.isfinite(infer(lost).std_errors["covariate=ages:old"])


def test_a_known_effect_comes_back(cases):
    row = infer(fit(cases)).tidy().set_index("term").loc["treated"]
    assert abs(row["estimate"] - EFFECT) < 3 * row["std_error"]
    study = infer(fit(cases, estimator="twfe_event_study")).tidy()
    late = study[study["event_time"] >= 0]
    assert (abs(late["estimate"] - EFFECT) < 4 * late["std_error"]).all()


def test_influence_sums_to_zero_and_finer_clusters_to_coarser_ones(cases):
    result = fit(cases)
    shown = ~result.terms["is_reference"].to_numpy()
    places = [int(name[1:]) % 20 for name in result.clusters["hospital"].names]
    position = {name: k for k, name in enumerate(map(int, result.clusters["city"].names))}
    summed = np.zeros_like(result.influence["city"])
    np.add.at(summed, [position[p] for p in places], result.influence["hospital"])
    np.testing.assert_allclose(summed[:, shown], result.influence["city"][:, shown], atol=1e-12)
    np.testing.assert_allclose(summed[:, shown].sum(0), 0, atol=1e-11)


def test_the_ledger_says_where_cases_went(cases):
    some = cases.copy()
    some.loc[:99, "log_cost"] = np.nan
    some.loc[50:149, "sex"] = None
    some.loc[150, "kind"] = "alone"
    cells = cells_of(some)
    result = estimate_cases(
        design_of(cells), cells, outcome="log_cost", covariates=["ages", "sex"], absorb=["kind"]
    )
    told = {entry.rule: entry.rows_rejected for entry in result.ledger}
    assert told == {"cases": 0, "outcome_missing": 100, "covariate_missing": 50, "singleton": 1}
    assert result.n_obs == len(cases) - 151 == list(result.ledger)[-1].rows_after
    fewer = cells_of(some).on(cells_of(some).periods.query("hospital != 'H003'"))
    kept = estimate_cases(design_of(fewer), fewer, outcome="log_cost", covariates=["ages"], absorb=["kind"])
    assert "outside_design" in {entry.rule for entry in kept.ledger}


def test_every_problem_is_listed(cases):
    cells = cells_of(cases)
    with pytest.raises(DesignError) as fault:
        estimate_cases(
            design_of(cells, weights="cases"),
            cells,
            outcome="log_costs",
            estimator="imputation",
            covariates=["age", "sex"],
            absorb=["sex", "kindd:period"],
        )
    text = str(fault.value)
    for part in (
        "did you mean 'log_cost'",
        "'imputation' is no model of cases",
        "did you mean 'ages'",
        "covariate sex: is named twice",
        "did you mean 'kind'",
    ):
        assert part in text
    with pytest.raises(DesignError, match="absorb: is a single text"):
        estimate_cases(design_of(cells), cells, outcome="log_cost", absorb="kind")
    other = cells_of(cases[cases["hospital"] != "H001"])
    with pytest.raises(DesignError, match="build the design on cells.periods"):
        estimate_cases(design_of(cells), other, outcome="log_cost")
    weighted = design_of(cells, weights="cases", n_cases=None)
    with pytest.raises(DesignError, match="each case counts"):
        estimate_cases(weighted, cells, outcome="log_cost")


def test_more_levels_than_are_solved_exactly_are_refused(cases, monkeypatch):
    monkeypatch.setattr("dipeval.estimate.case_fit.MOST_LEVELS", 50)
    with pytest.raises(DesignError, match="82 levels beside the largest effect") as fault:
        fit(cases, covariates=[], absorb=["kind", "kind:hospital"])
    assert fault.value.problems[0].evidence == ("hospital: 40", "period: 36", "kind: 6")


def test_sparse_and_dense_sums_are_the_same(cases, monkeypatch):
    """Large tables of pairs are kept sparse; numbers do not depend on it."""
    dense = fit(cases, absorb=["kind:hospital", "kind:period"])
    monkeypatch.setattr("dipeval.estimate.case_tables.DENSE_CELLS", 100)
    sparse_ = fit(cases, absorb=["kind:hospital", "kind:period"])
    np.testing.assert_allclose(dense.params, sparse_.params, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(errors(dense), errors(sparse_), rtol=1e-10)


def test_whichever_effect_is_eliminated(cases, monkeypatch):
    """Hospitals are most, diagnoses are finest in the order of cells."""
    largest = fit(cases)
    monkeypatch.setattr("dipeval.estimate.case_fit.MANY_CELLS", 100)
    longest = fit(cases)
    np.testing.assert_allclose(largest.params, longest.params, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(errors(largest), errors(longest), rtol=1e-10)
    assert largest.n_parameters == longest.n_parameters


def test_terms_say_what_stands_behind_them(cases):
    terms = fit(cases).terms.set_index("term")
    for level, group in cases.groupby("ages"):
        row = terms.loc[f"covariate=ages:{level}"]
        by_hospital = group["hospital"].value_counts()
        assert (row["n_obs"], row["count"], row["n_hospitals"]) == (len(group), len(group), len(by_hospital))
        assert row["largest_share"] == by_hospital.max() / len(group)
        treated = by_hospital.index.str[1:].astype(int) % 4 != 3
        assert row["n_treated"] == treated.sum()
    assert terms["is_reference"].sum() == 3 and terms.loc["covariate=ages:middle", "is_reference"]
    assert terms.loc["treated", "n_obs"] == len(cases)


def test_no_case_is_left(cases):
    gone = cases.copy()
    gone["log_cost"] = np.nan
    cells = cells_of(gone)
    with pytest.raises(DesignError, match="no case has the outcome and all covariates"):
        estimate_cases(design_of(cells), cells, outcome="log_cost")


def test_too_many_levels_and_collinear_covariates(cases):
    many = cases.assign(ages=(np.arange(len(cases)) % 250).astype(str))
    with pytest.raises(DesignError, match="has 250 levels\n.*absorb it instead"):
        fit(many)
    same = fit(cases.assign(sex=cases["surgery"]))
    rows = infer(same).tidy().set_index("term")
    for term in ("covariate=sex:yes", "covariate=surgery:yes"):
        assert np.isnan(rows.loc[term, "estimate"]) and "collinear" in rows.loc[term, "note"]
    np.testing.assert_allclose(
        points(same, "treated"), points(fit(cases, covariates=["ages", "surgery"]), "treated")
    )
    constant = fit(cases.assign(sex="male"))
    assert "covariate=sex:male" in constant.params.index and constant.params["covariate=sex:male"] == 0


def test_a_perfect_fit_has_no_error(cases):
    flat = fit(cases.assign(log_cost=5.0))
    rows = infer(flat).tidy()
    assert rows["std_error"].isna().all() and (rows["note"] != "").all()
    assert infer(flat, "hetero").tidy()["std_error"].isna().all()


def test_same_input_same_bytes(cases):
    assert infer(fit(cases)).to_json() == infer(fit(cases)).to_json()
