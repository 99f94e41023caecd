"""The panel's type: what it refuses, and how it puts rows in order."""

import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel


def frame(**changes) -> pd.DataFrame:
    plain = {
        "city": ["b", "a", "a"],
        "hospital": ["1", "2", "2"],
        "period": ["2019-01", "2019-02", "2019-01"],
        "discharges": [1, 2, 3],
        "total_cost": [10, 20, 30],
    }
    return pd.DataFrame({**plain, **changes})


def panel(rows: pd.DataFrame, frequency: str = "month", **options) -> HospitalPanel:
    told = {"currency": "CNY", "source": "discharges", "ledger": Ledger(), **options}
    return HospitalPanel.from_frame(rows, frequency=frequency, **told)


def test_rows_are_sorted_and_the_given_frame_is_left_alone():
    given = frame()
    before = given.copy()
    made = panel(given)
    assert made.frame["discharges"].tolist() == [3, 2, 1]
    assert given.equals(before)
    assert (made.hospitals, made.periods) == (2, ["2019-01", "2019-02"])


def test_a_hospital_month_twice():
    with pytest.raises(DataError, match="a hospital-month twice") as error:
        panel(frame(period=["2019-01"] * 3))
    assert error.value.problems[0].evidence == ("a / 2 / 2019-01",)


def test_the_same_code_in_two_cities_is_two_hospitals():
    assert panel(frame(hospital=["1", "1", "2"], period=["2019-01"] * 3)).hospitals == 3


@pytest.mark.parametrize(
    ("labels", "frequency"),
    [
        (["2019-13", "2019-01", "2019-02"], "month"),
        (["2019", "2019-01", "2019-02"], "month"),
        (["2019Q5", "2019Q1", "2019Q2"], "quarter"),
        (["2019-01", "2019", "2018"], "year"),
    ],
)
def test_labels_of_another_frequency(labels, frequency):
    with pytest.raises(DataError, match=f"no {frequency}") as error:
        panel(frame(period=labels), frequency)
    assert error.value.problems[0].evidence == (labels[0],)


def test_empty_keys():
    with pytest.raises(DataError) as error:
        panel(frame(hospital=["1", None, ""]))
    assert (error.value.problems[0].where, error.value.problems[0].count) == ("panel, column hospital", 2)


def test_money_is_whole():
    with pytest.raises(ValueError, match="total_cost"):
        panel(frame(total_cost=[1.0, 2.0, 3.0]))
    nullable = pd.array([1, None, 3], dtype="Int64")
    assert panel(frame(total_cost=nullable)).frame["total_cost"].isna().sum() == 1


def test_mistakes_of_the_caller():
    with pytest.raises(ValueError, match="sorted"):
        HospitalPanel(frame(), "month", "CNY", "discharges", Ledger())
    with pytest.raises(ValueError, match="discharges"):
        panel(frame().drop(columns="discharges"))
    for wrong in ({"frequency": "week"}, {"source": "guess"}):
        with pytest.raises(ValueError, match="unknown"):
            panel(frame(), **wrong)
