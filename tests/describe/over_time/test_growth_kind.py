"""Growth from year to year, compound growth and the cap, by hand."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.over_time.growth import compound, growth
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.present import draw, tabulate
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["growth"]
COSTS = {"tertiary": (10_000, 10_400, 11_440), "secondary": (5_000, 5_500, 5_225)}


def panel(months=False, few=200):
    rows = []
    for level, costs in COSTS.items():
        for year, cost in zip((2018, 2019, 2020), costs, strict=True):
            for period in [f"{year}-{m:02d}" for m in range(1, 13)] if months else [str(year)]:
                for i in range(2):
                    n = few if (level, year) == ("secondary", 2018) else 200
                    rows.append(("a", f"{level}{i}", period, level, n, n * cost * 100))
    return pd.DataFrame(rows, columns=["city", "hospital", "period", "level", "discharges", "total_cost"])


def made(frame, start="2018", end="2020", frequency="year", **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    asked = {**plain, "outcomes": ("cost_per_case",), "by": "level", **options}
    given = Given(frame, frequency, start, end, "CNY", True)
    return KIND.make(given, DescriptionChoice("grown", "growth", asked))


def test_growth_by_hand():
    assert growth(np.array([100.0, 110.0, 99.0]))[1:] == pytest.approx([0.1, -0.1])
    assert growth(np.log([100.0, 110.0]), logarithms=True)[1] == pytest.approx(0.1)
    assert np.isnan(growth(np.array([0.0, 5.0, np.nan, 3.0]))).all()
    assert compound(np.array([100.0, 7.0, 121.0]), 2) == pytest.approx(0.1)
    assert np.isnan(compound(np.array([-1.0, 1.0]), 1))


def test_the_table_and_the_cap():
    table, picture = made(panel(), cap=0.05)
    cells = table.frame.set_index(["row", "column"])["value"]
    assert cells["tertiary", "2019"] == pytest.approx(0.04) and cells["tertiary", "2020"] == pytest.approx(
        0.1
    )
    assert cells["secondary", "2020"] == pytest.approx(-0.05)
    assert cells["tertiary", "compound"] == pytest.approx(1.144**0.5 - 1)
    assert (cells["tertiary", "above"], cells["secondary", "above"]) == (1, 1)
    assert cells["all", "2019"] == pytest.approx(15_900 / 15_000 - 1)
    assert picture.options["reference"] == 0.05 and len(picture.frame) == 3
    assert any("5.0% a year" in note for note in table.notes_en)
    text = tabulate(gate(table)[0], "zh")["md"].decode()
    assert "年均（2018–2020）" in text and "10.0%" in text
    assert draw(gate(picture)[0], "en")["svg"]


def test_only_whole_years_count():
    table, _ = made(panel(months=True), start="2018-01", end="2020-06", frequency="month")
    assert set(table.frame["column"]) == {"2019", "compound"}
    assert any("Left out" in note and "2020" in note for note in table.notes_en)
    yearly, _ = made(panel(), end="2019")
    assert table.frame["value"].to_numpy() == pytest.approx(yearly.frame["value"].to_numpy())
    with pytest.raises(DataError, match="growth needs two"):
        made(panel(months=True), start="2018-01", end="2019-06", frequency="month")
    with pytest.raises(DataError, match="2017 is no whole year"):
        made(panel(), first="2017")


def test_few_cases_of_one_year_hold_back_all_that_is_made_of_it():
    table, _ = made(panel(few=3), cap=0.05)
    frame = gate(table)[0].exhibit.frame
    held = frame[frame["suppressed"]]
    assert held[["row", "column"]].to_numpy().tolist() == [
        ["secondary", "2019"],
        ["secondary", "compound"],
        ["secondary", "above"],
    ]
    assert frame.loc[(frame["row"] == "secondary") & (frame["column"] == "2020"), "value"].notna().all()
