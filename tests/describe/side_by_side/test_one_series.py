"""The reformed city as one series beside other designs: its numbers, its errors, and where it does not apply."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from dipeval.describe.side_by_side import DesignVariant, compare
from dipeval.describe.specification_curve.choices import Choices
from dipeval.describe.specification_curve.curve import specification_curve
from dipeval.errors import DesignError
from dipeval.estimate.interrupted.fit import fit_series
from dipeval.estimate.interrupted.segments import Interruption, Season, segments
from dipeval.study.inference import InferenceChoice

N = 40
MONTHS = [f"{2015 + m // 12}-{m % 12 + 1:02d}" for m in range(N)]
LOG = "log_cost_per_case"
SERIES = ("series_step", "series_mean", "controlled_step", "controlled_mean")
WHOLE = DesignVariant("whole", event_window=(-5, 20), clusters=("hospital",), weights="discharges")


def invented():
    """Two hospitals in each of three cities; one city is reformed in 2017-06 (month 29) by -0.1."""
    rng = np.random.default_rng(3)
    city, hospital, time = (x.ravel() for x in np.mgrid[:3, :2, :N])
    shared = rng.normal(scale=0.02, size=(3, N))[city, time]
    log = 8 + 0.2 * city + 0.3 * hospital + 0.01 * time + shared - 0.1 * ((city == 0) & (time >= 29))
    cases = rng.integers(50, 300, len(city))
    return pd.DataFrame(
        {
            "city": np.array(["east", "west", "north"])[city],
            "hospital": hospital.astype(str),
            "period": np.array(MONTHS)[time],
            "cohort": np.where(city == 0, "2017-06", "never"),
            "discharges": cases,
            "total_cost": np.rint(np.exp(log) * 100 * cases).astype("int64"),
        }
    )


def means(frame, cities):
    """Mean of the hospitals' logs by month, weighted by cases."""
    part = frame[frame["city"].isin(cities)]
    part = part.assign(y=np.log(part["total_cost"] / 100 / part["discharges"]) * part["discharges"])
    sums = part.groupby("period")[["y", "discharges"]].sum()
    return (sums["y"] / sums["discharges"]).to_numpy(), sums["discharges"].to_numpy()


def test_a_series_is_the_regression_of_the_citys_mean_with_newey_west_errors():
    frame = invented()
    level = InferenceChoice("cluster", {"small_sample": "CR1"}, 0.9)
    found = compare(frame, [WHOLE], SERIES, outcomes=[LOG], inference=level).frame().set_index("estimator")
    own, weight = means(frame, ["east"])
    other, _ = means(frame, ["west", "north"])
    laid = segments(N, [Interruption(29)], Season("harmonics", 12, 1, 0))
    for name, values in (("series", own), ("controlled", own - other)):
        fit = fit_series(values, laid)
        value, error = fit.of("level")
        row = found.loc[f"{name}_step"]
        np.testing.assert_allclose(row["effect"], value, rtol=1e-9)
        reach = t.ppf(0.95, N - 6) * error
        np.testing.assert_allclose([row["conf_low"], row["conf_high"]], [value - reach, value + reach])
        mean = np.average(value + fit.of("slope")[0] * np.arange(N - 29), weights=weight[29:])
        np.testing.assert_allclose(found.loc[f"{name}_mean", "effect"], mean, rtol=1e-9)
        assert "Newey–West, 3 lags, t(34)" in row["inference"]
    assert found.loc["controlled_step", "conf_low"] < -0.1 < found.loc["controlled_step", "conf_high"]
    assert found["estimand"].nunique() == 4 and found["identified_if"].nunique() == 2
    assert (found["identified_if"] != "").all() and found["reason"].eq("").all()


def test_without_weights_and_seasons_it_is_the_step_of_the_hospitals():
    """Balanced hospitals: least squares on rows with hospital levels has the coefficients of the mean's series."""
    early = replace(WHOLE, weights="none", start="2016-06")
    found = compare(
        invented(), [early], ["own_trend_step", "series_step", "own_trend", "series_mean"], outcomes=[LOG]
    )
    step, series, mean, series_mean = found.frame()["effect"]
    np.testing.assert_allclose([series, series_mean], [step, mean], rtol=1e-9)


def test_where_it_does_not_apply_it_says_why():
    frame = invented()
    two = frame.assign(cohort=frame["cohort"].mask(frame["city"] == "west", "2017-06"))
    gap = frame[~((frame["city"] == "east") & (frame["period"] == "2016-03"))].reset_index(drop=True)
    unknown = frame.assign(total_cost=frame["total_cost"].where(frame["city"] == "east", 0))
    reasons = {
        "of one city each, and 2 are reformed (east, west)": (two, WHOLE, "series_step"),
        "series of the reformed city has gaps (2016-03)": (gap, WHOLE, "controlled_mean"),
        "no hospital stays without the reform": (unknown, WHOLE, "controlled_step"),
        "interruption 2017-06 has 1 periods before it": (
            frame,
            replace(WHOLE, start="2017-05"),
            "series_mean",
        ),
    }
    for words, (panel, variant, name) in reasons.items():
        row = compare(panel, [variant], [name], outcomes=[LOG]).frame().iloc[0]
        assert np.isnan(row["effect"]) and words in row["reason"]


def test_a_curve_of_errors_by_cluster_refuses_it():
    with pytest.raises(DesignError, match="no errors by cluster"):
        specification_curve(invented(), Choices(outcomes=(LOG,), estimators=("series_step",)))
