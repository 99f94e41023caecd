"""Matching 100,000 units on a score, beside the neighbours of scikit-learn.

Usage: python benchmarks/matching.py [UNITS]
"""

from __future__ import annotations

import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analysis"))

import numpy as np

from dipeval.estimate.balancing.abadie_imbens import ScoreFit, matched_effect
from dipeval.estimate.balancing.changes import Changes
from dipeval.estimate.balancing.nearest import Stretches, nearest, nearest_once
from dipeval.estimate.propensity import fit_logit, logistic

SIZE, K, REACH = 100_000, 3, 0.2


def units(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Regressors, treatment and change of n invented units."""
    rng = np.random.default_rng(20_261_123)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 5))])
    d = rng.random(n) < logistic(x @ np.array([-1.0, 0.5, 0.3, 0.2, 0.0, 0.0]))
    return x, d, x[:, 1:].sum(1) + 0.5 * d + rng.normal(size=n)


def timed(what: str, run):
    """Print the seconds and the processor seconds of a step and give its result."""
    start, worked = time.perf_counter(), time.process_time()
    made = run()
    print(f"| {what} | {time.perf_counter() - start:.2f} | {time.process_time() - worked:.2f} |")
    return made


def peer(logit: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances and places of the K nearest by scikit-learn."""
    from sklearn.neighbors import NearestNeighbors

    found = NearestNeighbors(n_neighbors=K).fit(logit[~d, None])
    return found.kneighbors(logit[d, None])


def main() -> None:
    """Measure, and require the same matches."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else SIZE
    x, d, y = units(n)
    print(
        f"{n:,} units, {int(d.sum()):,} treated; Python {platform.python_version()}, numpy {np.__version__}"
    )
    print("| step | seconds | processor s |\n|---|---:|---:|")
    fit = timed("logit of five covariates", lambda: fit_logit(x, d, np.ones(n), np.zeros(6)))
    logit = x @ fit.coefficients
    made: Stretches = timed(f"{K} nearest, with replacement", lambda: nearest(logit[d], logit[~d], K, REACH))
    timed("nearest, without replacement", lambda: nearest_once(logit[d], logit[~d], 1, REACH))
    score = ScoreFit(x, logit, logistic(logit), fit.hessian)
    changes = Changes((5.0,), y[:, None], np.where(d, 0, -1))
    known = matched_effect
    timed("effect and error, score known", lambda: known(changes, score, made, correct=False))
    found = timed(
        "effect and error, score estimated, bias adjusted", lambda: known(changes, score, made, adjust=True)
    )
    far, place = timed(f"scikit-learn: {K} nearest", lambda: peer(logit, d))
    # our neighbours are ties when nearer together than a billionth, and lie within the caliper
    near = (far[:, -1] <= REACH) & (made.count == K)
    mine = made.means(y[~d])[near]
    assert np.allclose(mine, y[~d][place[near]].mean(1)), "matches differ"
    print(f"\nEffect {found.effect:.4f} ({found.std_error:.4f}); the same matches as scikit-learn.")


if __name__ == "__main__":
    main()
