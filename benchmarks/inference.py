"""Inference with few clusters beside its peers: processor seconds and peak memory.

    python benchmarks/inference.py --repeat 3 --record

20 cities, 1,120 hospitals, 48 months: 53,760 rows, two-way effects, two covariates, errors by city. What is timed is
the inference alone, the estimate being there already; each run is a process of its own that has done the work once
before. Peers are the optional group ``[benchmark]``; what is not installed is left out. Where a peer can only be
looped over calendars, it is timed over 20 of them and its seconds are times 999 / 20, which the table says.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import did_panel
import numpy as np
import pandas as pd
from measured import hide_folder, machine, record, run_measured, say

did_panel.SIZES["20 cities"] = (20, 56)
X = ["x1", "x2"]
DRAWS, CALENDARS, LOOPED = 9999, 999, 20
REST = 0.5
"""Seconds after the first run: threads of libraries that were just loaded spin for a while before they sleep."""
Work = Callable[[], float]


def _ours(frame: pd.DataFrame, estimator: str, covariates: list[str]) -> object:
    from dipeval.design import build_design
    from dipeval.estimate import estimate

    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    design = build_design(frame, **columns, covariates=covariates)
    return estimate(design, frame["y"], estimator=estimator)


def wild_here(frame: pd.DataFrame) -> Work:
    """Restricted wild cluster bootstrap, test and interval by inversion."""
    from dipeval.infer import infer

    result = _ours(frame, "twfe", X)
    words = {"n_draws": DRAWS, "seed": 1, "terms": ["treated"]}
    return lambda: float(infer(result, "wild", **words).pvalues["treated"])


def _demeaned(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and regressors without hospital and month means, which in a balanced panel is exact."""
    columns = []
    for name in ("y", "treated", *X):
        table = frame[name].to_numpy(float).reshape(-1, did_panel.PERIODS)
        centred = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
        columns.append(centred.ravel())
    return columns[0], np.column_stack(columns[1:])


def wild_wildboottest(frame: pd.DataFrame) -> Work:
    """The same draws by wildboottest, test alone; demeaned by hand, which is timed."""
    import statsmodels.api as sm
    from wildboottest.wildboottest import wildboottest

    def run() -> float:
        y, x = _demeaned(frame)
        model = sm.OLS(y, pd.DataFrame(x, columns=["treated", *X]))
        found = wildboottest(
            model, param="treated", cluster=frame["city"], B=DRAWS, seed=1, show=False, parallel=False
        )
        return float(np.ravel(found["p-value"])[0])

    return run


def wild_diff_diff(frame: pd.DataFrame) -> Work:
    """The same draws by diff-diff, with an interval by inversion; demeaned by hand, which is timed."""
    from diff_diff import wild_bootstrap_se

    def run() -> float:
        y, x = _demeaned(frame)
        left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        return float(
            wild_bootstrap_se(x, y, left, frame["city"].to_numpy(), 0, n_bootstrap=DRAWS, seed=1).p_value
        )

    return run


def wild_pyfixest(frame: pd.DataFrame) -> Work:
    """The same draws by pyfixest, which passes the effects on to wildboottest as dummies; test alone."""
    import pyfixest

    fit = pyfixest.feols("y ~ treated + x1 + x2 | unit + time", frame, vcov={"CRV1": "city"})
    return lambda: float(fit.wildboottest(param="treated", reps=DRAWS, cluster="city", seed=1)["Pr(>|t|)"])


def _calendars_here(estimator: str, term: str, covariates: list[str]) -> Callable[[pd.DataFrame], Work]:
    def prepare(frame: pd.DataFrame) -> Work:
        from dipeval.infer import infer

        result = _ours(frame, estimator, covariates)
        words = {"n_draws": CALENDARS, "seed": 1, "terms": [term]}
        return lambda: float(infer(result, "randomisation", **words).pvalues[term])

    return prepare


def _dealt(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """The panel under another calendar."""
    first = frame.groupby("city")["first"].first().to_numpy()
    dealt = generator.permutation(first)[frame["city"].to_numpy()]
    treated = ((dealt > 0) & (frame["time"].to_numpy() >= dealt)).astype(np.int64)
    return frame.assign(first=dealt, treated=treated)


def _looped(fit: Callable[[pd.DataFrame], float]) -> Callable[[pd.DataFrame], Work]:
    def prepare(frame: pd.DataFrame) -> Work:
        def run() -> float:
            generator = np.random.Generator(np.random.PCG64(1))
            own = abs(fit(frame))
            found = [abs(fit(_dealt(frame, generator))) >= own for _ in range(LOOPED)]
            return (1 + sum(found)) / (1 + LOOPED)

        return run

    return prepare


def _pyfixest_t(frame: pd.DataFrame) -> float:
    import pyfixest

    fit = pyfixest.feols("y ~ treated + x1 + x2 | unit + time", frame, vcov={"CRV1": "city"})
    return float(fit.tstat()["treated"])


def _diff_diff_t(frame: pd.DataFrame) -> float:
    from diff_diff import CallawaySantAnna

    maker = CallawaySantAnna(control_group="not_yet_treated", estimation_method="dr", cluster="city")
    fit = maker.fit(frame, outcome="y", unit="unit", time="time", first_treat="first", covariates=X)
    return float(fit.overall_att / fit.overall_se)


WORKS: dict[str, dict[str, Callable[[pd.DataFrame], Work]]] = {
    "wild bootstrap, 9,999 draws": {
        "dipeval": wild_here,
        "wildboottest": wild_wildboottest,
        "diff-diff": wild_diff_diff,
        "pyfixest": wild_pyfixest,
    },
    "999 calendars, two-way effects": {
        "dipeval": _calendars_here("twfe", "treated", X),
        "pyfixest (loop)": _looped(_pyfixest_t),
    },
    "999 calendars, group-time doubly robust": {
        "dipeval": _calendars_here("group_time", "att", X),
        "diff-diff (loop)": _looped(_diff_diff_t),
    },
}
MODULES = {
    "dipeval": "dipeval",
    "wildboottest": "wildboottest",
    "diff-diff": "diff_diff",
    "pyfixest": "pyfixest",
}


def run_here(work: str, who: str) -> dict[str, object]:
    """Measure one run in this process."""
    warnings.simplefilter("ignore")
    hide_folder()
    run = WORKS[work][who](did_panel.invent_panel("20 cities"))
    begun = time.process_time()
    run()
    first = time.process_time() - begun
    time.sleep(REST)
    seconds = []
    while len(seconds) < 5 and (not seconds or sum(seconds) + first < 10):
        begun = time.process_time()
        p_value = run()
        seconds.append(time.process_time() - begun)
    times = CALENDARS / LOOPED if who.endswith("(loop)") else 1
    return {"processor": statistics.median(seconds) * times, "p_value": p_value}


def main() -> None:
    """Measure all works, one process at a time."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--works", nargs="+", choices=tuple(WORKS), default=list(WORKS))
    read.add_argument("--repeat", type=int, default=3)
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.run:
        sys.stdout, out = sys.stderr, sys.stdout
        print(json.dumps(run_here(*asked.run)), file=out)
        return
    runs = []
    for _ in range(asked.repeat):
        for work in asked.works:
            for who in WORKS[work]:
                if find_spec(MODULES[who.removesuffix(" (loop)")]) is not None:
                    facts, _, megabytes = run_measured(__file__, ["--run", work, who])
                    runs.append({"work": work, "who": who, **facts, "megabytes": megabytes})
                    say(json.dumps(runs[-1]))
    lines = ["| work | package | processor s | peak MB | p-value |", "|---|---|---:|---:|---:|"]
    for work in asked.works:
        for who in WORKS[work]:
            mine = [run for run in runs if (run["work"], run["who"]) == (work, who)]
            if mine:
                processor, megabytes = (
                    statistics.median(run[k] for run in mine) for k in ("processor", "megabytes")
                )
                p_value = mine[0]["p_value"]
                lines.append(f"| {work} | {who} | {processor:.3f} | {megabytes:,.0f} | {p_value:.4f} |")
    packages = [name for name in ("wildboottest", "diff-diff", "pyfixest") if find_spec(MODULES[name])]
    table = "\n".join([*lines, "", machine(["numpy", *packages])])
    say("\n" + table)
    if asked.record:
        record("inference", table)


if __name__ == "__main__":
    main()
