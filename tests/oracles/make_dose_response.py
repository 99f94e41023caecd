"""Values of the continuous treatment by moderndid's `cont_did`, on panels that this script invents and stores.

    python tests/oracles/make_dose_response.py tests/oracles/values/dose_response.json

`cont_did` states errors by random draws; stored are its points, and what its influence functions say of errors
(square root of their mean square over n), which need none. Its documents name R's `contdid` as what it follows.
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

AT = [0.35, 0.5, 0.65, 0.8]


def panel(periods: int, cohorts: tuple[int, ...], n=120, seed=20241104) -> pd.DataFrame:
    """Effects are concave in the dose and grow with time; doses of all cohorts lie between 0.2 and 0.95."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat((0, *cohorts), n // (1 + len(cohorts)))
    dose = np.where(cohort > 0, np.round(rng.uniform(0.25, 0.9, len(cohort)), 3), 0.0)
    for g in cohorts:  # the ends of every cohort's doses are the same
        at = np.flatnonzero(cohort == g)
        dose[at[0]], dose[at[1]] = 0.2, 0.95
    level = rng.normal(size=len(cohort))
    rows = []
    for t in range(1, periods + 1):
        after = (cohort > 0) & (t >= cohort)
        effect = np.where(after, (1 + 0.2 * (t - cohort)) * (2 * dose - dose**2) + 0.1 * cohort, 0.0)
        y = np.round(level + 0.1 * t + effect + 0.3 * rng.normal(size=len(cohort)), 4)
        rows.append(
            pd.DataFrame({"unit": np.arange(1, len(cohort) + 1), "t": t, "y": y, "g": cohort, "d": dose})
        )
    return pd.concat(rows, ignore_index=True)


def by_cont_did(frame: pd.DataFrame, **options) -> dict[str, object]:
    from moderndid import cont_did

    found = cont_did(
        frame.astype(float),  # with whole numbers its table package refuses to compare
        yname="y",
        tname="t",
        idname="unit",
        gname="g",
        dname="d",
        dvals=AT,
        aggregation="dose",
        random_state=1,
        biters=10,
        **options,
    )

    def error(influence):
        influence = np.asarray(influence, float)
        return np.sqrt((influence**2).mean(0) / len(influence)).tolist()

    return {
        "att": float(found.overall_att),
        "acrt": float(found.overall_acrt),
        "att_d": np.asarray(found.att_d, float).tolist(),
        "acrt_d": np.asarray(found.acrt_d, float).tolist(),
        "att_error": error(found.overall_att_inf_func),
        "acrt_error": error(found.overall_acrt_inf_func),
        "att_d_error": error(found.att_d_inf_func),
        "acrt_d_error": error(found.acrt_d_inf_func),
    }


def main(path: str) -> None:
    warnings.simplefilter("ignore")
    frames = {"two_periods": panel(2, (2,)), "staggered": panel(5, (3, 4))}
    records = []
    for name, frame in frames.items():
        for degree, knots in ((1, 0), (2, 0), (3, 0), (2, 2)):
            for controls in ("notyettreated", "nevertreated"):
                options = {"degree": degree, "num_knots": knots, "control_group": controls}
                records.append({"panel": name, **options, **by_cont_did(frame, **options)})
    stored = {
        "package": "moderndid",
        "version": version("moderndid"),
        "call": "cont_did(panel, dvals=at, aggregation='dose', …)",
        "at": AT,
        "panels": {name: frame.to_dict("list") for name, frame in frames.items()},
        "records": records,
    }
    Path(path).write_text(json.dumps(stored, indent=None) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
