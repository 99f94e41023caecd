"""Traits of patients through the engine: by hand against pandas, and the mix of diagnoses."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.kinds.patient_mix import check
from dipeval.check.selection.case_traits import case_traits, expected_trait, share_traits
from dipeval.errors import DataError
from dipeval.panel.case_words import case_outcome
from dipeval.store.engine import Engine

KEYS = ["city", "hospital", "period"]
MEANS = {"A01": 4, "B02": 8, "C03": 16}


@pytest.fixture(scope="module")
def engine():
    with Engine(memory_limit="500MB", threads=1) as opened:
        yield opened


def patients(frame: pd.DataFrame, light: float = 0.0, seed: int = 4) -> pd.DataFrame:
    """Cases behind a panel; from the reform on a share of them has the light diagnosis instead of its own."""
    rng = np.random.default_rng(seed)
    made = []
    for row in frame.to_dict("records"):
        n = 25
        word = rng.choice(list(MEANS), n)
        if row["after"]:
            word = np.where(rng.random(n) < light, "A01", word)
        days = np.array([MEANS[w] for w in word]) + rng.integers(-1, 2, n)
        made.append(
            pd.DataFrame(
                {
                    **{name: row[name] for name in KEYS},
                    "care_days": days,
                    "principal_diagnosis": [f"{w}.100" for w in word],
                    "secondary_diagnoses": rng.choice(["", "E11", "E11;I10", None], n),
                    "sex": rng.choice(["female", "male"], n),
                    "age": rng.integers(20, 90, n).astype(float),
                    "insurance_type": rng.choice(["employee", "resident"], n),
                }
            )
        )
    return pd.concat(made, ignore_index=True)


def test_means_and_shares_equal_pandas(engine, make_stays):
    frame = make_stays(cities=4, hospitals=1, periods=5)
    cases = patients(frame)
    table = engine.small_table(cases)
    grouped = cases.assign(
        listed=cases["secondary_diagnoses"].fillna("").map(lambda s: len(s.split(";")) if s else 0),
        female=cases["sex"] == "female",
        resident=cases["insurance_type"] == "resident",
    ).groupby(KEYS)
    expected = frame[KEYS].merge(
        grouped[["listed", "female", "age", "resident"]].mean().reset_index(), on=KEYS, how="left"
    )
    made = {one.name: one for one in case_traits(engine, table, frame)}
    assert list(made) == ["age", "sex", "secondary_diagnoses"]  # no procedure is recorded
    for name, column in (("age", "age"), ("sex", "female"), ("secondary_diagnoses", "listed")):
        np.testing.assert_allclose(made[name].values, expected[column])
    (share,) = share_traits(engine, table, frame, ["insurance_type"], {}, {})
    assert share.name == "insurance_type=resident"
    np.testing.assert_allclose(share.values, expected["resident"])
    with pytest.raises(DataError, match="cannot move within hospitals"):
        share_traits(engine, engine.small_table(cases.assign(level=cases["city"])), frame, ["level"], {}, {})
    with pytest.raises(DataError, match="principal_procedure"):
        case_traits(engine, table, frame, ["surgery"])


def test_expectation_by_diagnosis_equals_pandas(engine, make_stays):
    frame = make_stays(cities=4, hospitals=1, periods=6)
    cases = patients(frame, 0.5)
    untreated = ~frame["after"].to_numpy()
    outcome = case_outcome("length_of_stay")
    made = expected_trait(
        engine, engine.small_table(cases), frame, untreated, outcome, ("Expected", "期望"), "days"
    )
    placed = cases.merge(frame[[*KEYS, "after"]], on=KEYS)
    word = placed["principal_diagnosis"].str[:3]
    means = placed[~placed["after"]].groupby(word)["care_days"].mean().round(3)
    by_row = placed.assign(m=word.map(means)).groupby(KEYS)["m"].mean().reset_index()
    np.testing.assert_allclose(made.values, frame[KEYS].merge(by_row, on=KEYS, how="left")["m"])


def test_lighter_patients_are_blamed_and_taken_out(engine, make_stays, make_subject, ask):
    frame = make_stays(cities=8, hospitals=1, periods=8, effect=0.0)
    cases = patients(frame, 0.5)
    sums = cases.groupby(KEYS)["care_days"].agg(["size", "sum"]).reset_index()
    panel = frame.drop(columns=["discharges", "care_days"]).merge(sums, on=KEYS)
    panel = panel.rename(columns={"size": "discharges", "sum": "care_days"})
    subject = make_subject(panel, estimator="twfe", engine=engine, cases=engine.small_table(cases))
    options = {"traits": ("age",), "shares": (), "diagnoses": True, "tolerance": 0.25}
    found = check(subject, ask("who", "patient_mix", **options))
    assert found.verdict == "failed"
    assert "expected by diagnosis" in found.sentence[0]
    assert subject.main.params.iloc[0] < -2
    assert found.effects[0].value == pytest.approx(0, abs=0.3)
