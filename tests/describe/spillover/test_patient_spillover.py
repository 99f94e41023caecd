"""Kind ``patient_spillover`` on cases: by scheme, and by where patients are insured."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["patient_spillover"]


@pytest.fixture(scope="module")
def given(engine):
    """Twelve hospitals, six of them reformed in 2019: residents cost 20 % less from then on, inbound patients 10 %."""
    rng, rows = np.random.default_rng(6), []
    for h in range(12):
        reformed, level = h < 6, rng.normal(9, 0.3)
        for year in range(2016, 2022):
            for i in range(40):
                inbound = i % 4 == 0
                gain = (-0.1 if inbound else -0.2) * (reformed and year >= 2019)
                cost = int(100 * np.exp(level + 0.3 * inbound + gain + rng.normal(0, 0.05)))
                place = None if i == 1 else ("elsewhere" if inbound else "here")
                scheme = "self_pay" if inbound else "employee"
                rows.append(("c", f"h{h:02d}", f"{year}-06-15", cost, place, "here", scheme))
    names = ["city", "hospital", "discharge_date", "total_cost", "insured_place", "treatment_place"]
    cases = pd.DataFrame(rows, columns=[*names, "insurance_type"])
    cases["discharge_date"] = pd.to_datetime(cases["discharge_date"])
    cases = cases.assign(total_cost=cases["total_cost"].astype("Int64"))
    units = cases["hospital"].unique()
    panel = pd.DataFrame({"hospital": np.repeat(units, 6), "period": np.tile(np.arange(2016, 2022), 12)})
    panel["unit"], panel["city"] = "c/" + panel["hospital"], "c"
    panel["cohort"] = np.where(panel["hospital"] < "h06", "2019", None)
    panel = panel.assign(period=panel["period"].astype(str), discharges=40)
    design = build_design(
        panel, unit="unit", time="period", cohort="cohort", clusters=["unit"], n_cases="discharges"
    )
    table = engine.small_table(cases)
    table = table.mutate(discharge_date=table.discharge_date.cast("date"))
    return Given(panel, "year", "2016", "2021", "CNY", engine=engine, cases=table, design=design)


def choice_of(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    told = {"outcomes": ("mean_log_total_cost",), "estimator": "twfe", "cluster": "hospital"}
    return DescriptionChoice("spilled", "patient_spillover", plain | told | options, heading="effects")


def forest(given, **options):
    made = {exhibit.name: exhibit for exhibit in KIND.make(given, choice_of(**options))}
    return made["spilled_mean_log_total_cost"].frame.set_index("label_en")["value"]


def test_residents_and_inbound_patients(given):
    value = forest(given, within="residence")
    assert value["Effect, the same patients elsewhere compared"] == pytest.approx(-0.2, abs=0.02)
    assert value["Effect on the other patients"] == pytest.approx(-0.1, abs=0.03)
    assert value["Effect, other patients of the hospital compared"] == pytest.approx(-0.1, abs=0.03)
    assert value["Difference of both"] == pytest.approx(0.1, abs=0.03)


def test_groups_by_words_are_the_same_patients(given):
    words = {"eligible": ("employee",), "comparison": ("self_pay",)}
    value = forest(given, within="insurance_type", **words)
    # those without a place of insurance are among the insured here, and lacking there
    assert value.to_numpy() == pytest.approx(forest(given, within="residence").to_numpy(), abs=0.01)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"within": "residence", "eligible": ("here",)}, "residence has its own"),
        ({"within": "insurance_type"}, "names no word"),
        ({"within": "level", "eligible": ("a",), "comparison": ("b",)}, "is no column"),
    ],
)
def test_groups_that_are_none_are_refused(given, options, told):
    with pytest.raises(DataError, match=told):
        KIND.make(given, choice_of(**options))
