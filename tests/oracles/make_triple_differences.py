"""Values of triple differences by diff-diff and moderndid, on a panel that this script invents and stores.

    python tests/oracles/make_triple_differences.py tests/oracles/values/triple_differences.json

Cohorts hold different shares of eligible units, so that it matters whose shares weigh cohorts in averages.
"""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

PERIODS = 6
COHORTS = (0, 3, 5, 6)
ELIGIBLE = {0: 0.5, 3: 0.25, 5: 0.75, 6: 0.55}


def panel(n=150, seed=20250509) -> pd.DataFrame:
    """Effects grow with exposure and differ by cohort; trends by cohort and by side, and of the covariate."""
    rng = np.random.default_rng(seed)
    cohort = np.repeat(COHORTS, [45, 40, 35, 30])
    eligible = (rng.random(n) < np.vectorize(ELIGIBLE.get)(cohort)).astype(int)
    x = np.round(rng.normal(size=n) + 0.4 * eligible - 0.1 * (cohort == 3), 2)
    level = rng.normal(size=n)
    rows = []
    for t in range(1, PERIODS + 1):
        trend = 0.2 * t * (cohort == 3) - 0.1 * t * (cohort == 5) + 0.15 * t * eligible + 0.2 * t * x
        after = (cohort > 0) & (t >= cohort)
        effect = np.where(after & (eligible == 1), (1 + t - cohort) * (1 + 0.5 * cohort), 0.0)
        y = np.round(level + trend + effect + 0.5 * rng.normal(size=n), 3)
        rows.append(
            pd.DataFrame({"unit": np.arange(n), "t": t, "y": y, "g": cohort, "eligible": eligible, "x": x})
        )
    return pd.concat(rows, ignore_index=True)


def of_diff_diff(frame, controls, method, covariates):
    from diff_diff import TripleDifference

    fit = TripleDifference(estimation_method=method, control_group=controls).fit(
        frame,
        outcome="y",
        unit="unit",
        time="t",
        first_treat="g",
        partition="eligible",
        covariates=covariates,
        aggregate="all",
    )
    cells = {f"{g},{t}": [float(v["effect"]), float(v["se"])] for (g, t), v in fit.group_time_effects.items()}
    events = {str(e): [float(v["effect"]), float(v["se"])] for e, v in fit.event_study_effects.items()}
    weights = {f"{g},{t}": {str(k): float(w) for k, w in v.items()} for (g, t), v in fit.gmm_weights.items()}
    return {
        "cells": cells,
        "event_time": events,
        "simple": [float(fit.overall_att), float(fit.overall_se)],
        "dynamic": [float(fit.overall_att_es), float(fit.overall_se_es)],
        "weights": weights,
    }


def of_moderndid(frame, controls, method, covariates):
    import moderndid

    fit = moderndid.ddd(
        frame,
        yname="y",
        tname="t",
        idname="unit",
        gname="g",
        pname="eligible",
        control_group=controls.replace("_", ""),
        base_period="varying",
        est_method=method,
        xformla=f"~ {' + '.join(covariates)}" if covariates else None,
    )
    made = {
        "cells": {
            f"{int(g)},{int(t)}": [float(a), float(s)]
            for g, t, a, s in zip(fit.groups, fit.times, fit.att, fit.se, strict=True)
        }
    }
    for ours, theirs in (
        ("simple", "simple"),
        ("dynamic", "eventstudy"),
        ("group", "group"),
        ("calendar", "calendar"),
    ):
        one = moderndid.agg_ddd(fit, type=theirs, boot=False, cband=False)
        made[ours] = [float(one.overall_att), float(one.overall_se)]
        if ours == "dynamic":
            made["event_time"] = {
                str(int(e)): [float(a), float(s)]
                for e, a, s in zip(one.egt, one.att_egt, one.se_egt, strict=True)
            }
    return made


def main(path: str) -> None:
    warnings.simplefilter("ignore")
    frame = panel()
    records = []
    for controls in ("not_yet_treated", "never_treated"):
        for method in ("dr", "reg", "ipw"):
            for covariates in (None, ["x"]):
                if covariates is None and method != "dr":
                    continue
                for package, call in (("diff-diff", of_diff_diff), ("moderndid", of_moderndid)):
                    records.append(
                        {
                            "package": package,
                            "version": version(package),
                            "controls": controls,
                            "method": method,
                            "covariates": covariates or [],
                            **call(frame, controls, method, covariates),
                        }
                    )
    text = json.dumps({"data": frame.to_dict("list"), "records": records}, sort_keys=True)
    Path(path).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
