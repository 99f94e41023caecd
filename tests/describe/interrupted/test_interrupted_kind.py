"""``interrupted_series`` as a study asks for it: which series, its pictures and tables, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError, DesignError
from dipeval.present.drawing import draw
from dipeval.present.tabulation import tabulate
from dipeval.study.descriptions import EFFECTS, DescriptionChoice
from dipeval.study.grammar import Checker

KIND = KINDS["interrupted_series"]
PERIODS = [f"{2016 + m // 12}-{m % 12 + 1:02d}" for m in range(48)]


def panel(effect=-0.2):
    """Three cities of two hospitals, 48 months; the first is reformed in 2018-01."""
    rng = np.random.default_rng(4)
    rows = []
    for city, start in (("east", "2018-01"), ("west", "never"), ("north", "never")):
        common = rng.normal(scale=0.01, size=48)
        for k in range(2):
            cases = rng.integers(200, 400, 48)
            log = 9 + 0.1 * k + 0.002 * np.arange(48) + common + rng.normal(scale=0.01, size=48)
            log = log + (city == "east") * effect * (np.arange(48) >= 24)
            rows.append(
                pd.DataFrame(
                    {
                        "city": city,
                        "hospital": f"{city}{k}",
                        "period": PERIODS,
                        "cohort": start,
                        "discharges": cases,
                        "n_total_cost": cases,
                        "total_cost": np.round(np.exp(log) * cases * 100).astype(np.int64),
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def made(frame=None, **options):
    checker = Checker("test")
    told = {"outcomes": ["log_cost_per_case"], "errors": ["newey_west"], **options}
    own = {
        name: checker.read(told[name], key, name) if name in told else key.default
        for name, key in KIND.keys.items()
    }
    assert not checker.problems
    given = Given(
        panel() if frame is None else frame, "month", PERIODS[0], PERIODS[-1], "CNY", synthetic=True
    )
    return {e.name: e for e in KIND.make(given, DescriptionChoice("line", "interrupted_series", own))}


def test_the_known_change_is_found_beside_its_control():
    found = made(control="never")
    frame = found["line_log_cost_per_case"].frame
    level = frame[(frame["row"] == "difference:level") & (frame["column"] == "newey_west")].iloc[0]
    assert level["low"] < -0.2 < level["high"] and level["high"] - level["low"] < 0.06
    assert set(frame["section_en"]) == {
        "east",
        "Control: Hospitals without the reform",
        "Difference: changed more than the control",
    }
    alone = made()["line_log_cost_per_case"].frame
    assert set(alone["section_en"]) == {"east"}
    dates = found["line_log_cost_per_case_dates"]
    assert dates.frame.set_index("x")["value"].idxmax() == "2018-01" and "all but 0;" in dates.notes_en[0]


def test_every_exhibit_is_drawn_or_laid_out_in_both_languages():
    found = made(control="west", errors=["newey_west", "ar1"], harmonics=2)
    assert KIND.heading == EFFECTS and len(found) == 5
    for exhibit in found.values():
        for language in ("en", "zh"):
            shown = gate(exhibit)[0]
            if exhibit.kind == "grid":
                assert tabulate(shown, language)["md"]
            else:
                assert draw(shown, language)["png"]
    path = found["line_log_cost_per_case_path"].frame
    assert (path["count"] >= 400).all() and set(path["series"]) == {
        "observed",
        "fitted",
        "without",
        "control",
    }
    assert path.loc[path["series"] == "without", "x"].min() == "2018-01"


def test_same_input_same_exhibits():
    first, again = made(), made(panel().sample(frac=1, random_state=2).reset_index(drop=True))
    for name, exhibit in first.items():
        pd.testing.assert_frame_equal(exhibit.frame, again[name].frame)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"city": "eest"}, "did you mean 'east'"),
        ({"control": "east"}, "no city without the reform"),
        ({"dates": ["2021-01"]}, "no month of the study's window"),
    ],
)
def test_what_cannot_be_asked(options, words):
    with pytest.raises(DataError, match=words):
        made(**options)


def test_gaps_short_series_and_several_cities_are_refused():
    frame = panel()
    with pytest.raises(DataError, match="has periods without a value"):
        made(frame[~((frame["city"] == "east") & (frame["period"] == "2017-03"))].reset_index(drop=True))
    with pytest.raises(DesignError, match="two at least are needed"):
        made(dates=["2016-02"])
    two = frame.assign(cohort=frame["cohort"].mask(frame["city"] == "north", "2018-05"))
    with pytest.raises(DataError, match="2 cities are reformed"):
        made(two)


def test_an_earlier_break_is_told():
    frame = panel()
    early = (frame["city"] == "east") & (frame["period"] >= "2017-01")
    broken = frame.assign(total_cost=frame["total_cost"].where(~early, frame["total_cost"] * 13 // 10))
    notes = made(broken)["line_log_cost_per_case"].notes_en
    assert any("may already have broken at 2017-01" in note for note in notes)
    assert any("No break before the reform" in note for note in made()["line_log_cost_per_case"].notes_en)


def test_fewer_periods_before_than_terms_are_told():
    """Eight months before and thirteen terms of trend and months: said; with a trend and a wave (four terms): not."""
    many = made(dates=["2016-09"], season="periods")["line_log_cost_per_case"]
    assert any("Only 8 periods lie before the reform, for 13 terms" in note for note in many.notes_en)
    assert any("改革前仅8期，而外推路径含13个参数" in note for note in many.notes_zh)
    few = made(dates=["2016-09"])["line_log_cost_per_case"]
    assert not any("periods lie before the reform, for" in note for note in few.notes_en)
