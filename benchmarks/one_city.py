"""One pilot city: a whole interrupted series, and synthetic difference-in-differences with placebos.

    python benchmarks/one_city.py

``series`` is one of 120 months with a control: a segmented regression by every way of errors that there is, as counts by
every way, with its effects, its tests of residuals, the placebo over all dates and the search for an earlier break.
``synthetic`` is one treated unit among 1,000 over 60 months, its errors by 200 placebos drawn at random. Each is a process of
its own; processor seconds are those of the step, without the start of Python. With `--record` the table is written into
benchmarks/README.md.
"""

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from measured import machine, record, run_measured, say

from dipeval.design import build_design
from dipeval.estimate import estimate
from dipeval.estimate.interrupted.breaks import earlier_break
from dipeval.estimate.interrupted.controlled import fit_controlled
from dipeval.estimate.interrupted.counts import COUNT_METHODS, fit_counts
from dipeval.estimate.interrupted.dates import placebo_dates
from dipeval.estimate.interrupted.diagnostics import (
    breusch_godfrey,
    breusch_pagan,
    cumby_huizinga,
    durbin_watson,
    ljung_box,
    reset,
)
from dipeval.estimate.interrupted.effects import (
    average_effect,
    counterfactual_path,
    cumulative_effect,
    effects,
)
from dipeval.estimate.interrupted.fit import METHODS, fit_series
from dipeval.estimate.interrupted.segments import Interruption, Season, segments
from dipeval.infer import infer

MONTHS, REFORM = 120, 72
SEASON = Season("harmonics", 12, 2)
UNITS, PERIODS, FIRST, PLACEBOS = 1_000, 60, 40, 200


def series() -> dict[str, float]:
    """Everything about one series; returns seconds and the number of fits."""
    rng = np.random.default_rng(1)
    shocks = np.zeros((2, MONTHS))
    for t in range(1, MONTHS):
        shocks[:, t] = 0.4 * shocks[:, t - 1] + rng.normal(scale=0.02, size=2)
    laid = segments(MONTHS, [Interruption(REFORM)], SEASON)
    own = 9 + 0.002 * np.arange(MONTHS) - 0.05 * (np.arange(MONTHS) >= REFORM) + shocks[0]
    cases = rng.poisson(np.exp(own - 3))
    begun = time.process_time()
    fits = [fit_series(own, laid, method) for method in METHODS]
    fits += [fit_controlled(own, 8 + shocks[1], laid, method).difference for method in METHODS]
    fits += [fit_counts(cases, laid, method, exposure=np.full(MONTHS, 1e4)) for method in COUNT_METHODS]
    for fit in fits:
        effects(fit), average_effect(fit), cumulative_effect(fit), counterfactual_path(fit)
    x, e = laid.columns, own - laid.columns @ fits[METHODS.index("ols")].params
    durbin_watson(x, e), breusch_pagan(x, e), reset(x, own)
    for lag in (1, 2, 12):
        breusch_godfrey(x, e, lag), ljung_box(e, lag), cumby_huizinga(x, e, lag)
    tried = placebo_dates(
        lambda at: fit_series(own, segments(MONTHS, [Interruption(at)], SEASON)), MONTHS, REFORM
    )
    earlier_break(own[:REFORM], SEASON, seed=1)
    return {"seconds": time.process_time() - begun, "fits": len(fits) + len(tried.position)}


def synthetic() -> dict[str, float]:
    """One estimate and its placebos; returns seconds and the number of placebos."""
    rng = np.random.default_rng(2)
    unit, month = (x.ravel() for x in np.mgrid[:UNITS, :PERIODS])
    common, loading = rng.normal(size=(3, PERIODS)).cumsum(1), rng.normal(size=(UNITS, 3))
    outcome = (loading @ common).ravel() + rng.normal(size=len(unit)) - 1.0 * ((unit == 0) & (month >= FIRST))
    frame = pd.DataFrame({"unit": unit, "month": month, "y": outcome})
    frame["start"] = np.where(unit == 0, float(FIRST), np.nan)
    design = build_design(frame, unit="unit", time="month", cohort="start", clusters=["unit"])
    begun = time.process_time()
    found = estimate(design, frame["y"], estimator="synthetic_difference", aggregate=("overall",))
    found = infer(found, "placebo", cluster="unit", n_draws=PLACEBOS, seed=1)
    return {"seconds": time.process_time() - begun, "fits": 1 + found.inference.draws}


STEPS: dict[str, tuple[Callable[[], dict[str, float]], str, float]] = {
    "series": (series, f"interrupted series, {MONTHS} months, everything", 2.0),
    "synthetic": (
        synthetic,
        f"synthetic difference-in-differences, {UNITS:,} × {PERIODS}, {PLACEBOS} placebos",
        10.0,
    ),
}


def main() -> None:
    """Measure both as often as asked; the best of each counts."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--times", type=int, default=3, help="how often each step is measured")
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.step:
        print(json.dumps(STEPS[asked.step][0]()))
        return
    lines = ["| what | fits | processor seconds | asked for, below | peak MB |", "|---|---:|---:|---:|---:|"]
    for name, (_, label, most) in STEPS.items():
        runs = [run_measured(__file__, ["--step", name]) for _ in range(asked.times)]
        for told, _, megabytes in runs:
            say(f"{label}: {told['seconds']:.2f} processor s, {told['fits']} fits, {megabytes:,.0f} MB")
        told, _, megabytes = min(runs, key=lambda one: one[0]["seconds"])
        lines.append(f"| {label} | {told['fits']} | {told['seconds']:.1f} | {most:g} | {megabytes:,.0f} |")
    table = "\n".join([*lines, "", machine(("numpy", "scipy", "pandas"))])
    print("\n" + table)
    if asked.record:
        record("one_city", table)


if __name__ == "__main__":
    main()
