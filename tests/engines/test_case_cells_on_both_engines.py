"""Cells of cases: the same whole numbers on both engines; logarithms agree to their last digit or the one before."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.estimate.cases import estimate_cases
from dipeval.infer import infer
from dipeval.panel.case_query import case_cells
from dipeval.store.engine import Engine

OUTCOMES = ("mean_log_total_cost", "length_of_stay", "mortality", "mean_age")
COVARIATES = ("age_group", "sex", "comorbidity", "surgery", "diagnosis_category")


@pytest.fixture(scope="module")
def stays(tmp_path_factory):
    """Clean discharges of eight hospitals, some of them without an age, a sex or a diagnosis."""
    rng = np.random.default_rng(8)
    n = 1500

    def gaps(values):
        return np.where(rng.random(n) < 0.05, None, values)

    frame = pd.DataFrame(
        {
            "hospital": np.array([f"H{k}" for k in range(8)], object)[rng.integers(0, 8, n)],
            "discharge_date": pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 180, n), "D"),
            "sex": gaps(rng.choice(["male", "female"], n)),
            "age": pd.array(gaps(rng.integers(0, 950, n) / 10), "Float64"),
            "principal_diagnosis": gaps(rng.choice(["I63.9", "i63.1", "J18.9"], n)),
            "principal_procedure": gaps(rng.choice(["47.0", "99.1"], n)),
            "secondary_diagnoses": gaps(rng.choice(["I10", "I10;E11", "I10;E11;J44;N18"], n)),
            "disposition": rng.choice(["home", "home", "death"], n),
            "care_days": rng.integers(1, 40, n),
            "total_cost": rng.integers(0, 9, n) * rng.lognormal(13, 1, n).astype("int64"),
            "sampled": rng.choice([1.5, 20.0], n),
        }
    )
    frame["discharge_date"] = frame["discharge_date"].dt.date
    place = tmp_path_factory.mktemp("stays") / "stays.parquet"
    frame.to_parquet(place, index=False)
    return place


def cells_by(engine, stays):
    asked = {"frequency": "quarter", "start": "2019Q1", "end": "2019Q2", "weights": "sampled"}
    return case_cells(engine, {"a": stays}, outcomes=OUTCOMES, covariates=COVARIATES, **asked)


def effect(cells):
    frame = cells.periods.assign(start=np.where(cells.periods["hospital"] > "H4", None, "2019Q2"))
    columns = {"unit": "hospital", "time": "period", "cohort": "start", "clusters": ["hospital"]}
    design = build_design(frame, **columns)
    return infer(estimate_cases(design, cells, outcome="mean_log_total_cost"), cluster="hospital").tidy()


def test_both_engines_make_the_same_cells(spark, tmp_path, stays, monkeypatch):
    """One engine makes them at once, the other by groups of hospitals."""
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        one = cells_by(embedded, stays)
    monkeypatch.setattr("dipeval.panel.case_query.PART_CELLS", 600)
    two = cells_by(spark, stays)
    pd.testing.assert_frame_equal(one.periods, two.periods, check_dtype=False)
    assert one.levels == two.levels and one.n_cells > 600
    for name in ("row", "n", "weights"):
        assert (getattr(one, name) == getattr(two, name)).all(), name
    for name in COVARIATES:
        assert (one.codes[name] == two.codes[name]).all(), name
    for name in OUTCOMES:
        here, there = one.outcomes[name], two.outcomes[name]
        assert (here.n == there.n).all()
        exact = name != "mean_log_total_cost"
        for part in ("mean", "within"):
            np.testing.assert_allclose(
                getattr(here, part),
                getattr(there, part),
                rtol=0 if exact else 1e-9,
                atol=0 if exact else 1e-9,
            )
    numbers = ["estimate", "std_error", "p_value"]
    pd.testing.assert_frame_equal(effect(one)[numbers], effect(two)[numbers], rtol=1e-8)
