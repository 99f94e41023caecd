"""Placebos in space: ranks and spread by hand, the spread that synthdid draws, and what cannot be asked."""

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer


def build(frame, **options):
    columns = {
        "unit": "unit",
        "time": "time",
        "cohort": "start",
        "clusters": ["city"],
        "event_window": (-3, 2),
    }
    return build_design(frame, **columns | options)


@pytest.fixture(scope="module")
def frame():
    """Ten cities of two hospitals, eight periods; the last city is treated from period 5 on."""
    rng = np.random.default_rng(12)
    unit, time = np.divmod(np.arange(20 * 8), 8)
    city = unit // 2
    frame = pd.DataFrame(
        {"unit": unit, "time": time, "city": city, "start": np.where(city == 9, 5.0, np.nan)}
    )
    noise = rng.normal(size=(10, 8))[city, time] + 0.1 * rng.normal(size=160)
    return frame.assign(y=unit + 0.5 * time + noise + 6.0 * ((city == 9) & (time >= 5)))


def by_hand(frame, city):
    """Two-way effects of a balanced panel with one date: the difference in differences of means."""
    mine = frame[frame["city"] != 9].assign(treated=lambda f: f["city"] == city)
    after = mine["time"] >= 5
    means = mine.groupby(["treated", after])["y"].mean()
    return (means[True, True] - means[True, False]) - (means[False, True] - means[False, False])


def test_ranks_and_spread_by_hand(frame):
    result = infer(estimate(build(frame), frame["y"], estimator="twfe"), "placebo")
    placebos = np.array([by_hand(frame, city) for city in range(9)])
    row = result.tidy().iloc[0]
    assert row["std_error"] == pytest.approx(placebos.std(), rel=1e-10)
    assert row["p_value"] == pytest.approx(0.1) and abs(row["estimate"]) > np.abs(placebos).max()
    # 1 of 10 is the smallest p-value: at 95 % nothing can be rejected, at 90 % what lies beyond the largest placebo
    assert np.isinf(row["conf_high"]) and "9 placebos are too few" in row["note"]
    wide = infer(estimate(build(frame), frame["y"], estimator="twfe"), "placebo", level=0.9).tidy().iloc[0]
    assert wide["conf_high"] - wide["estimate"] == pytest.approx(np.abs(placebos).max(), rel=1e-10)
    assert any("no p-value can be below 0.1" in text for text in result.warnings)


def test_several_treated_at_several_dates_are_drawn(frame):
    two = frame.assign(start=frame["start"].mask(frame["city"] == 8, 4.0))
    asked = {"method": "placebo", "n_draws": 99, "level": 0.9}
    result = estimate(build(two), two["y"], estimator="group_time")
    with pytest.raises(DesignError, match="drawn from at random"):
        infer(result, **asked)
    first, again = (infer(result, seed=3, **asked) for _ in range(2))
    assert first.to_json() == again.to_json() and first.inference.draws == 99
    assert first.tidy()["p_value"].dropna().between(0.01, 1).all()
    other = infer(result, seed=4, **asked)
    assert other.std_errors["att"] != first.std_errors["att"]


def test_the_null_is_rejected_at_its_level():
    """Exchangeable cities: the rank of the treated one is uniform."""
    rng = np.random.default_rng(8)
    unit, time = np.divmod(np.arange(10 * 6), 6)
    frame = pd.DataFrame(
        {"unit": unit, "city": unit, "time": time, "start": np.where(unit == 0, 3.0, np.nan)}
    )
    design = build(frame)
    p = [
        infer(estimate(design, rng.normal(size=60), estimator="synthetic_difference"), "placebo").pvalues[
            "att"
        ]
        for _ in range(60)
    ]
    assert np.isclose(np.array(p) * 10, np.round(np.array(p) * 10)).all()
    assert abs(np.mean(p) - 0.55) < 4 * np.sqrt(0.0825 / 60)


@pytest.mark.parametrize(
    ("kind", "estimator"), [("synthdid", "synthetic_difference"), ("sc", "synthetic_control")]
)
def test_california(shared, reference, kind, estimator):
    """synthdid draws 500 times among 38 donors whose spread is exact here; its draws vary by 1 / sqrt(2 R)."""
    frame = pd.read_csv(shared / "reference" / "data" / "california_prop99.csv")
    frame["start"] = np.where(frame["State"] == "California", 1989, np.nan)
    design = build_design(
        frame, unit="State", time="Year", cohort="start", clusters=["State"], event_window=(-2, 2)
    )
    found = estimate(design, frame["PacksPerCapita"], estimator=estimator, aggregate=("overall",))
    drawn = reference("synthdid")[f"ca_{kind}_se_placebo_APPROX"]["se"]
    exact = infer(found, "placebo", cluster="State").std_errors["att"]
    assert abs(exact / drawn - 1) < 4 * 0.045


def test_what_cannot_be_asked(frame):
    most = frame.assign(start=frame["start"].mask(frame["city"] > 4, 5.0))
    with pytest.raises(DesignError, match="placebos need more untreated than treated"):
        infer(estimate(build(most), most["y"], estimator="twfe"), "placebo")
    mixed = frame.assign(start=frame["start"].mask(frame["unit"] == 17, 5.0))
    design = build(mixed, clusters=["city", "unit"])
    with pytest.raises(DesignError, match="several adoption dates"):
        infer(estimate(design, mixed["y"], estimator="twfe"), "placebo")
    with pytest.raises(DesignError, match="n_draws"):
        infer(estimate(build(frame), frame["y"], estimator="twfe"), "placebo", n_draws=5)


def test_randomisation_of_weights_that_depend_on_outcomes_has_no_interval(frame):
    """What such weights make of the treatment alone says nothing of another constant effect."""
    found = estimate(
        build(frame), frame["y"], estimator="synthetic_difference", units="city", aggregate=("overall",)
    )
    row = infer(found, "randomisation", statistic="estimate").tidy().iloc[0]
    assert row["p_value"] == pytest.approx(0.1) and np.isnan(row["conf_low"]) and "no interval" in row["note"]


def test_ratios_of_fit_by_hand(shared):
    """California's rank by RMSPE after over before is that of the paths; p-values by year, intervals that invert them."""
    from dipeval.estimate.sample import make_sample
    from dipeval.estimate.synthetic.estimators import block_of
    from dipeval.estimate.synthetic.gaps import gap_of, placebo_gaps
    from dipeval.estimate.synthetic.series import series_of
    from dipeval.estimate.synthetic.weighing import weighing

    frame = pd.read_csv(shared / "reference" / "data" / "california_prop99.csv")
    frame["start"] = np.where(frame["State"] == "California", 1989, np.nan)
    columns = {"unit": "State", "time": "Year", "cohort": "start", "clusters": ["State"]}
    design = build_design(frame, **columns, event_window=(-2, 3))
    result = estimate(
        design, frame["PacksPerCapita"], estimator="synthetic_control", aggregate=("overall", "event_time")
    )
    found = infer(result, "placebo", cluster="State", statistic="fit_ratio", level=0.9)
    sample = make_sample(design, frame["PacksPerCapita"], (), "y", "test")
    series = series_of(sample)
    block, _ = block_of(series, series.cohort[~series.donors][0])
    weigh = weighing("synthetic_control")
    own, others = gap_of(block, weigh), placebo_gaps(block, weigh)
    ratios = np.array([other.ratio for other in others])
    rows = found.tidy().set_index("term")
    assert rows.loc["att", "p_value"] == (1 + (ratios >= own.ratio).sum()) / 39
    year = np.array([abs(other.gap[21]) / other.fit_before for other in others])
    row = rows.loc["event_time=2"]
    assert row["p_value"] == (1 + (year >= abs(own.gap[21]) / own.fit_before).sum()) / 39
    reach = np.sort(year)[-3] * own.fit_before  # three of 39 may lie beyond at 90 %
    assert row["conf_high"] - row["estimate"] == pytest.approx(reach, rel=1e-9)
    after = own.gap[own.n_before :]
    alike = np.sqrt(((after - rows.loc["att", "conf_high"]) ** 2).mean()) / own.fit_before
    assert alike == pytest.approx(np.sort(ratios)[-3], rel=1e-9)
    lead = rows.loc["event_time=-2"]
    assert np.isnan(lead["p_value"]) and "what the others are measured by" in lead["note"]


def test_ratios_of_fit_need_gaps(frame):
    with pytest.raises(DesignError, match="has no path of treated units"):
        infer(estimate(build(frame), frame["y"], estimator="twfe"), "placebo", statistic="fit_ratio")
    with pytest.raises(DesignError, match="statistic"):
        infer(estimate(build(frame), frame["y"], estimator="twfe"), "placebo", statistic="t")
