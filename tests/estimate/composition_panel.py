"""A small panel with parts of cost whose effects are known."""

import numpy as np
import pandas as pd

from dipeval.design import build_design

PARTS = ("drug_cost", "examination_cost", "treatment_cost", "other_cost")


def invented(
    effect=(-0.2, 0.1, 0.1, 0.0), *, hospitals=24, periods=8, spread=0.1, cases=100, seed=3, zeros=0
) -> pd.DataFrame:
    """Hospitals of eight cities by periods; `effect` is on the logarithm of each part from the start on."""
    rng = np.random.default_rng(seed)
    city = np.arange(hospitals) % 8
    start = np.array([4, 4, 5, 5, 6, np.nan, np.nan, np.nan])[city]
    own = np.log([0.3, 0.25, 0.35, 0.1]) + 0.3 * rng.normal(size=(hospitals, 1, 4))
    trend = np.cumsum(0.05 * rng.normal(size=(1, periods, 4)), axis=1)
    treated = np.arange(periods) >= np.nan_to_num(start, nan=99)[:, None]
    logs = own + trend + treated[:, :, None] * np.array(effect) + spread * rng.normal(size=own.shape)
    logs = logs + spread * rng.normal(size=logs.shape)
    amounts = np.rint(np.exp(logs) * 1e8 * cases).astype("int64").reshape(-1, 4)
    frame = pd.DataFrame(amounts, columns=list(PARTS))
    frame.insert(0, "hospital", np.repeat([f"h{h:02}" for h in range(hospitals)], periods))
    frame.insert(0, "city", np.repeat([f"c{c}" for c in city], periods))
    frame["period"] = np.tile([f"{2015 + t}" for t in range(periods)], hospitals)
    frame["cohort"] = np.repeat([None if np.isnan(s) else f"{2015 + int(s)}" for s in start], periods)
    frame["discharges"] = rng.integers(50, 200, len(frame))
    frame.loc[frame.index[len(frame) - zeros :], "other_cost"] = 0
    frame["total_cost"] = frame[list(PARTS)].sum(axis=1)
    return frame


def design_of(frame, **options):
    """The design of an invented panel."""
    columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["city", "hospital"]}
    return build_design(frame, **{**columns, "n_cases": "discharges", "event_window": (-3, 3), **options})
