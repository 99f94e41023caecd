"""Effects by group of patients: cases of an engine become hospitals by group, compared as groups of hospitals are."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.errors import DataError
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["patient_heterogeneity"]
EFFECT = {"employee": -0.3, "resident": -0.1}
DRIFT = {"employee": 0.0, "resident": 0.05}


@pytest.fixture(scope="module")
def insured():
    """6,000 stays of 20 hospitals in five cities over six months; three cities are reformed, in April or May."""
    rng = np.random.default_rng(8)
    n = 6000
    hospital, month = rng.integers(0, 20, n), rng.integers(1, 7, n)
    city, scheme = hospital // 4, rng.choice(["employee", "resident", "uninsured"], n, p=[0.45, 0.45, 0.1])
    start = np.array([4, 5, 4, 99, 99])[city]
    effect = np.vectorize(EFFECT.get)(scheme, 0.0) * (month >= start)
    drift = np.vectorize(DRIFT.get)(scheme, 0.0) * month
    mean = np.exp(9 + 0.2 * rng.normal(size=20)[hospital] + drift + effect + 0.02 * rng.normal(size=n))
    stays = pd.DataFrame(
        {
            "city": np.array(list("abcde"), object)[city],
            "hospital": [f"H{k:02d}" for k in hospital],
            "discharge_date": [datetime.date(2021, m, 15) for m in month],
            "total_cost": np.round(100 * mean).astype("int64"),
            "insurance_type": scheme,
            "age": rng.integers(20, 90, n),
        }
    )
    panel = stays.assign(
        period=[f"2021-{m:02d}" for m in month], unit=stays["city"] + "/" + stays["hospital"]
    )
    panel = panel.groupby(["city", "hospital", "unit", "period"], as_index=False).size()
    starts = panel["city"].map({"a": "2021-04", "b": "2021-05", "c": "2021-04"})
    panel = panel.rename(columns={"size": "discharges"}).assign(cohort=starts)
    design = build_design(
        panel.assign(hospital=panel["unit"]),
        unit="hospital",
        time="period",
        cohort="cohort",
        clusters=["city"],
        n_cases="discharges",
        event_window=(-3, 2),
    )
    with Engine(memory_limit="500MB", threads=1) as engine:
        tables = {name: engine.small_table(part.drop(columns="city")) for name, part in stays.groupby("city")}
        cases = cases_of(tables, "month", "2021-01", "2021-06")
        yield Given(panel, "month", "2021-01", "2021-06", "CNY", True, {}, engine, cases=cases, design=design)


def asked(**options) -> DescriptionChoice:
    plain = {name: key.default for name, key in KIND.keys.items()}
    bins = options.pop("bins", {})
    told = {**plain, "outcomes": ("mean_log_total_cost",), "tests": ("hotelling",), **options}
    return DescriptionChoice("shown", "patient_heterogeneity", told, {}, bins)


def test_schemes_have_their_effects_against_their_own_trends(insured):
    choice = asked(by="insurance_type", levels=("employee", "resident"))
    forest, table = KIND.make(insured, choice)
    assert np.allclose(forest.frame["value"][:2], (-0.3, -0.1), atol=0.02)
    assert forest.frame["label_zh"][0] != "employee"
    assert any("stays are in no group" in note for note in forest.notes_en)
    assert table.frame.set_index("row").loc["hotelling", "value"] < 0.01
    treated = table.frame[table.frame["column"] == "hospitals"].set_index("row")["value"]
    assert treated.to_dict() == {"employee": 12, "resident": 12, "pooled": 12}
    shared, _ = KIND.make(
        insured, asked(by="insurance_type", levels=("employee", "resident"), trends="common")
    )
    assert shared.frame["value"][1] > -0.08  # residents' own drift is taken for an effect


def test_classes_of_age_are_groups(insured):
    forest, _ = KIND.make(insured, asked(by="age", bins={"age": (40.0, 65.0)}))
    assert len(forest.frame) == 4
    assert np.isfinite(forest.frame["value"]).all()


def test_levels_that_nobody_has_and_one_level_are_refused(insured):
    with pytest.raises(DataError, match="is no level of insurance_type"):
        KIND.make(insured, asked(by="insurance_type", levels=("employee", "residents")))
    with pytest.raises(DataError, match="has 1 level"):
        KIND.make(insured, asked(by="insurance_type", levels=("employee",)))
