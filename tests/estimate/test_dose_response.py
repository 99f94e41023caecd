"""Effects by dose: peers, hand computation, known curves, influence, bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.dose.basis import DoseBasis
from dipeval.estimate.dose.dose_response import dose_response
from dipeval.infer import infer, inferred_band

STORED = json.loads(
    (Path(__file__).parents[1] / "oracles" / "values" / "dose_response.json").read_text(encoding="utf-8")
)
CONTROLS = {"notyettreated": "not_yet_treated", "nevertreated": "never_treated"}


def stored_panel(name: str) -> pd.DataFrame:
    frame = pd.DataFrame(STORED["panels"][name])
    return frame.assign(g=frame["g"].where(frame["g"] > 0), city=frame["unit"] % 12)


def designed(frame: pd.DataFrame, **options):
    columns = {"unit": "unit", "time": "t", "cohort": "g", "clusters": ["unit", "city"]}
    return build_design(frame, event_window=(-3, 4), **{**columns, **options})


def doses(frame: pd.DataFrame, design) -> np.ndarray:
    return frame.groupby("unit")["d"].first().reindex(design.units.astype(int)).to_numpy()


def found(frame: pd.DataFrame, design=None, **options):
    design = designed(frame) if design is None else design
    return dose_response(design, frame["y"].to_numpy(), doses(frame, design), **options)


@pytest.mark.parametrize(
    "record", STORED["records"], ids=lambda r: f"{r['panel']}-{r['degree']}-{r['num_knots']}"
)
def test_points_are_those_of_the_peer(record):
    frame = stored_panel(record["panel"])
    design = designed(frame, comparison=CONTROLS[record["control_group"]])
    treated = frame[frame["t"] >= frame["g"]]  # its knots count each treated hospital-period
    k = record["num_knots"]
    knots = np.quantile(treated["d"], np.arange(1, k + 1) / (k + 1)).tolist()
    options = {"degree": record["degree"], "knots": knots, "at": STORED["at"], "overall": "group"}
    made = found(frame, design, **options)
    params = made.estimate.params
    assert params["att"] == pytest.approx(record["att"], abs=1e-10)
    assert params["acrt"] == pytest.approx(record["acrt"], abs=1e-10)
    assert np.allclose(params[list(made.level)], record["att_d"], atol=1e-10)
    assert np.allclose(params[list(made.slope)], record["acrt_d"], atol=1e-9)


def test_two_periods_are_a_regression_of_changes_with_its_robust_errors():
    """Least squares with HC0 on changes of the treated, plus the variance of the mean change of the untreated."""
    frame = stored_panel("two_periods")
    made = found(frame, degree=2, at=STORED["at"])
    shown = infer(made.estimate, cluster="unit", small_sample="CR0")
    wide = frame.pivot(index="unit", columns="t", values="y")
    change = (wide[2] - wide[1]).to_numpy()
    dose = frame.groupby("unit")["d"].first().to_numpy()
    treated = dose > 0
    columns = np.vander(dose[treated], 3)
    inverse = np.linalg.inv(columns.T @ columns)
    beta = inverse @ columns.T @ change[treated]
    left = columns * (change[treated] - columns @ beta)[:, None]
    cov = inverse @ left.T @ left @ inverse
    at = np.vander(np.array(STORED["at"]), 3)
    still, rest = change[~treated].mean(), change[~treated].var() / (~treated).sum()
    levels = shown.params[list(made.level)].to_numpy()
    assert np.allclose(levels, at @ beta - still)
    errors = np.sqrt(np.einsum("ij,jk,ik->i", at, cov, at) + rest)
    assert np.allclose(shown.std_errors[list(made.level)], errors, rtol=1e-8)
    slopes = np.column_stack([2 * np.array(STORED["at"]), np.ones(4), np.zeros(4)])
    assert np.allclose(shown.params[list(made.slope)], slopes @ beta)
    errors = np.sqrt(np.einsum("ij,jk,ik->i", slopes, cov, slopes))
    assert np.allclose(shown.std_errors[list(made.slope)], errors, rtol=1e-8)
    overall = change[treated].var() / treated.sum() + rest
    assert shown.std_errors["att"] == pytest.approx(np.sqrt(overall), rel=1e-8)


@pytest.mark.xfail(reason="moderndid 0.2.0 takes the influence of the slope for that of ATT°", strict=True)
def test_error_of_the_peer_is_that_of_a_difference_of_means():
    frame = stored_panel("two_periods")
    (record,) = [
        r
        for r in STORED["records"]
        if (r["panel"], r["degree"], r["num_knots"], r["control_group"])
        == ("two_periods", 1, 0, "notyettreated")
    ]
    shown = infer(found(frame, degree=1).estimate, cluster="unit", small_sample="CR0")
    assert shown.std_errors["att"] == pytest.approx(record["att_error"], rel=1e-3)


def test_three_doses_by_hand():
    """Doses 1, 2, 3 with changes 1, 3, 3 and 3, 5, 3, untreated change 1: line through means 2, 4, 3."""
    dose = np.array([1, 1, 2, 2, 3, 3, 0, 0.0])
    change = np.array([1, 3, 3, 5, 3, 3, 0, 2.0])
    rows = [(u, t, 2 if dose[u] else np.nan, change[u] * (t == 2), dose[u]) for u in range(8) for t in (1, 2)]
    frame = pd.DataFrame(rows, columns=["unit", "t", "g", "y", "d"]).assign(city=lambda f: f["unit"] // 2)
    made = found(frame, degree=1, at=[1.0, 2.0, 3.0])
    params = made.estimate.params
    assert params["att"] == pytest.approx(3.0 - 1.0)
    assert params["acrt"] == pytest.approx(0.5)
    assert np.allclose(params[list(made.level)], [1.5, 2.0, 2.5])
    assert np.allclose(params[list(made.slope)], 0.5)


def test_a_known_curve_comes_back_without_noise():
    rng = np.random.default_rng(4)
    dose = np.r_[rng.uniform(0.2, 1, 60), np.zeros(20)]
    start = np.r_[rng.integers(3, 6, 60), np.zeros(20)]
    level = rng.normal(size=80)
    rows = [
        (
            u,
            t,
            start[u] or np.nan,
            level[u] + 0.3 * t + (t >= start[u] > 0) * (2 * dose[u] - dose[u] ** 3),
            dose[u],
        )
        for u in range(80)
        for t in range(1, 8)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "t", "g", "y", "d"]).assign(city=lambda f: f["unit"] % 9)
    made = found(frame.sample(frac=1, random_state=2).reset_index(drop=True), at=[0.4, 0.6, 0.9])
    at = np.array([0.4, 0.6, 0.9])
    params = made.estimate.params
    assert np.allclose(params[list(made.level)], 2 * at - at**3)
    assert np.allclose(params[list(made.slope)], 2 - 3 * at**2)
    leads = made.estimate.terms["kind"] == "lead"
    assert leads.any() and np.allclose(params[leads.to_numpy()], 0, atol=1e-12)


@pytest.mark.parametrize("overall", ["simple", "group"])
def test_influence_is_the_derivative_by_the_weight_of_a_hospital(overall):
    frame = stored_panel("staggered").assign(w=1.0)
    frame = frame[~frame["unit"].isin([3, 50]) | (frame["t"] != 4)].reset_index(drop=True)

    def params(unit, step):
        weighed = frame.assign(w=np.where(frame["unit"] == unit, 1 + step, 1.0))
        options = {"degree": 2, "knots": [0.5], "at": STORED["at"], "overall": overall}
        return found(weighed, designed(weighed, weights="w"), **options).estimate

    base = params(0, 0.0)
    names = base.clusters["unit"].names
    for unit in (3, 45, 50, 100):
        moved = (params(unit, 1e-5).params - params(unit, -1e-5).params).to_numpy() / 2e-5
        assert np.allclose(moved, base.influence["unit"][names.index(str(unit))], atol=1e-8)
    summed = np.zeros_like(base.influence["city"])
    cities = [base.clusters["city"].names.index(str(int(name) % 12)) for name in names]
    np.add.at(summed, cities, base.influence["unit"])
    assert np.allclose(summed, base.influence["city"])


def test_the_overall_level_is_that_of_group_time():
    frame = stored_panel("staggered")
    design = designed(frame)
    mine = infer(found(frame, design).estimate, cluster="unit").tidy().set_index("term")
    other = infer(estimate(design, frame["y"].to_numpy(), estimator="group_time"), cluster="unit")
    other = other.tidy().set_index("term")
    for column in ("estimate", "std_error"):
        assert mine.loc["att", column] == pytest.approx(other.loc["att", column], rel=1e-9)
    assert mine.loc["event_time=0", "estimate"] == pytest.approx(other.loc["event_time=0", "estimate"])
    assert mine.loc["event_time=0", "std_error"] == pytest.approx(other.loc["event_time=0", "std_error"])


def test_scale_of_the_dose_moves_the_slope_alone():
    frame = stored_panel("staggered")
    one, ten = found(frame, at=[0.4, 0.7]), found(frame.assign(d=10 * frame["d"]), at=[4.0, 7.0])
    assert np.allclose(one.estimate.params[list(one.level)], ten.estimate.params[list(ten.level)])
    slopes = (
        one.estimate.params[list(one.slope)].to_numpy(),
        ten.estimate.params[list(ten.slope)].to_numpy(),
    )
    assert np.allclose(slopes[0], 10 * slopes[1])


def test_bands_and_the_jackknife_work_on_it():
    frame = stored_panel("staggered")
    made = found(frame, degree=2, at=STORED["at"])
    shown = infer(made.estimate, cluster="city")
    band = inferred_band(shown, seed=1, terms=list(made.level), n_draws=199)
    ends = shown.conf_int().loc[list(made.level)]
    assert (band.conf_low <= ends["lower"] + 1e-12).all() and (band.conf_high >= ends["upper"] - 1e-12).all()
    assert np.isfinite(infer(made.estimate, cluster="city", small_sample="CR3").std_errors["acrt"])


def test_a_dose_that_one_cohort_does_not_reach_says_so():
    frame = stored_panel("staggered")
    frame = frame.assign(d=np.where(frame["g"] == 3, np.minimum(frame["d"], 0.6), frame["d"]))
    made = found(frame, degree=1, at=[0.5, 0.8])
    notes = made.estimate.terms.set_index("term")["note"]
    assert notes[made.level[0]] == "" and notes[made.level[1]] == "1 of 2 cohorts reach this dose"
    unasked = found(frame, degree=1)
    assert unasked.at[-1] == pytest.approx(0.6) and unasked.at[0] > 0.2


def test_splines_are_those_of_their_definition():
    basis = DoseBasis(0.0, 1.0, (0.5,), 2)
    at = np.linspace(0, 1, 11)
    assert np.allclose(basis.values(at).sum(1), 1) and np.allclose(basis.slopes(at).sum(1), 0)
    step = 1e-6
    inside = np.array([0.2, 0.4, 0.7])
    difference = (basis.values(inside + step) - basis.values(inside - step)) / (2 * step)
    assert np.allclose(difference, basis.slopes(inside), atol=1e-7)
    assert basis.values(np.array([0.25]))[0] == pytest.approx([0.25, 0.625, 0.125, 0.0])


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        (lambda d: np.where(d > 0, 0.5, d), {}, "all treated hospitals have the same, 0.5"),
        (lambda d: np.where(d > 0, np.nan, d), {}, "no treated hospital has one"),
        (lambda d: -d, {}, "below zero or infinite"),
        (
            lambda d: np.where(d > 0, np.where(d > 0.5, 0.8, 0.3), d),
            {},
            "more doses than the curve has terms",
        ),
        (lambda d: d, {"at": [0.5, 1.4]}, "outside the doses of the treated"),
        (lambda d: d, {"degree": 0}, "is 0"),
        (lambda d: d, {"overall": "mean"}, "unknown"),
        (
            lambda d: np.where(d > 0, np.where(d > 0.5, 0.8, 0.3), d),
            {"degree": 1, "knots": 2},
            "fall together",
        ),
    ],
)
def test_doses_that_make_no_curve_are_refused(change, options, told):
    frame = stored_panel("staggered")
    with pytest.raises(DesignError, match=told):
        found(frame.assign(d=change(frame["d"].to_numpy())), **options)


def test_treated_hospitals_without_a_dose_leave_with_an_entry():
    frame = stored_panel("staggered")
    units = frame.loc[frame["g"] == 3, "unit"].unique()
    frame = frame.assign(d=frame["d"].where(frame["unit"] != units[2]))
    frame = frame.assign(d=np.where(frame["unit"] == units[3], 0.0, frame["d"]))
    made = found(frame).estimate
    rules = [entry.rule for entry in made.ledger.entries]
    assert rules[-2:] == ["dose_missing", "dose_zero"]
    assert sum("treated hospitals are left out" in text for text in made.warnings) == 2
    without = frame[~frame["unit"].isin(units[2:4])].reset_index(drop=True)
    assert made.params["att"] == pytest.approx(found(without).estimate.params["att"])
