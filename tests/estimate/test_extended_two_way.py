"""Extended two-way effects against R's etwfe, dense matrices and the imputation estimator."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

AGGREGATES = ["overall", "event_time", "cohort", "period"]
RECORDS = [
    "mpdta_nox_notyet",
    "mpdta_nox_never",
    "mpdta_lpop_notyet",
    "mpdta_lpop_never",
    "mpdta_lpop_ivar_notyet",
    "mpdta_lpop_ivar_never",
    "mpdta_w_lpop",
    "hospital_quarter_notyet",
    "hospital_quarter_never",
    "hospital_quarter_x_notyet",
    "hospital_quarter_x_never",
]
# etwfe takes derivatives numerically: about 1e-6 relative, as the head of its stored values says
NUMERICAL = 1e-5


@pytest.fixture(scope="module")
def quarters(shared):
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_quarter_panel.csv")
    return frame.assign(start=frame["gq"].where(frame["gq"] > 0))


def covariates(record):
    if record.startswith("hospital"):
        return ["log_beds"] if "_x_" in record else []
    return ["lpop"] if record.startswith("mpdta_lpop") else []


@pytest.mark.parametrize("record", RECORDS)
def test_every_linear_record(record, reference, county_design, counties, quarters):
    stored = reference("etwfe")[record]
    comparison = "never_treated" if record.endswith("never") else "not_yet_treated"
    options = {"covariates": covariates(record), "comparison": comparison}
    if record.startswith("hospital"):
        columns = {"unit": "hospital", "time": "quarter", "cohort": "start", "clusters": ["city"]}
        design, outcome = build_design(quarters, **columns, **options), quarters["log_cost"]
    else:
        weights = "lpop" if record == "mpdta_w_lpop" else None
        design, outcome = county_design(weights=weights, **options), counties["lemp"]
    effects = "hospital" if "ivar" in stored["call"] else "cohort"
    result = estimate(
        design,
        outcome,
        estimator="extended_two_way",
        effects=effects,
        aggregate=AGGREGATES,
        horizons="all",
        mean_over="rows",
    )
    rows = infer(result, cluster=design_cluster(design)).tidy().set_index("term")
    names = {"simple": None, "group": "cohort", "calendar": "period", "event": "event_time"}
    for kind, name in names.items():
        assert stored[kind]
        for value in stored[kind]:
            key = {"group": ("first_treat", "gq"), "calendar": ("year", "quarter"), "event": ("event",)}
            label = next((value[k] for k in key.get(kind, ()) if k in value), None)
            row = rows.loc["att" if name is None else f"{name}={label}"]
            if value["std_error"] is None:
                assert row["is_reference"] and row["estimate"] == 0
                continue
            assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
            assert row["std_error"] == pytest.approx(value["std_error"], rel=NUMERICAL)


def design_cluster(design):
    return next(iter(design.clusters))


def test_poisson_is_not_this_estimator(reference):
    """The one record of another model; its estimator is an issue of its own."""
    assert set(reference("etwfe")) - set(RECORDS) == {"mpdta_poisson"}


def draw(seed, full=False):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 8), 8)
    city = unit // 3
    start = np.array([4, 6, np.inf, 4, 5, np.inf, 6, np.inf])[city]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.3, 4, len(unit)), rng.normal(size=len(unit))
    frame["y"] = rng.normal(size=len(unit)) + 0.2 * frame["x"] + (time >= start) * (0.5 + 0.3 * frame["x"])
    return frame if full else frame[rng.random(len(unit)) < 0.85].reset_index(drop=True)


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("effects", ["hospital", "cohort"])
def test_dense_matrices_with_a_covariate_that_varies(effects, weighted):
    frame = draw(3)
    design = build(frame, covariates=["x"], weights="w" if weighted else None)
    result = estimate(
        design, frame["y"], estimator="extended_two_way", effects=effects, aggregate=[*AGGREGATES, "cell"]
    )
    result = infer(result, small_sample="CR0")
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    x = frame["x"].to_numpy()[:, None]
    pairs = [(g, t) for g in (4, 5, 6) for t in range(g, 8)]
    cells = np.column_stack([(frame["start"] == g) & (frame["time"] == t) for g, t in pairs]).astype(float)
    periods = pd.get_dummies(frame["time"]).to_numpy(float)
    level = pd.get_dummies(frame["unit" if effects == "hospital" else "start"]).to_numpy(float)
    parts = [cells, cells * x, periods, periods * x, level]
    z = np.hstack(parts if effects == "hospital" else [*parts, level * x])
    y = frame["y"].to_numpy()
    root = np.sqrt(w)[:, None]
    inverse = np.linalg.pinv(root * z, rcond=1e-12)
    beta = inverse @ (root[:, 0] * y)
    residual = y - z @ beta
    bread = inverse @ inverse.T
    scores = pd.DataFrame(z * (w * residual)[:, None]).groupby(frame["city"]).sum().to_numpy() @ bread
    after = (frame["time"] >= frame["start"]).to_numpy()
    picks = {
        "att": after,
        "event_time=1": (frame["time"] - frame["start"] == 1).to_numpy(),
        "cohort=6": after & (frame["start"] == 6).to_numpy(),
        "period=5": after & (frame["time"] == 5).to_numpy(),
        "cohort=4,period=7": ((frame["start"] == 4) & (frame["time"] == 7)).to_numpy(),
    }
    k = len(pairs)
    for term, rows in picks.items():
        share = np.r_[(w * rows) @ cells, (w * rows) @ (cells * x), np.zeros(z.shape[1] - 2 * k)]
        share = share / (w * rows).sum()
        assert result.params[term] == pytest.approx(share @ beta, rel=1e-8)
        assert result.std_errors[term] == pytest.approx(np.sqrt(((scores @ share) ** 2).sum()), rel=1e-7)


def test_balanced_points_are_those_of_imputation_and_of_cohort_effects():
    frame = draw(5, full=True)
    mine = estimate(build(frame), frame["y"], estimator="extended_two_way")
    imputed = estimate(build(frame), frame["y"], estimator="imputation")
    terms = ["att", *(f"event_time={e}" for e in range(4)), "cohort=4", "cohort=5", "cohort=6"]
    np.testing.assert_allclose(mine.params[terms], imputed.params[terms], rtol=1e-10)
    by_cohort = estimate(build(frame), frame["y"], estimator="extended_two_way", effects="cohort")
    np.testing.assert_allclose(by_cohort.params, mine.params, rtol=1e-10)


def test_never_treated_comparison_is_the_saturated_event_study():
    frame = draw(6)
    design = build(frame, comparison="never_treated")
    mine = infer(estimate(design, frame["y"], estimator="extended_two_way"))
    theirs = infer(estimate(design, frame["y"], estimator="sun_abraham"))
    np.testing.assert_allclose(mine.params, theirs.params, rtol=1e-10)
    np.testing.assert_allclose(mine.std_errors, theirs.std_errors, rtol=1e-10)
    assert list(mine.terms["is_reference"]) == list(theirs.terms["is_reference"])


def test_periods_without_comparison_are_nan_and_left_out_of_averages():
    frame = draw(7, full=True)
    frame = frame[np.isfinite(frame["start"])]
    result = estimate(build(frame), frame["y"], estimator="extended_two_way", aggregate=[*AGGREGATES, "cell"])
    rows = infer(result).tidy().set_index("term")
    assert rows.loc[["period=6", "cohort=6", "cohort=4,period=7"], "estimate"].isna().all()
    assert rows.loc["cohort=6", "note"].startswith("not identified: no comparison hospital")
    assert "are not identified and are left out" in rows.loc["att", "note"]
    early = frame[frame["time"] < 6].assign(start=lambda f: f["start"].where(f["start"] < 6))
    same = estimate(build(early), early["y"], estimator="extended_two_way")
    assert result.params["att"] == pytest.approx(same.params["att"], rel=1e-10)


def test_cross_sections_without_hospitals():
    frame = draw(8).drop(columns="unit")
    columns = {"unit": None, "time": "time", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, event_window=(-3, 3), sampling="cross_sections")
    result = estimate(design, frame["y"], estimator="extended_two_way", effects="cohort")
    cells = frame.groupby(["start", "time"])["y"].mean()
    untreated = frame[frame["time"] < frame["start"]]
    z = np.hstack([pd.get_dummies(untreated[c]) for c in ("start", "time")]).astype(float)
    levels = np.linalg.lstsq(z, untreated["y"], rcond=None)[0]
    # a saturated cell leaves its own rows no say in the levels: cohort 4 in period 7
    names = [*sorted(untreated["start"].unique()), *sorted(untreated["time"].unique())]
    level = dict(zip(names[:4], levels[:4], strict=True))[4.0] + levels[4 + 7]
    cell = estimate(design, frame["y"], estimator="extended_two_way", effects="cohort", aggregate=["cell"])
    assert cell.params["cohort=4,period=7"] == pytest.approx(cells[4.0, 7] - level, rel=1e-9)
    assert np.isfinite(result.params["att"])
    with pytest.raises(DesignError, match='effects="cohort"'):
        estimate(design, frame["y"], estimator="extended_two_way")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"aggregate": ["event"]}, "option aggregate"),
        ({"effects": "unit"}, "option effects"),
        ({"horizons": 3}, "option horizons"),
        ({"mean_over": "row"}, "did you mean 'rows'"),
    ],
)
def test_options(options, words):
    frame = draw(9)
    with pytest.raises(DesignError, match=words):
        estimate(build(frame), frame["y"], estimator="extended_two_way", **options)


def test_more_covariates_than_cohorts_can_bear_stay_nan_or_right():
    """A constant covariate adds nothing: the same points, and no silent blow-up."""
    frame = draw(10).assign(one=2.5)
    plain = estimate(build(frame), frame["y"], estimator="extended_two_way")
    same = estimate(build(frame, covariates=["one"]), frame["y"], estimator="extended_two_way")
    np.testing.assert_allclose(plain.params, same.params, rtol=1e-9)
