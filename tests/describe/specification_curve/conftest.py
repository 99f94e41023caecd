"""A world of eight cities, four of them reformed at two dates, with a known effect or none."""

import numpy as np
import pandas as pd
import pytest

MONTHS = [f"2018-{m + 1:02d}" for m in range(12)]


def world(seed, effect=0.0, n_cities=8, hospitals=3):
    rng = np.random.default_rng(seed)
    unit, time = np.divmod(np.arange(n_cities * hospitals * 12), 12)
    city = unit // hospitals
    start = np.array(["2018-06", "2018-08", "never", "never"])[city % 4]
    frame = pd.DataFrame({"city": np.array(list("abcdefghijkl"))[city], "hospital": unit.astype(str)})
    frame["period"], frame["cohort"] = np.array(MONTHS)[time], start
    frame["discharges"] = rng.integers(30, 90, len(frame))
    treated = (start != "never") & (frame["period"].to_numpy() >= start)
    shock = rng.normal(scale=0.03, size=(n_cities, 12))[city, time]
    log = 8 + 0.05 * city + 0.01 * time + effect * treated + shock + rng.normal(scale=0.03, size=len(frame))
    frame["total_cost"] = np.rint(np.exp(log) * 100 * frame["discharges"]).astype("int64")
    frame["case_mix"] = rng.normal(size=len(frame))
    return frame


@pytest.fixture(scope="session")
def make_world():
    return world
