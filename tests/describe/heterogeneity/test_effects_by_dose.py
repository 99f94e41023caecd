"""Effects by intensity as a study asks for them: curves, table, warnings, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.describe.heterogeneity.doses import doses_of
from dipeval.describe.registry import KINDS
from dipeval.errors import DataError, DesignError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["dose_response"]


def asked(**options) -> DescriptionChoice:
    plain = {name: getattr(key, "default", None) for name, key in KIND.keys.items()}
    told = {"outcomes": ("log_cost_per_case",), "dose": "fund_share", "seed": 1, "draws": 199, "degree": 1}
    return DescriptionChoice("shown", "dose_response", {**plain, **told, **options})


@pytest.fixture(scope="module")
def dosed(given):
    """The effect is minus half of the hospital's share paid by the fund, and nothing else."""
    panel = given.panel
    share = panel.groupby("unit")["fund_paid"].transform("sum") / panel.groupby("unit")[
        "total_cost"
    ].transform("sum")
    treated = panel["start"].notna() & (panel["period"] >= panel["start"].fillna("9999"))
    own = panel["city"].str[-1].astype(int)
    old = treated * (np.where(panel["level"] == "tertiary", -0.2, -0.05) + 0.02 * (own - 3))
    factor = np.exp(-0.5 * share * treated - old)
    scaled = (panel[["total_cost", "fund_paid"]].mul(factor, axis=0)).round().astype("int64")
    return replace(given, panel=panel.assign(**scaled))


def test_a_known_slope_comes_back(dosed):
    level, slope, table = KIND.make(dosed, asked())
    assert [e.name for e in (level, slope, table)] == [
        "shown_log_cost_per_case_level",
        "shown_log_cost_per_case_slope",
        "shown_log_cost_per_case",
    ]
    assert np.allclose(level.frame["value"], -0.5 * level.frame["x"], atol=0.02)
    assert np.allclose(slope.frame["value"], -0.5, atol=0.06)
    assert (level.frame["low"] < level.frame["value"]).all() and (level.frame["count"] > 1000).all()
    overall = table.frame[table.frame["row"] == "overall"].set_index("column")["value"]
    assert overall["acrt"] == pytest.approx(-0.5, abs=0.06)
    leads = table.frame[table.frame["row"].str.startswith("event_-")]
    assert len(leads) and np.abs(leads["value"]).max() < 0.1
    assert any("strong parallel trends" in note for note in level.notes_en)
    assert any("before the first reform" in note for note in level.notes_en)


def test_when_the_dose_was_measured_is_told(dosed):
    adopted = doses_of(dosed, "fund_share", ("adoption",))
    assert "may answer the reform" in adopted.notes[0][0]
    never = dosed.panel.loc[dosed.panel["start"].isna(), "unit"].unique()
    assert np.isnan(adopted.values[[list(dosed.design.units).index(u) for u in never]]).all()
    assert "Part of that lies after" in doses_of(dosed, "discharges", ("2019Q4", "2020Q2")).notes[0][0]
    early = doses_of(dosed, "discharges", ("2019Q1", "2019Q2"))
    mean = dosed.panel[dosed.panel["period"] <= "2019Q2"].groupby("unit")["discharges"].mean()
    assert np.allclose(early.values, mean.reindex(dosed.design.units))


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"dose": "fund_shar"}, DataError, "neither a column of the panel nor an outcome"),
        ({"dose": "level"}, DataError, "holds words"),
        ({"measured": ("2019Q3",)}, DataError, "is no span with rows"),
        ({"measured": ("2019Q3", "2019Q1")}, DataError, "is no span with rows"),
        ({"degree": 1, "overall": "mean"}, DesignError, "unknown"),
    ],
)
def test_doses_that_cannot_be_are_refused(dosed, options, error, told):
    with pytest.raises(error, match=told):
        KIND.make(dosed, asked(**options))


def test_doses_by_city_say_that_cities_are_compared(dosed):
    by_city = dosed.panel.assign(pace=dosed.panel["city"].str[-1].astype(float) + 1)
    early = by_city.assign(start=np.where(by_city["start"].notna(), "2020Q1", None))
    with pytest.raises(DesignError, match="more doses than"):
        KIND.make(replace(dosed, panel=early), asked(dose="pace", degree=10))
    level, _, _ = KIND.make(replace(dosed, panel=by_city), asked(dose="pace"))
    assert any("no more doses than clusters" in note for note in level.notes_en)


def test_doses_that_the_study_declares_by_city(dosed):
    doses = {f"city_{k}": 0.1 * (k + 1) for k in range(7)}
    told = {"label_en": "Share under DIP", "label_zh": "DIP占比", "unit": "share"}
    level, _, _ = KIND.make(dosed, asked(dose="", by_city=doses, **told))
    assert level.options["x_axis_zh"] == "DIP占比" and level.options["x_unit"] == "share"
    assert any("declared by city" in note for note in level.notes_en)
    with pytest.raises(DataError) as raised:
        KIND.make(dosed, asked(dose="", by_city={"city_0": 0.5, "city_O": 0.5}))
    assert [p.where for p in raised.value.problems] == ["by_city.city_O", "by_city"]
    for both in ({"dose": "", "by_city": {}}, {"by_city": doses}):
        with pytest.raises(DataError, match="nowhere, or twice"):
            KIND.make(dosed, asked(**both))
