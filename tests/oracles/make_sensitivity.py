"""Stored intervals of moderndid under smoothness, relative magnitudes and their combinations: ``python
tests/oracles/make_sensitivity.py``.

Needs the optional group ``oracles``. The event study is written here; nothing is drawn. moderndid finds the ends of a set by halving, which
is right where the accepted points of its grid are without a gap.
"""

import json
import warnings
from pathlib import Path

import moderndid
import numpy as np
from moderndid.didhonest.sensitivity import create_sensitivity_results_rm, create_sensitivity_results_sm

N_PRE, N_POST = 4, 3
BETA = [0.04, -0.02, 0.05, 0.03, 0.28, 0.36, 0.41]
TIMES = np.array([-5, -4, -3, -2, 0, 1, 2])
COV = 0.01 * (0.3 + 0.7 * np.exp(-np.abs(np.subtract.outer(TIMES, TIMES)) / 2) + 0.1 * np.eye(N_PRE + N_POST))
GRID = (-3.0, 3.0, 1201)
WEIGHTS = {"first": [1.0, 0.0, 0.0], "mean": [1 / 3, 1 / 3, 1 / 3], "last": [0.0, 0.0, 1.0]}
RESTRICTIONS = {
    "smoothness": ("smoothness", 0.05, {}),
    "smoothness_sign": ("smoothness", 0.05, {"bias_direction": "positive"}),
    "smoothness_trend": ("smoothness", 0.05, {"monotonicity_direction": "increasing"}),
    "magnitudes": ("relative_magnitudes", 0.8, {}),
    "relative_smoothness": ("relative_smoothness", 0.6, {"bound": "deviation from linear trend"}),
}
METHODS = {"Conditional": "conditional", "C-F": "fixed_length_hybrid"}


def record(name: str, average: str, method: str) -> dict[str, object]:
    """One interval on the grid."""
    family, bound, words = RESTRICTIONS[name]
    low, high, points = GRID
    grid = {"grid_lb": low, "grid_ub": high, "grid_points": points, "method": method}
    weights = np.array(WEIGHTS[average])[:, None]
    given = np.array(BETA), COV, N_PRE, N_POST
    if family == "smoothness":
        found = create_sensitivity_results_sm(*given, l_vec=weights, m_vec=np.array([bound]), **grid, **words)
    else:
        found = create_sensitivity_results_rm(
            *given, l_vec=weights, m_bar_vec=np.array([bound]), **grid, **words
        )
    row = found.row(0, named=True)
    return {
        "id": f"{name}_{average}_{METHODS[method]}",
        "restriction": {
            "family": family,
            "bound": bound,
            "bias": words.get("bias_direction"),
            "trend": words.get("monotonicity_direction"),
        },
        "weights": WEIGHTS[average],
        "method": METHODS[method],
        "low": float(row["lb"]),
        "high": float(row["ub"]),
    }


def main() -> None:
    """Write ``values/sensitivity.json`` beside this file."""
    warnings.simplefilter("ignore")
    records = [
        record(name, average, method)
        for name, (family, _, _) in RESTRICTIONS.items()
        for average in WEIGHTS
        for method in METHODS
        if method == "Conditional" or family == "smoothness"
    ]
    head = {
        "package": "moderndid",
        "version": moderndid.__version__,
        "beta": BETA,
        "cov": COV.tolist(),
        "n_pre": N_PRE,
        "n_post": N_POST,
        "grid": GRID,
        "records": records,
    }
    target = Path(__file__).parent / "values" / "sensitivity.json"
    target.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
