"""Windows of time: which rows they cover, effects that stand on them, and dates that are not in the panel."""

import numpy as np
import pytest

from dipeval.check.exclusions.periods import exclude_periods
from dipeval.check.exclusions.windows import Window, known_windows
from dipeval.errors import DataError


def test_a_period_is_left_out_where_some_day_of_it_lies_inside(world):
    rows = world(cities=4, periods=14)
    here = Window("w", ("w", "w"), "2019-03", "2019-04")
    assert set(rows.loc[here.covers(rows), "period"]) == {"2019-03", "2019-04"}
    quarters = rows.assign(period="2019Q1")
    assert here.covers(quarters).all()
    assert not Window("w", ("w", "w"), "2019-04", "2019-05").covers(quarters).any()
    there = Window("w", ("w", "w"), "2019", "2019", ("city01",))
    assert set(rows.loc[there.covers(rows), "city"]) == {"city01"} and there.covers(rows).sum() == 4 * 12


def test_known_windows_say_where_their_dates_are_from():
    for window in known_windows().values():
        assert window.start <= window.end and window.source[0] and window.source[1]


def test_the_epidemic_is_left_out_unless_others_are_named(sound, asked):
    found = exclude_periods(sound, asked("exclude_periods"))
    assert found.verdict == "passed" and len(found.effects) == 1
    # 2020-01 to 2020-06 of 48 hospitals
    table = found.exhibits[1].frame
    assert table.loc[table["column"] == "rows", "value"].tolist() == [6 * 48]
    inside = sound.rows["period"].between("2020-01", "2020-06").to_numpy()
    assert found.effects[0].value == pytest.approx(sound.fit(inside).params.iloc[0], rel=1e-12)


def test_windows_of_single_cities_and_all_together(sound, asked):
    told = {
        "flood": {"start": "2019-05", "end": "2019-06", "cities": ["city00"], "source": "news"},
        "covid_2020": {"end": "2020-04"},
    }
    found = exclude_periods(sound, asked("exclude_periods", windows=told))
    rows = found.exhibits[1].frame
    assert rows.loc[rows["column"] == "rows", "value"].tolist() == [8, 4 * 48, 8 + 4 * 48]
    assert "First COVID-19 wave (2020-01 to 2020-04)" in found.effects[1].label[0]


def test_an_effect_that_stands_on_the_window_fails(world, studied, asked):
    def in_the_wave(rows):
        return np.where(
            (rows["e"] >= 0) & (rows["period"] >= "2020-01") & (rows["period"] <= "2020-06"), -2.0, 0.0
        )

    found = exclude_periods(studied(world(effect=in_the_wave)), asked("exclude_periods"))
    assert found.verdict == "failed" and "no longer apart from zero" in found.sentence[0]


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        ({"mine": {"start": "2019-03"}}, "windows.mine.end: is missing"),
        ({"mine": {"start": "2019-03", "end": "2019-02", "source": "x"}}, "lies before"),
        ({"mine": {"start": "2015-03", "end": "2015-04", "source": "x"}}, "covers no row"),
        ({"covid_2022_reopening": {}}, "covers no row"),
        ({"covid_shanghai_2022": {}}, "name the cities"),
        ({"covid_2020": {"cities": ["citi00"]}}, "city00"),
    ],
)
def test_windows_that_cannot_be(sound, asked, windows, said):
    with pytest.raises(DataError, match=said):
        exclude_periods(sound, asked("exclude_periods", windows=windows))


def test_a_panel_outside_all_known_windows_says_so(world, studied, asked):
    early = world(cities=4, periods=12, starts=(5,))
    with pytest.raises(DataError, match="outside all known windows"):
        exclude_periods(studied(early), asked("exclude_periods"))
