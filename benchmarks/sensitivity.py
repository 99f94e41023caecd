"""Sensitivity intervals under relative magnitudes beside their peers: processor seconds, intervals, coverage.

    python benchmarks/sensitivity.py --record

The event study of Benzarti and Carloni (four leads, four effects) where ../shared/reference is beside this clone, else an
invented one of that size; the first effect, bounds of 0.5, 1, 1.5 and 2 times the largest step before the reform. Asked
is the least-favourable hybrid at the resolution of 1,000 points or finer. Each package is a process of its own that has made
one interval before; peers are the optional group ``[oracles]``, and what is not installed is left out.

Coverage: the same covariance, estimates drawn around trends in which one step before the reform is twenty standard errors and
the first step after it is as large as the restriction allows, no effect. A 95 % interval should hold zero in 95 of 100
draws or more; where the identified set is known well, an interval that is not too long holds it in little more.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from measured import hide_folder, machine, record, run_measured, say

STUDY = Path(__file__).resolve().parents[2] / "shared/reference/data/BCdata_EventStudy.json"
N_PRE, N_POST = 4, 4
BOUNDS = (0.5, 1.0, 1.5, 2.0)
POINTS, DRAWS, STEP = 1_000, 500, 20
Ends = tuple[float, float]


def event_study() -> tuple[np.ndarray, np.ndarray, str]:
    """Leads and effects, their covariance, and whose they are."""
    if STUDY.is_file():
        read = json.loads(STUDY.read_text(encoding="utf-8"))
        return np.array(read["betahat"]).ravel(), np.array(read["sigma"]), "Benzarti and Carloni"
    errors = np.random.default_rng(1).normal(size=(200, N_PRE + N_POST)).cumsum(axis=1)
    return 0.1 * (np.arange(8) >= N_PRE), np.cov(errors.T) / 4e4, "invented"


def here(beta: np.ndarray, cov: np.ndarray, bounds: Iterable[float]) -> list[Ends]:
    """This package: exact ends."""
    from dipeval.check.sensitivity.restrictions import restrict
    from dipeval.check.sensitivity.robust_interval import robust_interval

    first = np.eye(N_POST)[0]
    found = [
        robust_interval(restrict("relative_magnitudes", bound, N_PRE, N_POST), beta, cov, first)
        for bound in bounds
    ]
    return [(one.low, one.high) for one in found]


def moderndid(beta: np.ndarray, cov: np.ndarray, bounds: Iterable[float]) -> list[Ends]:
    """The same on a grid of 1,000 points, two linear programmes or more a point."""
    from moderndid.didhonest.sensitivity import create_sensitivity_results_rm

    made = create_sensitivity_results_rm(
        beta, cov, N_PRE, N_POST, method="C-LF", m_bar_vec=np.array(list(bounds)), grid_points=POINTS
    )
    return [(float(row["lb"]), float(row["ub"])) for row in made.iter_rows(named=True)]


def diff_diff(beta: np.ndarray, cov: np.ndarray, bounds: Iterable[float]) -> list[Ends]:
    """Its intervals under relative magnitudes: the estimated identified set and two standard errors of the effect."""
    from diff_diff import HonestDiD
    from diff_diff.results import MultiPeriodDiDResults, PeriodEffect

    times = [*range(-N_PRE - 1, -1), *range(N_POST)]
    error = np.sqrt(np.diag(cov))
    effects = {
        t: PeriodEffect(t, b, s, b / s, 0.0, (b - 2 * s, b + 2 * s))
        for t, b, s in zip(times, beta, error, strict=True)
    }
    study = MultiPeriodDiDResults(
        effects,
        *(0.0, 1.0, 0.0, 1.0, (0.0, 0.0), 100, 50, 50),
        pre_periods=times[:N_PRE],
        post_periods=times[N_PRE:],
        vcov=cov,
        reference_period=-1,
        interaction_indices={t: i for i, t in enumerate(times)},
    )
    first = np.eye(N_POST)[0]
    made = [
        HonestDiD(method="relative_magnitude", M=bound, l_vec=first).fit(study, M=bound) for bound in bounds
    ]
    return [(float(one.ci_lb), float(one.ci_ub)) for one in made]


PACKAGES: dict[str, tuple[Callable[..., list[Ends]], str]] = {
    "dipeval": (here, "dipeval"),
    "diff-diff": (diff_diff, "diff_diff"),
    "moderndid": (moderndid, "moderndid"),
}
SLOW = ("moderndid",)
"""Too slow for the draws."""


def measured(package: str) -> dict[str, object]:
    """Seconds of the four intervals, the intervals, and the share of draws whose interval holds the truth."""
    hide_folder()
    warnings.simplefilter("ignore")
    intervals = PACKAGES[package][0]
    beta, cov, _ = event_study()
    intervals(beta, cov, BOUNDS[:1])
    begun = time.process_time()
    found = intervals(beta, cov, BOUNDS)
    seconds = time.process_time() - begun
    covered = {} if package in SLOW else {bound: coverage(intervals, cov, bound) for bound in (1.0, 2.0)}
    return {"seconds": seconds, "intervals": found, "coverage": covered}


def coverage(intervals: Callable[..., list[Ends]], cov: np.ndarray, bound: float) -> float:
    """Share of draws whose interval holds zero, the true effect."""
    step = STEP * float(np.sqrt(cov.diagonal().max()))
    trends = np.concatenate([np.full(N_PRE, -step), np.full(N_POST, bound * step)])
    drawn = np.random.default_rng(7).multivariate_normal(trends, cov, size=DRAWS)
    held = [low <= 0 <= high for beta in drawn for low, high in intervals(beta, cov, (bound,))]
    return float(np.mean(held))


def main() -> None:
    """Measure all that is installed, one after the other; the median of each counts."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    read.add_argument("--record", action="store_true", help="write the table into benchmarks/README.md")
    read.add_argument("--package", choices=tuple(PACKAGES), help=argparse.SUPPRESS)
    asked = read.parse_args()
    if asked.package:
        print(json.dumps(measured(asked.package)))
        return
    told = {}
    for package, (_, module) in PACKAGES.items():
        if find_spec(module) is not None:
            told[package], _, _ = run_measured(__file__, ["--package", package])
            say(f"{package}: {told[package]}")
    table = "\n".join([*_rows(told), "", _foot(told)])
    print("\n" + table)
    if asked.record:
        record("sensitivity", table)


def _rows(told: dict[str, dict]) -> list[str]:
    """One line a package; seconds as ratios to this one."""
    own = told["dipeval"]["seconds"]
    head = "| package | processor seconds | times ours | 0.5 | 1 | 1.5 | 2 | covers at 1 | covers at 2 |"
    lines = [head, "|---|---:|---:|---|---|---|---|---:|---:|"]
    for package, facts in told.items():
        ends = " | ".join(f"{low:.4f}, {high:.4f}" for low, high in facts["intervals"])
        covered = [f"{share:.1%}" for share in facts["coverage"].values()] or ["", ""]
        seconds = facts["seconds"]
        lines.append(f"| {package} | {seconds:.2f} | {seconds / own:,.1f} | {ends} | {' | '.join(covered)} |")
    return lines


def _foot(told: dict[str, dict]) -> str:
    peers = [package for package in told if package != "dipeval"]
    return f"Event study: {event_study()[2]}. {machine(('numpy', 'scipy', *peers))}"


if __name__ == "__main__":
    main()
