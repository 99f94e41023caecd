"""Two-stage estimates against R's did2s, the two regressions as one dense system, and by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer

RECORDS = [
    "did2s_df_hom_static",
    "did2s_df_hom_static_cl_unit",
    "did2s_df_hom_es",
    "did2s_df_hom_static_w",
    "did2s_mpdta_static",
    "did2s_mpdta_es",
    "did2s_mpdta_es_post_only",
    "did2s_hospital_static_hospital",
    "did2s_hospital_static_city",
    "did2s_hospital_static_x_w_hospital",
    "did2s_hospital_static_x_w_city",
    "did2s_hospital_es_hospital",
    "did2s_hospital_es_city",
]


def word(call, name):
    """The value of an argument in a stored call, or None."""
    return call.split(f'{name}="')[1].split('"')[0] if f'{name}="' in call else None


@pytest.fixture(scope="module")
def panels(shared, hospitals, counties):
    homogeneous = pd.read_csv(shared / "reference" / "data" / "df_hom.csv.gz")
    return {
        "mpdta": (counties, "countyreal", "year", "start", "lemp"),
        "hospital": (hospitals, "hospital", "month", "cohort", "log_cost"),
        "df": (
            homogeneous.assign(start=homogeneous["g"].where(homogeneous["g"] > 0)),
            *("unit", "year", "start", "dep_var"),
        ),
    }


def test_no_record_is_left_out(reference):
    stored = {name for name in reference("did2s_didimputation") if name.startswith("did2s")}
    assert stored == set(RECORDS)


@pytest.mark.parametrize("record", RECORDS)
def test_every_stored_record(record, reference, panels):
    stored = reference("did2s_didimputation")[record]
    call, cluster = stored["call"], word(stored["call"], "cluster_var")
    frame, unit, time, cohort, outcome = panels[record.split("_")[1]]
    design = build_design(
        frame,
        unit=unit,
        time=time,
        cohort=cohort,
        clusters=[cluster],
        covariates=["casemix"] if "~casemix" in call else [],
        weights=word(call, "weights"),
    )
    result = estimate(design, frame[outcome], estimator="two_stage", horizons="all")
    rows = infer(result, cluster=cluster, small_sample="CR0").tidy().set_index("term")
    for value in stored["estimates"]:
        static = "static" in record
        row = rows.loc["att" if static else f"event_time={value['term'].split('::')[1]}"]
        assert row["estimate"] == pytest.approx(value["estimate"], rel=1e-8)
        assert row["std_error"] == pytest.approx(value["std_error"], rel=1e-6)
        assert row["conf_low"] == pytest.approx(value["ci_low"], rel=1e-6)
        assert row["conf_high"] == pytest.approx(value["ci_high"], rel=1e-6)
    assert result.n_obs == stored["n"]


def draw(seed):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(24 * 9), 9)
    city = unit // 3
    start = np.array([4, 6, np.inf, 4, 7, np.inf, 6, np.inf])[city]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": city, "start": start})
    frame["w"], frame["x"] = rng.uniform(0.3, 4, len(unit)), rng.normal(size=len(unit))
    frame["y"] = rng.normal(size=len(unit)) + 0.2 * frame["x"] + (time >= start) * 0.5
    return frame[rng.random(len(unit)) < 0.85].reset_index(drop=True)


def build(frame, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    return build_design(frame, **columns | {"event_window": (-3, 3)} | options)


@pytest.mark.parametrize("weighted", [False, True])
def test_one_dense_system(weighted):
    frame = draw(2)
    design = build(frame, covariates=["x"], weights="w" if weighted else None)
    aggregate = ["overall", "event_time", "cohort", "period"]
    result = infer(
        estimate(design, frame["y"], estimator="two_stage", aggregate=aggregate), small_sample="CR0"
    )
    w = frame["w"].to_numpy() if weighted else np.ones(len(frame))
    z = np.hstack([pd.get_dummies(frame["unit"]), pd.get_dummies(frame["time"]), frame[["x"]]]).astype(float)
    treated = (frame["time"] >= frame["start"]).to_numpy()
    first = np.where(treated[:, None], 0.0, z)
    inverse = np.linalg.pinv(first.T @ (w[:, None] * first))
    left = frame["y"].to_numpy() - z @ (inverse @ first.T @ (w * frame["y"]))
    event = (frame["time"] - frame["start"]).to_numpy()
    picks = {"att": treated, "event_time=-3": event == -3, "event_time=2": event == 2}
    picks |= {
        "cohort=6": treated & (frame["start"] == 6).to_numpy(),
        "period=7": treated & (frame["time"] == 7).to_numpy(),
    }
    for term, rows in picks.items():
        share = w * rows / (w * rows).sum()
        mean = share @ left
        score = share * (left - mean) - w * (first @ (inverse @ (z.T @ share))) * np.where(treated, 0, left)
        error = np.sqrt((pd.Series(score).groupby(frame["city"]).sum() ** 2).sum())
        assert result.params[term] == pytest.approx(mean, rel=1e-9)
        assert result.std_errors[term] == pytest.approx(error, rel=1e-8)


def test_two_by_two_by_hand():
    """Changes of 3 and 5 against 1 and 0; the pre-period of the treated is fitted exactly."""
    rows = [
        (h, t, s, y)
        for h, s, ys in (("a", 2, (1, 4)), ("b", 2, (2, 7)))
        for t, y in zip((1, 2), ys, strict=True)
    ]
    rows += [
        (h, t, None, y) for h, ys in (("c", (3, 4)), ("d", (5, 5))) for t, y in zip((1, 2), ys, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "time", "start", "y"])
    design = build_design(
        frame, unit="unit", time="time", cohort="start", clusters=["unit"], event_window=(-1, 1)
    )
    result = infer(estimate(design, frame["y"], estimator="two_stage"), cluster="unit", small_sample="CR0")
    assert result.params["att"] == pytest.approx(3.5, rel=1e-12)
    # own part ±1 / 2 for a and b, change of ±0.5 / 2 for c and d
    assert result.std_errors["att"] == pytest.approx(np.sqrt(2 * 0.5**2 + 2 * 0.25**2), rel=1e-12)


def test_points_after_the_reform_are_those_of_imputation():
    frame = draw(3)
    design = build(frame, covariates=["x"], weights="w")
    mine = estimate(design, frame["y"], estimator="two_stage")
    theirs = estimate(design, frame["y"], estimator="imputation")
    terms = ["att", *(f"event_time={e}" for e in range(4)), "cohort=4", "cohort=6"]
    np.testing.assert_allclose(mine.params[terms], theirs.params[terms], rtol=1e-10)


def test_rows_without_counterfactual_are_named():
    frame = draw(4)
    frame.loc[(frame["unit"] == 0) & (frame["time"] < 4), "y"] = np.nan
    result = infer(estimate(build(frame), frame["y"], estimator="two_stage"))
    rows = result.tidy().set_index("term")
    lost = ((frame["unit"] == 0) & (frame["time"] >= 4)).sum()
    total = ((frame["start"] == 4) & (frame["time"] >= 4)).sum()
    assert rows.loc["cohort=4", "note"].startswith(
        f"{lost} of {total} hospital-periods have no counterfactual"
    )
    assert "no_counterfactual" in {entry.rule for entry in result.ledger}


def test_a_covariate_that_only_the_treated_have_is_refused():
    frame = draw(5)
    frame["bonus"] = np.where(frame["time"] >= frame["start"], frame["x"], 0.0)
    row = (
        infer(estimate(build(frame, covariates=["bonus"]), frame["y"], estimator="two_stage")).tidy().iloc[0]
    )
    assert np.isnan(row["estimate"]) and "a covariate takes values" in row["note"]


@pytest.mark.parametrize(
    ("options", "words"), [({"aggregate": ["cell"]}, "option aggregate"), ({"horizons": "some"}, "horizons")]
)
def test_options(options, words):
    frame = draw(6)
    with pytest.raises(DesignError, match=words):
        estimate(build(frame), frame["y"], estimator="two_stage", **options)
