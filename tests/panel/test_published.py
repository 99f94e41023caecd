"""Published totals: computed exactly, compared to the printed digit, named when they disagree."""

import numpy as np
import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.ledger import Ledger
from dipeval.panel.hospital_panel import HospitalPanel
from dipeval.panel.published import check_published, require_published
from dipeval.study.model import Published


@pytest.fixture
def panel():
    frame = pd.DataFrame(
        {
            "city": "x",
            "hospital": ["a", "b", "c", "a"],
            "period": ["2019", "2019", "2019", "2018"],
            "hospital_type": ["acute", "acute", "psychiatry", "acute"],
            "discharges": [100, 50, 30, 90],
            "total_cost": pd.array([1_000_05, 2_000_00, None, 9_999_99], dtype="Int64"),
            "staff_full_time": [10.1, 0.2, np.nan, 7.0],
        }
    )
    return HospitalPanel.from_frame(frame, frequency="year", currency="CHF", source="panel", ledger=Ledger())


def total(value, statistic="sum", column="", denominator="", where=None, per=1, round_to=1, period="2019"):
    return Published(
        "item",
        "项目",
        value,
        period,
        statistic,
        column,
        denominator,
        where or {},
        per,
        round_to,
        "a yearbook",
    )


@pytest.mark.parametrize(
    ("declared", "rounded", "computed"),
    [
        (total("3", "hospitals"), "3", 3),
        (total("2", "hospitals", where={"hospital_type": "acute"}), "2", 2),
        (total("3,000", column="total_cost"), "3,000", 3000.05),
        (total("3’000.05", column="total_cost", round_to=0.01), "3,000.05", 3000.05),
        (total("3.00", column="total_cost", per=1000, round_to=0.01), "3.00", 3.00005),
        (total("10.3", column="staff_full_time", round_to=0.1), "10.3", 10.3),
        (total("180", column="discharges"), "180", 180),
        (total("17", "ratio", "total_cost", "discharges"), "17", 3000.05 / 180),
        (total("20", "ratio", "total_cost", "discharges", round_to=10), "20", 3000.05 / 180),
        (total("10,000", column="total_cost", period="2018"), "10,000", 9999.99),
    ],
)
def test_statistics(panel, declared, rounded, computed):
    row = check_published(panel, [declared]).iloc[0]
    assert (row["published"], row["rounded"], row["agrees"]) == (declared.value, rounded, True)
    assert row["computed"] == pytest.approx(computed, rel=1e-12)


def test_halves_are_rounded_up_as_in_print(panel):
    panel.frame.loc[panel.frame["period"] == "2018", "discharges"] = 85
    row = check_published(panel, [total("0.9", column="discharges", period="2018", per=100, round_to=0.1)])
    assert row.loc[0, "agrees"]


def test_the_last_digit_counts(panel):
    assert not check_published(panel, [total("3,001", column="total_cost")]).loc[0, "agrees"]
    assert not check_published(panel, [total("10.2", column="staff_full_time", round_to=0.1)]).loc[
        0, "agrees"
    ]


def test_all_that_disagree_are_named(panel):
    wrong = [total("4", "hospitals"), total("3", "hospitals"), total("1", column="discharges")]
    with pytest.raises(DataError) as caught:
        require_published(panel, wrong)
    assert len(caught.value.problems) == 2
    assert "4 was published (a yearbook), 3 comes out" in str(caught.value)
    assert len(require_published(panel, wrong[1:2])) == 1


def test_nothing_to_compute_never_agrees(panel):
    absent = total("0", column="total_cost", where={"hospital_type": "psychiatry"})
    checked = check_published(panel, [absent, total("0", "hospitals", period="2001")])
    assert checked["agrees"].tolist() == [False, False] and checked["computed"].isna().all()


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        (total("1"), "a sum needs a column"),
        (total("1", "ratio", "total_cost"), "a ratio needs a denominator"),
        (total("1", column="drug_cost"), "no column 'drug_cost'"),
        (total("about 1", "hospitals"), "'about 1' is no number"),
    ],
)
def test_a_total_that_cannot_be_computed_is_a_fault_of_the_study(panel, declared, said):
    with pytest.raises(StudyError, match=said):
        check_published(panel, [declared])
