"""Trends and growth on the Swiss key figures, against sums made here."""

import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate


@pytest.fixture(scope="module")
def panel(swiss):
    frame = swiss.report.panel.frame
    return frame[frame["period"].between(swiss.study.start, swiss.study.end)].reset_index(drop=True)


def made(swiss, panel, name):
    (choice,) = [c for c in swiss.study.descriptions if c.name == name]
    given = Given(panel, swiss.study.frequency, swiss.study.start, swiss.study.end, "CHF")
    return KINDS[choice.kind].make(given, choice)


def sums(panel, column, **where):
    for name, value in where.items():
        panel = panel[panel[name] == value]
    known = panel[panel[column].notna() & panel["discharges"].notna()]
    whole = known.groupby("period")[[column, "discharges"]].sum().astype("float64")
    return whole[column] / whole["discharges"]


def test_growth_of_cost_per_case(swiss, panel):
    table, bars = made(swiss, panel, "pace")
    cells = table.frame.set_index(["row", "column"])["value"]
    acute = sums(panel, "total_cost", hospital_type="acute")
    assert cells["acute", "2012"] == pytest.approx(acute["2012"] / acute["2011"] - 1)
    assert cells["acute", "compound"] == pytest.approx((acute["2019"] / acute["2010"]) ** (1 / 9) - 1)
    each = acute.pct_change().dropna()
    assert cells["acute", "above"] == (each > 0.05).sum()
    assert bars.options["reference"] == 0.05
    released, withheld = gate(table)
    assert not released.exhibit.frame["suppressed"].all() and len(withheld) < len(table.frame)


def test_length_of_stay_falls_where_case_payment_began(swiss, panel):
    (exhibit,) = made(swiss, panel, "index")
    index = exhibit.frame.set_index(["group", "x"])["value"]
    stay = sums(panel, "care_days", hospital_type="acute")
    assert index["acute", "2019"] == pytest.approx(100 * stay["2019"] / stay["2011"])
    assert index.xs("2011", level="x").to_numpy() == pytest.approx(100)
    assert index["acute", "2019"] < 90
