"""Triple differences: peers on stored data, brute force with dummies, worked cells, and what pooling does."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from dipeval.design import build_design
from dipeval.design.gaps import hospital_gaps
from dipeval.design.partition import partition_of
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.triple_differences.group_time import triple_group_time
from dipeval.estimate.triple_differences.regression import triple_regression
from dipeval.infer import infer

STORED = Path(__file__).resolve().parents[1] / "oracles" / "values" / "triple_differences.json"
METHODS = {"dr": "doubly_robust", "reg": "outcome_regression", "ipw": "inverse_probability"}


@pytest.fixture(scope="module")
def stored():
    return json.loads(STORED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frame(stored):
    made = pd.DataFrame(stored["data"])
    return made.assign(g=made["g"].where(made["g"] > 0))


def partition(frame, controls="not_yet_treated", covariates=()):
    design = build_design(
        frame, unit="unit", time="t", cohort="g", clusters=["unit"], comparison=controls,
        covariates=list(covariates), event_window=(-4, 3),
    )  # fmt: skip
    return partition_of(design, frame["eligible"])


def fitted(frame, record, **words):
    made = triple_group_time(
        partition(frame, record["controls"], record["covariates"]),
        frame["y"],
        method=METHODS[record["method"]],
        aggregate=("overall", "event_time", "cell"),
        **words,
    )
    return infer(made, cluster="unit", small_sample="CR0")


def records(stored, package):
    return [record for record in stored["records"] if record["package"] == package]


def tolerance(record):
    """The peers stop their logit early."""
    return 2e-6 if record["covariates"] and record["method"] != "reg" else 1e-9


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("package", ["diff-diff", "moderndid"])
def test_cells_are_those_of_both_peers(stored, frame, package, number):
    record = records(stored, package)[number]
    made = fitted(frame, record)
    for cell, (value, _) in record["cells"].items():
        assert made.params[term_of(cell)] == pytest.approx(value, abs=tolerance(record))


def term_of(cell):
    return "cohort={:g},period={:g}".format(*map(float, cell.split(",")))


@pytest.mark.parametrize("package", ["diff-diff", "moderndid"])
def test_errors_are_those_of_the_peers_where_one_cohort_compares(stored, frame, package):
    record = records(stored, package)[4]
    assert record["controls"] == "never_treated" and not record["covariates"]
    made = fitted(frame, record)
    for cell, (_, error) in record["cells"].items():
        assert made.std_errors[term_of(cell)] == pytest.approx(error, rel=1e-6)


def test_errors_of_peers_are_too_small_where_several_cohorts_compare(stored, frame):
    """Both scale influence to the units of the cell and divide by all units: n of them, m in the cell.

    Against the jackknife, which knows no influence, ours is right (next test).
    """
    for package, power in (("moderndid", 1), ("diff-diff", 2)):
        record = records(stored, package)[0]
        made = fitted(frame, record)
        n, m = 150, 115  # cohort 3 against 6 and the never treated in period 5
        small = {1: (m - 1) / m, 2: (n - 1) / n}[power]
        error = next(e for cell, (_, e) in record["cells"].items() if term_of(cell) == "cohort=3,period=5")
        factor = np.sqrt((n / m) ** power * small)
        assert made.std_errors["cohort=3,period=5"] == pytest.approx(error * factor, rel=1e-6)


def test_influence_is_the_jackknife(frame):
    """Leaving one unit out moves each cell by its influence, up to the curvature of the estimator."""
    sides = partition(frame)
    whole = triple_group_time(sides, frame["y"], aggregate=("overall", "cell"))
    units = range(0, 150, 5)
    moved = []
    for unit in units:
        values = frame["y"].where(frame["unit"] != unit)
        one = triple_group_time(sides, values, aggregate=("overall", "cell"))
        moved.append((whole.params - one.params).to_numpy())
    codes = [whole.clusters["unit"].names.index(str(unit)) for unit in units]
    moved, mine = np.array(moved), whole.influence["unit"][codes]
    for column in range(moved.shape[1]):
        if np.abs(mine[:, column]).max() > 0:
            slope = mine[:, column] @ moved[:, column] / (mine[:, column] @ mine[:, column])
            assert slope == pytest.approx(1, abs=0.2)
            assert np.corrcoef(mine[:, column], moved[:, column])[0, 1] > 0.98


@pytest.mark.parametrize("number", range(8))
def test_averages_of_both_peers_are_a_choice_of_shares(stored, frame, number):
    theirs = {name: records(stored, name)[number] for name in ("diff-diff", "moderndid")}
    near = tolerance(theirs["moderndid"])
    for package, shares in (("diff-diff", "eligible"), ("moderndid", "all")):
        for overall in ("simple", "dynamic", "group", "calendar"):
            if overall not in theirs[package]:
                continue
            made = fitted(frame, theirs[package], shares=shares, overall=overall)
            value, _ = theirs[package][overall]
            assert made.params["att"] == pytest.approx(value, abs=near)
        for event, (value, _) in theirs[package]["event_time"].items():
            assert made.params[f"event_time={float(event):g}"] == pytest.approx(value, abs=near)
    assert abs(theirs["diff-diff"]["simple"][0] - theirs["moderndid"]["simple"][0]) > 0.5


def within(n_hospitals=14, seed=4, gaps=0.1) -> pd.DataFrame:
    """Two groups of patients in each hospital; some hospital-periods lack one of them."""
    rng = np.random.default_rng(seed)
    hospital = np.arange(n_hospitals)
    cohort = rng.choice([4.0, 6.0, np.nan], n_hospitals)
    cohort[:3] = 4, 6, np.nan
    keys = pd.MultiIndex.from_product(
        [hospital, ["insured", "uninsured"], range(1, 9)], names=["hospital", "group", "t"]
    )
    made = keys.to_frame(index=False)
    made["cohort"] = cohort[made["hospital"]]
    made["insured"] = made["group"] == "insured"
    made["unit"] = made["hospital"].astype(str) + "/" + made["group"]
    made["n"] = rng.integers(5, 60, len(made))
    after = made["t"] >= made["cohort"]
    made["y"] = (
        rng.normal(size=n_hospitals)[made["hospital"]]
        + 0.3 * made["t"] * after
        + made["insured"] * (0.1 * made["t"] - 0.5 * after * (1 + made["cohort"].fillna(0) / 4))
        + 0.2 * rng.normal(size=len(made))
    )
    return made[rng.random(len(made)) >= gaps].reset_index(drop=True)


def sides_of(made, weights=None):
    design = build_design(
        made, unit="unit", time="t", cohort="cohort", clusters=["hospital"], weights=weights,
        event_window=(-3, 3),
    )  # fmt: skip
    return partition_of(design, made["insured"], "hospital")


@pytest.mark.filterwarnings("ignore:The design matrix is rank", "ignore:invalid value")
@pytest.mark.parametrize("weights", [None, "n"])
@pytest.mark.parametrize(
    "common, shared", [("within_period", "C(hospital):C(t)"), ("cohort_period", "C(g):C(t)")]
)
def test_the_regression_is_that_with_all_dummies(weights, common, shared):
    made = within(8)
    made["g"] = made["cohort"].fillna(99)
    made["d"] = (made["insured"] & (made["t"] >= made["cohort"])).astype(float)
    if common == "within_period":
        both = made.groupby(["hospital", "t"])["y"].transform("size") == 2
        checked = made[both]
    else:
        checked = made
    formula = f"y ~ d + C(unit) + C(group):C(t) + {shared}"
    model = smf.wls(formula, checked, weights=1.0 if weights is None else checked["n"])
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": checked["hospital"], "use_correction": False})
    mine = triple_regression(sides_of(made, weights), made["y"], common=common)
    assert mine.params["triple_difference"] == pytest.approx(robust.params["d"], abs=1e-9)
    error = infer(mine, cluster="hospital", small_sample="CR0").std_errors["triple_difference"]
    assert error == pytest.approx(robust.bse["d"], rel=1e-6)


@pytest.mark.parametrize("weights", [None, "n"])
def test_gaps_within_hospitals_are_the_same_regression(weights):
    made = within()
    gaps = hospital_gaps(
        made, made["y"].to_numpy(), made["insured"].to_numpy(),
        hospital="hospital", time="t", weights=weights, cases="n", carried=["cohort"],
    )  # fmt: skip
    design = build_design(
        gaps, unit="hospital", time="t", cohort="cohort", clusters=["hospital"],
        weights=None if weights is None else "gap_weight",
    )  # fmt: skip
    of_gaps = infer(estimate(design, gaps["gap"], estimator="twfe"), cluster="hospital", small_sample="CR0")
    whole = infer(
        triple_regression(sides_of(made, weights), made["y"]), cluster="hospital", small_sample="CR0"
    )
    assert of_gaps.params["treated"] == pytest.approx(whole.params["triple_difference"], abs=1e-9)
    assert of_gaps.std_errors["treated"] == pytest.approx(whole.std_errors["triple_difference"], rel=1e-6)


def test_a_triple_difference_by_hand():
    """Two hospitals, two groups, two periods: (5 − 1 − (4 − 2)) − (3 − 2 − (1 − 1)) = 1."""
    made = pd.DataFrame(
        [(h, q, t) for h in "AB" for q in (1, 0) for t in (1, 2)], columns=["hospital", "insured", "t"]
    ).assign(y=[1.0, 5.0, 2.0, 4.0, 2.0, 3.0, 1.0, 1.0])
    made["unit"] = made["hospital"] + made["insured"].astype(str)
    made["cohort"] = np.where(made["hospital"] == "A", 2, np.nan)
    made = made.assign(insured=made["insured"] == 1)
    sides = sides_of(made)
    assert triple_regression(sides, made["y"]).params["triple_difference"] == pytest.approx(1)
    cells = triple_group_time(sides, made["y"], aggregate=("overall", "cell"))
    assert cells.params.tolist() == pytest.approx([1, 1])


def test_pooling_is_wrong_where_cohorts_hold_other_shares_of_eligible():
    """No effect, exact trends by cohort and by side: each cohort says 0, the pool does not."""
    units = [(g, q) for g, n1, n0 in ((3, 4, 4), (5, 6, 2), (0, 2, 6)) for q, n in ((1, n1), (0, n0))
             for _ in range(n)]  # fmt: skip
    made = pd.DataFrame(
        [(u, g, q, t) for u, (g, q) in enumerate(units) for t in range(1, 5)],
        columns=["unit", "g", "eligible", "t"],
    )
    made["y"] = made["t"] * made["g"] + made["t"] * made["eligible"] + np.sin(made["unit"])
    made["g"] = made["g"].where(made["g"] > 0)
    sides = partition(made)
    right = triple_group_time(sides, made["y"], aggregate=("cell",))
    wrong = triple_group_time(sides, made["y"], aggregate=("cell",), combine="pooled")
    assert right.params["cohort=3,period=3"] == pytest.approx(0, abs=1e-9)
    assert abs(wrong.params["cohort=3,period=3"]) > 1


def test_within_hospitals_pooling_is_harmless():
    made = within(gaps=0)
    made["y"] = made["t"] * made["cohort"].fillna(2) + made["t"] * made["insured"]
    wrong = triple_group_time(sides_of(made), made["y"], aggregate=("cell",), combine="pooled")
    assert np.abs(wrong.params).max() < 1e-9


def test_neither_order_nor_names_nor_what_hospitals_share_matter():
    made = within()
    plain = triple_group_time(sides_of(made), made["y"])
    other = made.assign(
        unit="x" + made["unit"],
        hospital="y" + made["hospital"].astype(str),
        y=made["y"] + 3 * made["hospital"] * made["t"] ** 2,
    ).sample(frac=1, random_state=3)
    again = triple_group_time(sides_of(other), other["y"])
    both = made.groupby(["hospital", "t"])["y"].transform("size") == 2
    assert both.mean() < 1
    names = ["cohort=4", "cohort=6"]
    whole = triple_regression(sides_of(made), made["y"]).params["triple_difference"]
    assert triple_regression(sides_of(other), other["y"]).params["triple_difference"] == pytest.approx(whole)
    full = within(gaps=0)
    plain = triple_group_time(sides_of(full), full["y"])
    shifted = full["y"] + 3 * full["hospital"] * full["t"] ** 2
    again = triple_group_time(sides_of(full), shifted)
    np.testing.assert_allclose(again.params[names], plain.params[names], atol=1e-9)


def test_hospitals_are_counted_once_though_they_bring_two_groups():
    made = within()
    for found in (triple_regression(sides_of(made), made["y"]), triple_group_time(sides_of(made), made["y"])):
        assert found.n_hospitals == made["hospital"].nunique()
        assert found.terms["n_hospitals"].max() == found.n_hospitals


def test_fixest_with_hospitals_on_one_side_each(shared, reference):
    """Its coefficient of the other side is ours with the sign turned; K is 98 there, of which we count 97."""
    record = reference("fixest")["hospital_ddd"]
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel_full.csv")
    frame["cohort"] = frame["cohort"].where(frame["cohort"] > 0)
    design = build_design(frame, unit="hospital", time="month", cohort="cohort", clusters=["city"])
    made = triple_regression(partition_of(design, frame["teaching"]), frame["log_cost"], common="treated")
    made = infer(made, cluster="city")
    ours = {"treated::0:teaching": ("triple_difference", -1), "treated": ("covariate=treated", 1)}
    n, parameters = record["n"], made.n_parameters["city"]
    for one in record["estimates"]:
        term, sign = ours[one["term"]]
        assert sign * made.params[term] == pytest.approx(one["estimate"], abs=1e-10)
        error = made.std_errors[term] * np.sqrt((n - parameters) / (n - 98))
        assert error == pytest.approx(one["std_error"], rel=1e-8)


def test_faults_of_a_partition_are_told(frame):
    design = partition(frame).design
    mixed = frame["eligible"].where(frame["t"] < 3, 1 - frame["eligible"])
    with pytest.raises(DesignError, match="changes between eligible and not"):
        partition_of(design, mixed)
    nobody = frame["eligible"].where(frame["g"].notna(), 1)
    assert partition_of(design, nobody).eligible.any()
    alone = frame["eligible"].where(frame["g"].isna(), 1)
    with pytest.raises(DesignError, match="no reformed unit that is not eligible"):
        partition_of(design, alone)
    with pytest.raises(DesignError, match="no clustering variable"):
        partition_of(design, frame["eligible"], "hospital")
    with pytest.raises(DesignError, match="one place"):
        triple_regression(partition(frame), frame["y"])
    with pytest.raises(DesignError) as told:
        triple_group_time(partition(frame), frame["y"], method="dr", shares="eligble", overall="mean")
    assert len(told.value.problems) == 3


def test_other_calendars_and_outcomes_are_estimated_anew(frame):
    made = triple_group_time(partition(frame), frame["y"])
    again = made.origin.again(made.origin.design, 2 * frame["y"], only_overall=True)
    assert again.params["att"] == pytest.approx(2 * made.params["att"])
    later = replace(made.origin.design, unit_cohort=made.origin.design.unit_cohort + 1)
    assert made.origin.again(later, frame["y"]).params["att"] != pytest.approx(made.params["att"])


@pytest.mark.parametrize(
    "method, options", [("cluster", {"small_sample": "CR3"}), ("multiplier", {"n_draws": 99, "seed": 1})]
)
def test_inference_of_other_kinds(method, options):
    made = within(gaps=0)
    found = infer(triple_group_time(sides_of(made), made["y"]), method, cluster="hospital", **options)
    assert found.std_errors["att"] > 0 and found.pvalues["att"] < 0.05
