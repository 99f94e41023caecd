"""Synthetic difference-in-differences and synthetic control against synthdid 0.0.9, and its optimum."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.estimate.sample import make_sample
from dipeval.estimate.synthetic.block import control_weights, difference_weights
from dipeval.estimate.synthetic.estimators import block_of
from dipeval.estimate.synthetic.joint import joint_weights
from dipeval.estimate.synthetic.series import series_of
from dipeval.infer import infer

KINDS = {"synthdid": "synthetic_difference", "sc": "synthetic_control"}


@pytest.fixture(scope="module")
def panels(shared):
    folder = shared / "reference" / "data"
    california = pd.read_csv(folder / "california_prop99.csv")
    california = california.rename(columns={"State": "unit", "PacksPerCapita": "y"})
    california["start"] = np.where(california["unit"] == "California", 1989, np.nan)
    hospitals = pd.read_csv(folder / "hospital_panel_full.csv")
    hospitals = hospitals[hospitals["cohort"].isin([0, 20])]
    hospitals = hospitals.rename(columns={"hospital": "unit", "month": "Year", "log_cost": "y"})
    hospitals["start"] = hospitals["cohort"].replace(0, np.nan)
    return {"ca": california, "hospital20": hospitals.reset_index(drop=True)}


def design_of(frame, clusters=("unit",), **options):
    return build_design(
        frame,
        unit="unit",
        time="Year",
        cohort="start",
        clusters=list(clusters),
        event_window=(-5, 28),
        **options,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("panel", ["ca", "hospital20"])
def test_the_package(panels, reference, panel, kind):
    """Points and the whole curve, with the steps and the early stop of the package."""
    record, frame = reference("synthdid")[f"{panel}_{kind}"], panels[panel]
    found = estimate(design_of(frame), frame["y"], estimator=KINDS[kind], solver="published", horizons="all")
    assert found.params["att"] == pytest.approx(record["estimate"], rel=1e-10)
    curve = [found.params[f"event_time={k}"] for k in range(len(record["effect_curve"]))]
    np.testing.assert_allclose(curve, [p["effect"] for p in record["effect_curve"]], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("panel", ["ca", "hospital20"])
def test_weights_of_the_package(panels, reference, panel):
    record, frame = reference("synthdid")[f"{panel}_synthdid"], panels[panel]
    series = series_of(make_sample(design_of(frame), frame["y"], (), "y", "test"))
    cohort = series.cohort[~series.donors][0]
    block, which = block_of(series, cohort)
    assert block.ridge == pytest.approx(record["zeta_omega"], rel=1e-12)
    weights = difference_weights(block, "published")
    by_name = dict(zip([series.names[k] for k in which], weights.donors, strict=False))
    assert by_name == pytest.approx({str(w["unit"]): w["w"] for w in record["omega"]}, rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(weights.periods, [w["w"] for w in record["lambda"]], rtol=1e-9, atol=1e-12)


def objective(block, weights):
    donors = block.donors[:, : block.n_before].T
    gap = donors @ weights - block.path[: block.n_before]
    return (gap**2).sum()


def test_the_optimum_lies_beyond_where_the_package_stops(panels, reference):
    """A hundred times further, the package comes nearer to the optimum, which is certified here."""
    records, frame = reference("synthdid"), panels["ca"]
    exact = estimate(design_of(frame), frame["y"], estimator="synthetic_difference").params["att"]
    tight = records["ca_synthdid_tight"]["estimate"]
    assert exact == pytest.approx(tight, abs=3e-5)
    assert abs(exact - tight) < abs(exact - records["ca_synthdid"]["estimate"]) / 50
    series = series_of(make_sample(design_of(frame), frame["y"], (), "y", "test"))
    block, which = block_of(series, series.cohort[~series.donors][0])
    mine = control_weights(block)
    theirs = {w["unit"]: w["w"] for w in records["ca_sc_tight"]["omega"]}
    reached = np.array([theirs[series.names[k]] for k in which[:-1]])
    assert mine.are_optimal and objective(block, mine.donors) < objective(block, reached)


def test_one_treated_unit_has_no_error_by_clusters(panels):
    frame = panels["ca"]
    rows = infer(estimate(design_of(frame), frame["y"], estimator="synthetic_control"), cluster="unit").tidy()
    assert rows["std_error"].isna().all()
    assert (
        rows.loc[rows["estimate"].notna(), "note"].str.contains("a single treated unit: no error by it").all()
    )


def test_cities_instead_of_hospitals(panels):
    """The mean of a city's hospitals is a unit: the same as estimating on means."""
    frame = panels["hospital20"]
    means = frame.groupby(["city", "Year"], as_index=False).agg(y=("y", "mean"), start=("start", "first"))
    whole = estimate(
        design_of(frame, ("city", "unit")), frame["y"], estimator="synthetic_difference", units="city"
    )
    small = build_design(
        means, unit="city", time="Year", cohort="start", clusters=["city"], event_window=(-5, 28)
    )
    alone = estimate(small, means["y"], estimator="synthetic_difference")
    np.testing.assert_allclose(whole.params, alone.params, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(whole.influence["city"], alone.influence["city"], atol=1e-13)
    assert set(whole.influence) == {"city"} and whole.n_hospitals == 100


def test_what_cannot_be_done(panels):
    frame = panels["ca"].copy()
    early = design_of(frame.assign(start=frame["start"].where(frame["start"].isna(), 1971)))
    with pytest.raises(DesignError, match=r"has 1 period\(s\) before the reform"):
        estimate(early, frame["y"], estimator="synthetic_difference")
    design = design_of(frame)
    hole = frame["y"].where(~((frame["unit"] == "California") & (frame["Year"] == 1980)))
    with pytest.raises(DesignError, match="no treated hospital is observed in every period"):
        estimate(design, hole, estimator="synthetic_difference")
    with pytest.raises(DesignError, match="option units"):
        estimate(design, frame["y"], estimator="synthetic_difference", units="citty")
    holes = frame["y"].where((frame["unit"] == "California") | (frame["Year"] != 1975))
    with pytest.raises(DesignError, match="there are no donors"):
        estimate(design, holes, estimator="synthetic_control")


def test_covariates_are_taken_off_with_their_slope_among_donors(panels):
    frame = panels["hospital20"]
    design = build_design(
        frame, unit="unit", time="Year", cohort="start", clusters=["unit"], covariates=["casemix"]
    )
    found = estimate(design, frame["y"], estimator="synthetic_difference")
    donors = frame[frame["start"].isna()]
    table = donors.pivot(index="unit", columns="Year")
    y, x = (
        table[name].to_numpy()
        - table[name].mean(axis=1).to_numpy()[:, None]
        - table[name].mean().to_numpy()
        + table[name].to_numpy().mean()
        for name in ("y", "casemix")
    )
    adjusted = frame["y"] - (x * y).sum() / (x * x).sum() * frame["casemix"]
    plain = estimate(design, adjusted, estimator="synthetic_difference", covariates=[])
    np.testing.assert_allclose(found.params, plain.params, rtol=1e-10, atol=1e-12)
    assert (
        abs(
            found.params["att"]
            - estimate(design, frame["y"], estimator="synthetic_difference", covariates=[]).params["att"]
        )
        > 1e-6
    )


def test_joint_covariates_of_the_package(panels, reference):
    record, frame = reference("synthdid")["hospital20_synthdid_x"], panels["hospital20"]
    design = build_design(
        frame,
        unit="unit",
        time="Year",
        cohort="start",
        clusters=["unit"],
        covariates=["casemix"],
        event_window=(-5, 28),
    )
    found = estimate(
        design,
        frame["y"],
        estimator="synthetic_difference",
        covariates_by="joint",
        solver="published",
        horizons="all",
    )
    assert found.params["att"] == pytest.approx(record["estimate"], rel=1e-10)
    curve = [found.params[f"event_time={k}"] for k in range(len(record["effect_curve"]))]
    np.testing.assert_allclose(curve, [p["effect"] for p in record["effect_curve"]], rtol=1e-9, atol=1e-12)
    sample = make_sample(design, frame["y"], None, "y", "test")
    series = series_of(sample, projected=False)
    block, which = block_of(series, series.cohort[~series.donors][0])
    _, weights = joint_weights(block, series.covariates[:, which], "published")
    assert weights.slopes == pytest.approx(record["beta"], rel=1e-9)
    by_name = dict(zip([series.names[k] for k in which], weights.donors, strict=False))
    assert by_name == pytest.approx({str(w["unit"]): w["w"] for w in record["omega"]}, rel=1e-9, abs=1e-12)
    settled, mine = joint_weights(block, series.covariates[:, which])
    assert mine.are_optimal
    again = difference_weights(settled, "exact", (block.ridge, block.noise))
    np.testing.assert_allclose(again.donors, mine.donors, atol=1e-7)
    with pytest.raises(DesignError, match="covariates_by"):
        estimate(design, frame["y"], estimator="synthetic_difference", covariates_by="both")
