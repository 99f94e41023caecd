"""Cells: what the engine makes is what pandas makes of the same cases, and bad input is refused in words."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.panel.case_frame import cells_from_frame
from dipeval.panel.case_query import case_cells
from dipeval.panel.outcomes import outcome_values
from dipeval.store.engine import Engine
from dipeval.vocabulary import outcomes

OUTCOMES = ["mean_log_total_cost", "length_of_stay", "mortality", "cost_per_case", "mean_age"]
COVARIATES = ["age_group", "sex", "comorbidity", "surgery", "diagnosis_category"]
WINDOW = {"frequency": "month", "start": "2019-01", "end": "2019-06"}


def invented(n=900, seed=3) -> pd.DataFrame:
    """Clean discharges of one city, some without an age, a sex or a diagnosis, some that cost nothing."""
    rng = np.random.default_rng(seed)

    def gaps(values, share=0.05):
        return np.where(rng.random(n) < share, None, values)

    return pd.DataFrame(
        {
            "hospital": rng.choice(["H1", "H2", "H3"], n),
            "discharge_date": pd.Timestamp("2018-12-20") + pd.to_timedelta(rng.integers(0, 210, n), "D"),
            "sex": gaps(rng.choice(["male", "female"], n)),
            "age": pd.array(gaps(rng.integers(0, 95, n) + 0.5), "Float64"),
            "principal_diagnosis": gaps(rng.choice(["I63.9", "I63.1", "J18.9"], n)),
            "principal_procedure": gaps(rng.choice(["47.0", "99.1"], n), 0.6),
            "secondary_diagnoses": gaps(
                rng.choice(["I10", "I10;E11", "I10;E11;J44;N18", "a;b;c;d;e;f"], n), 0.4
            ),
            "disposition": rng.choice(["home", "home", "death"], n),
            "care_days": rng.integers(1, 40, n),
            "total_cost": rng.integers(0, 2, n) * rng.lognormal(13, 1, n).astype("int64"),
            "sampled": rng.choice([1.5, 20.0], n),
        }
    )


def words_of(frame: pd.DataFrame) -> pd.DataFrame:
    """The same covariates and outcomes by pandas alone."""
    ages = pd.cut(frame["age"].astype(float), [0, 7, 18, 30, 40, 50, 60, 70, 80, 200], right=False)
    names = dict(
        zip(ages.cat.categories, "0-6 7-17 18-29 30-39 40-49 50-59 60-69 70-79 80+".split(), strict=True)
    )
    count = frame["secondary_diagnoses"].fillna("").map(lambda t: len(t.split(";")) if t else 0)
    steps = pd.cut(count, [0, 1, 3, 6, 99], right=False, labels=["0", "1-2", "3-5", "6+"])
    cost = frame["total_cost"] / 100
    return pd.DataFrame(
        {
            "hospital": frame["hospital"],
            "period": frame["discharge_date"].dt.strftime("%Y-%m"),
            "age_group": ages.map(names).astype(object),
            "sex": frame["sex"],
            "comorbidity": steps.astype(object),
            "surgery": np.where(frame["principal_procedure"].isna(), "no", "yes"),
            "diagnosis_category": frame["principal_diagnosis"].str[:3],
            "sampled": frame["sampled"],
            "mean_log_total_cost": np.log(cost.where(cost > 0)),
            "length_of_stay": frame["care_days"].astype(float),
            "mortality": (frame["disposition"] == "death").astype(float),
            "cost_per_case": cost,
            "mean_age": frame["age"].astype(float),
        }
    )


def make(tmp_path, cities, threads=2, **options):
    paths = {}
    for name, frame in cities.items():
        paths[name] = tmp_path / f"{name}.parquet"
        frame.to_parquet(paths[name])
    asked = {"outcomes": OUTCOMES, "covariates": COVARIATES, **WINDOW} | options
    with Engine(threads=threads, temp_directory=tmp_path / "engine") as engine:
        return case_cells(engine, paths, **asked)


def as_frame(cells) -> pd.DataFrame:
    """Cells as a frame of words, in the order of these."""
    made = cells.periods.iloc[cells.row][["hospital", "period"]].reset_index(drop=True)
    for name in sorted(cells.codes):
        made[name] = [cells.levels[name][k] if k >= 0 else "missing" for k in cells.codes[name]]
    if cells.weights is not None:
        made["weight"] = cells.weights
    keys = list(made.columns)
    made["cases"] = cells.n
    for name, found in cells.outcomes.items():
        made[f"n_{name}"], made[f"mean_{name}"], made[f"within_{name}"] = found.n, found.mean, found.within
    return made.sort_values(keys, ignore_index=True)


def test_the_engine_makes_what_pandas_makes(tmp_path):
    frame = invented()
    inside = words_of(frame)
    inside = inside[inside["period"].between("2019-01", "2019-06")]
    theirs = cells_from_frame(
        inside,
        hospital="hospital",
        period="period",
        outcomes=OUTCOMES,
        covariates=COVARIATES,
        weights="sampled",
    )
    mine = make(tmp_path, {"a": frame}, weights="sampled")
    assert mine.n_cases == len(inside) < len(frame) and (mine.outcomes[OUTCOMES[0]].n < mine.n).any()
    pd.testing.assert_frame_equal(as_frame(mine), as_frame(theirs), rtol=1e-8, atol=1e-7, check_dtype=False)
    assert (as_frame(mine) == "missing").to_numpy().sum() > 20
    assert mine.n_cells < mine.n_cases


def test_threads_and_the_order_of_rows_change_nothing(tmp_path):
    frame = invented()
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    one = make(tmp_path / "one", {"a": frame}, threads=1)
    two = make(tmp_path / "two", {"a": frame.sample(frac=1, random_state=1)}, threads=2)
    pd.testing.assert_frame_equal(as_frame(one), as_frame(two), check_exact=True)
    assert (one.row == two.row).all() and one.levels == two.levels


def test_by_groups_of_hospitals_they_are_the_same(tmp_path, monkeypatch):
    """Many cells are made of some hospitals at a time; where the cuts fall changes nothing."""
    cities = {"a": invented(), "b": invented(seed=4)}
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    whole = make(tmp_path / "one", cities)
    monkeypatch.setattr("dipeval.panel.case_query.PART_CELLS", 250)
    parts = make(tmp_path / "two", cities)
    pd.testing.assert_frame_equal(whole.periods, parts.periods)
    assert (whole.row == parts.row).all() and (whole.n == parts.n).all()
    for name in COVARIATES:
        assert (whole.codes[name] == parts.codes[name]).all()
    for name in OUTCOMES:
        np.testing.assert_array_equal(whole.outcomes[name].within, parts.outcomes[name].within)


def test_cities_share_levels_and_quarters_hold_months(tmp_path):
    frame = invented()
    there = frame.assign(principal_diagnosis="C34.1")
    both = make(tmp_path, {"b": frame, "a": there}, frequency="quarter", start="2019Q1", end="2019Q2")
    assert both.levels["diagnosis_category"] == ("C34", "I63", "J18")
    assert list(both.periods["unit"].unique()) == [f"{c}/H{k}" for c in "ab" for k in (1, 2, 3)]
    assert list(both.periods["period"].unique()) == ["2019Q1", "2019Q2"]
    months = frame["discharge_date"].dt.strftime("%Y-%m").between("2019-01", "2019-06").sum()
    assert both.periods["cases"].sum() == 2 * months == both.n_cases


def test_means_of_a_hospital_period_are_the_outcomes_of_the_panel(tmp_path):
    """Cells added up give the numbers of the panel's own definition."""
    cells = make(tmp_path, {"a": invented()}, covariates=["sex"])
    found = cells.outcomes["cost_per_case"]
    total = np.bincount(cells.row, found.n * found.mean)
    panel = cells.periods.assign(discharges=cells.periods["cases"], total_cost=np.rint(100 * total))
    values, _ = outcome_values(panel, outcomes()["cost_per_case"])
    np.testing.assert_allclose(total / panel["cases"], values, rtol=1e-12)


def test_own_age_groups(tmp_path):
    cells = make(tmp_path, {"a": invented()}, covariates=["age_group"], age_limits=[18, 60])
    assert cells.levels["age_group"] == ("0-17", "18-59", "60+")


def test_every_problem_of_the_words_is_listed(tmp_path):
    with pytest.raises(DataError) as fault:
        make(
            tmp_path,
            {"a": invented()},
            outcomes=["drug_share", "log_cost_per_case", "cost"],
            covariates=["sexe", "sex", "sex"],
            age_limits=[60, 18],
        )
    text = str(fault.value)
    assert "outcome drug_share: is a ratio of sums" in text and "outcome cost: is no outcome" in text
    assert "did you mean 'sex'" in text and "covariate sex: is named twice" in text and "not in order" in text
    assert len(fault.value.problems) == 6


def test_columns_that_a_city_lacks(tmp_path):
    frame = invented()
    with pytest.raises(DataError) as fault:
        make(tmp_path, {"a": frame, "b": frame.drop(columns=["sex", "disposition"])}, weights="sampling")
    problems = [(p.where, p.what) for p in fault.value.problems]
    assert problems == [
        ("city a", "has no column 'sampling'"),
        ("city b", "has no column 'deaths'"),
        ("city b", "has no column 'sex'"),
        ("city b", "has no column 'sampling'"),
    ]


def test_weights_and_windows_that_cannot_be(tmp_path):
    with pytest.raises(DataError, match="missing, infinite, zero or below"):
        make(tmp_path, {"a": invented().assign(sampled=0.0)}, weights="sampled")
    with pytest.raises(DataError, match="none is discharged between 2030-01 and 2030-02"):
        make(tmp_path, {"a": invented()}, start="2030-01", end="2030-02")


def test_a_frame_that_cannot_be_cells():
    frame = words_of(invented())
    frame.loc[0, "hospital"] = None
    frame.loc[1, "length_of_stay"] = np.inf
    frame["sampled"] = 0.0
    with pytest.raises(DataError) as fault:
        cells_from_frame(
            frame, hospital="hospital", period="period", outcomes=["length_of_stay"], weights="sampled"
        )
    assert [p.where for p in fault.value.problems] == [
        "column hospital",
        "column length_of_stay",
        "column sampled",
    ]
    with pytest.raises(DataError, match="did you mean 'mortality'"):
        cells_from_frame(frame, hospital="hospital", period="period", outcomes=["mortalty"])
    with pytest.raises(DataError, match="varies within a hospital and period"):
        cells_from_frame(
            frame.dropna(subset="hospital"),
            hospital="hospital",
            period="period",
            outcomes=["mortality"],
            keep=["sex"],
        )


def test_cells_are_read_only_and_move_to_other_rows():
    cells = cells_from_frame(
        words_of(invented()), hospital="hospital", period="period", outcomes=["length_of_stay"]
    )
    with pytest.raises(ValueError, match="read-only"):
        cells.n[0] = 1
    part = cells.periods[cells.periods["hospital"] == "H2"]
    moved = cells.on(part.sort_values("period", ascending=False))
    kept = moved.row >= 0
    assert moved.n[kept].sum() == part["cases"].sum() and (cells.periods["hospital"] == "H2").any()
    again = moved.periods["hospital"].to_numpy()[moved.row[kept]]
    assert (again == "H2").all() and (
        np.bincount(moved.row[kept], moved.n[kept]) == moved.periods["cases"]
    ).all()


def test_a_day_of_the_window_belongs_to_its_period(tmp_path):
    frame = invented().assign(discharge_date=pd.Timestamp(datetime.date(2019, 6, 30)))
    cells = make(tmp_path, {"a": frame})
    assert list(cells.periods["period"].unique()) == ["2019-06"] and cells.n_cases == len(frame)
