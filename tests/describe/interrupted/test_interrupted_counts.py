"""``interrupted_series`` of counts: rate ratios, excess counts, a control, what is no count, words in both languages."""

import re

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.interrupted.fitting import WAYS, counts_of
from dipeval.describe.kinds.interrupted_series import COUNTS, ERRORS
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.estimate.interrupted.counts import COUNT_METHODS, fit_counts
from dipeval.estimate.interrupted.effects import excess_counts
from dipeval.estimate.interrupted.fit import METHODS
from dipeval.estimate.interrupted.segments import Interruption, Season, segments
from dipeval.present.drawing import draw
from dipeval.present.tabulation import tabulate
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import outcomes

KIND = KINDS["interrupted_series"]
PERIODS = [f"{2016 + m // 12}-{m % 12 + 1:02d}" for m in range(48)]
LAID = segments(48, [Interruption(24)], Season("harmonics", 12, 1, 0))
RATIO = 0.8


def panel():
    """Two cities of two hospitals; deaths of the first fall to four fifths in 2018-01, and by 1 % a month in both."""
    rng = np.random.default_rng(6)
    city, hospital, time = (x.ravel() for x in np.mgrid[:2, :2, :48])
    cases = rng.integers(4_000, 6_000, len(city))
    rate = 0.03 * 0.99**time * np.where((city == 0) & (time >= 24), RATIO, 1.0)
    return pd.DataFrame(
        {
            "city": np.array(["east", "west"])[city],
            "hospital": [f"{c}{h}" for c, h in zip(city, hospital, strict=True)],
            "period": np.array(PERIODS)[time],
            "cohort": np.where(city == 0, "2018-01", "never"),
            "discharges": cases,
            "deaths": rng.poisson(rate * cases),
            "total_cost": cases * 1_000_000,
        }
    )


def made(outcome="mortality", **options):
    own = {name: key.default for name, key in KIND.keys.items()}
    own |= {"outcomes": (outcome,), "counts": ("quasi_poisson",), **options}
    given = Given(panel(), "month", PERIODS[0], PERIODS[-1], "CNY", synthetic=True)
    return {e.name: e for e in KIND.make(given, DescriptionChoice("line", "interrupted_series", own))}


def cell(exhibit, row, column="quasi_poisson"):
    frame = exhibit.frame
    return frame[(frame["row"] == row) & (frame["column"] == column)].iloc[0]


@pytest.fixture(scope="module")
def alone():
    return made(counts=("quasi_poisson", "poisson_newey_west"))


def test_effects_are_rate_ratios_and_deaths_are_counted(alone):
    table = alone["line_mortality"]
    level = cell(table, "treated:level")
    assert level["low"] < RATIO < level["high"] and level["high"] - level["low"] < 0.2
    sums = panel()[lambda f: f["city"] == "east"].groupby("period")[["deaths", "discharges"]].sum()
    fit = fit_counts(sums["deaths"].to_numpy(), LAID, exposure=sums["discharges"].to_numpy())
    assert level["value"] == pytest.approx(np.exp(fit.of("level")[0]), rel=1e-9)
    trend = cell(table, "treated:trend")  # one per cent down a month
    assert trend["low"] < -1 < trend["high"] and trend["value"] == pytest.approx(-1, abs=0.5)
    excess = cell(table, "treated:cumulative")
    expected = (RATIO - 1) * (0.03 * 0.99 ** np.arange(24, 48) * sums["discharges"].to_numpy()[24:]).sum()
    assert excess["low"] < expected < excess["high"] < 0
    path = alone["line_mortality_path"].frame.set_index(["series", "x"])["value"]
    observed = sums["deaths"] / sums["discharges"]
    np.testing.assert_allclose(path["observed"], observed)
    x = np.exp(LAID.columns @ fit.params)
    np.testing.assert_allclose(path["fitted"], x)
    effects = alone["line_mortality_effects"]
    assert effects.options["y_line"] == 1.0 and effects.frame["value"].between(0.6, 1).all()


def test_the_error_of_the_excess_is_that_of_small_steps(alone):
    """Delta method against the derivative of the excess by finite differences."""
    events, exposure = counts_of(
        panel()[lambda f: f["city"] == "east"], outcomes()["mortality"], tuple(PERIODS)
    )
    fit = fit_counts(events, LAID, exposure=exposure)
    after = slice(24, 48)

    def excess(params):
        return (exposure * (np.exp(LAID.columns @ params) - np.exp(LAID.counterfactual @ params)))[
            after
        ].sum()

    steps = 1e-6 * np.eye(len(fit.params))
    slope = np.array([(excess(fit.params + s) - excess(fit.params - s)) / 2e-6 for s in steps])
    found = excess_counts(fit, exposure)
    assert found.value == pytest.approx(excess(fit.params), rel=1e-12)
    assert found.std_error == pytest.approx(np.sqrt(slope @ fit.cov @ slope), rel=1e-6)


def test_beside_a_control_coefficients_are_subtracted_and_variances_added():
    table = made(control="west", counts=("poisson",))["line_mortality"]
    own, other, both = (cell(table, f"{k}:level", "poisson") for k in ("treated", "control", "difference"))
    assert both["value"] == pytest.approx(own["value"] / other["value"], rel=1e-9)
    reach = [np.log(c["high"] / c["value"]) for c in (own, other, both)]
    assert reach[2] == pytest.approx(np.hypot(*reach[:2]), rel=1e-9)
    assert not table.frame["row"].eq("difference:cumulative").any()
    assert any("taken as independent" in note for note in table.notes_en)


def test_drawn_and_told_in_both_languages(alone):
    for exhibit in alone.values():
        for language in ("en", "zh"):
            kept = gate(exhibit)[0]
            assert tabulate(kept, language)["md"] if exhibit.kind == "grid" else draw(kept, language)["png"]
        assert not any(re.search(r"lags|factor|dispersion|normal", note) for note in exhibit.notes_zh)
    assert any("准泊松：离散参数" in note for note in alone["line_mortality"].notes_zh)
    assert any("滞后" in note for note in made(counts=(), errors=("newey_west",))["line_mortality"].notes_zh)


def test_a_bare_count_has_no_exposure_and_a_mean_of_money_is_no_count():
    found = made("deaths_per_period", counts=("negative_binomial",))["line_deaths_per_period"]
    assert cell(found, "treated:level", "negative_binomial")["value"] == pytest.approx(RATIO, abs=0.1)
    with pytest.raises(DataError, match="cost_per_case is neither a count nor a rate of counts"):
        made("cost_per_case")


def test_every_way_of_errors_can_be_asked_for():
    assert set(ERRORS) == set(METHODS) and set(COUNTS) == set(COUNT_METHODS)
    assert set(WAYS) == {*ERRORS, *COUNTS} and all(en and zh for en, zh in WAYS.values())
