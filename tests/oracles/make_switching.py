"""Stored values of two packages for changes of treatment: ``python tests/oracles/make_switching.py``.

Needs the optional group ``oracles``. The panels are drawn here, and stand in the stored file. The first package
calls ``polars.count()`` without a column, which newer versions of polars refuse: it is handed ``polars.len()``.
"""

import contextlib
import io
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import moderndid
import numpy as np
import pandas as pd
import polars as pl
from did_multiplegt_dyn import DidMultiplegtDyn

NOBODY = (None, None)
DATES = [(3, None), (3, 7), (4, None), (4, 8), (6, None), NOBODY, NOBODY, (0, None), (0, 5), (0, 7), (5, 9)]
LONE = [(3, None), (5, None), (7, 9), NOBODY, NOBODY]
N_PERIODS = 10
WAYS = {
    "plain": ("complete", {}),
    "in": ("complete", {"switchers": "in"}),
    "out": ("complete", {"switchers": "out"}),
    "same_switchers": ("gaps", {"same_switchers": True, "placebo": 0}),
    "normalized": ("complete", {"normalized": True}),
    "never_switchers": ("complete", {"only_never_switchers": True}),
    "gaps": ("gaps", {}),
    "weights": ("gaps", {"weight": "w"}),
    "covariate": ("complete", {"controls": ["x"]}),
    "covariate_and_weights": ("gaps", {"controls": ["x"], "weight": "w"}),
    "by_city": ("complete", {"cluster": "city"}),
    "one_hospital_a_cohort": ("lone", {}),
}


def panel(dates: list, hospitals: int, gaps: float) -> pd.DataFrame:
    """Cities of a few hospitals each; some start, some leave, some are treated from the first period on."""
    rng = np.random.default_rng(20261123)
    rows = [
        (10 * city + k, city, t, *dates[city])
        for city in range(len(dates))
        for k in range(hospitals)
        for t in range(N_PERIODS)
    ]
    frame = pd.DataFrame(rows, columns=["unit", "city", "time", "start", "ended"])
    on, off = frame["start"].fillna(99), frame["ended"].fillna(99)
    frame["d"] = ((frame["time"] >= on) & (frame["time"] < off)).astype(int)
    frame["w"] = rng.uniform(0.5, 2, len(frame)).round(3)
    frame["x"] = (rng.normal(size=len(frame)) + 0.1 * frame["time"]).round(4)
    y = 0.3 * frame["time"] + 0.5 * frame["d"] + 0.4 * frame["x"] + rng.normal(size=len(frame))
    frame["y"] = y.round(4)
    frame.loc[rng.random(len(frame)) < gaps, "y"] = np.nan
    return frame


PANELS = {"complete": (DATES, 3, 0.0), "gaps": (DATES, 4, 0.06), "lone": (LONE, 1, 0.0)}


def record(name: str, frame: pd.DataFrame, options: dict[str, object]) -> dict[str, object]:
    """Effects, placebos and average total effect of one call."""
    words = {"effects": 4, "placebo": 2} | options
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        found = DidMultiplegtDyn(pl.from_pandas(frame), "y", "unit", "time", "d", **words).fit()
    result = found.result["did_multiplegt_dyn"]
    rows = {}
    for block, sign in (("Effects", 1), ("Placebos", -1), ("ATE", 0)):
        table = result.get(block)
        for step, (_, row) in enumerate(table.iterrows() if table is not None else (), start=1):
            event = {1: step - 1, -1: -step - 1}.get(sign)
            term = "att" if event is None else f"event_time={event}"
            rows[term] = {"estimate": float(row["Estimate"]), "std_error": float(row["SE"])}
    switchers = [float(n) for n in result["Effects"]["Switchers"]]
    call = f"DidMultiplegtDyn(df, 'y', 'unit', 'time', 'd', {words})"
    return {"id": name, "call": call, "switchers": switchers, "terms": rows}


def second(frame: pd.DataFrame) -> dict[str, object]:
    """The same by moderndid, which does not turn the sign where treatment ends."""
    found = moderndid.did_multiplegt(pl.from_pandas(frame), "y", "time", "unit", "d", effects=4, placebo=2)
    rows = {
        f"event_time={k}": {"estimate": float(e), "std_error": float(s)}
        for k, (e, s) in enumerate(zip(found.effects.estimates, found.effects.std_errors, strict=True))
    }
    return {"version": version("moderndid"), "call": "did_multiplegt(effects=4, placebo=2)", "terms": rows}


def main() -> None:
    """Write ``values/switching.json`` beside this file."""
    counted = pl.count
    pl.count = lambda *columns: counted(*columns) if columns else pl.len()
    panels = {name: panel(*made) for name, made in PANELS.items()}
    records = []
    for name, (data, options) in WAYS.items():
        frame = panels[data]
        options = {"effects": 3, "placebo": 1} | options if data == "lone" else options
        records.append({"data": data, **record(name, frame, options)})
    head = {
        "package": "py-did-multiplegt-dyn",
        "version": version("py-did-multiplegt-dyn"),
        "panels": {
            name: json.loads(frame.to_json(orient="split", index=False)) for name, frame in panels.items()
        },
        "records": records,
        "moderndid": second(panels["complete"]),
    }
    target = Path(__file__).parent / "values" / "switching.json"
    target.write_text(json.dumps(head, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
