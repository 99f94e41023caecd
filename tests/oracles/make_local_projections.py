"""Stored values of diff-diff's local projections: ``python tests/oracles/make_local_projections.py
FOLDER_OF_DATA``.

Needs the optional group ``oracles``. Panels are those of ../shared/reference/data; nothing is drawn.
Covariates are those of the period before, as ours are.
"""

import json
import sys
import warnings
from pathlib import Path

import diff_diff
import pandas as pd

HOSPITALS = ("hospital_panel_full", "log_cost", "hospital", "month", "cohort", "city")
COUNTIES = ("mpdta", "lemp", "countyreal", "year", "first.treat", "countyreal")
WIDE = {"pre_window": 6, "post_window": 6}
WAYS = {
    "variance": (HOSPITALS, WIDE, []),
    "variance_never": (HOSPITALS, {**WIDE, "control_group": "never_treated"}, []),
    "variance_covariate": (HOSPITALS, WIDE, ["casemix"]),
    "mean_of_all": (HOSPITALS, {**WIDE, "pmd": "max"}, []),
    "mean_of_four": (HOSPITALS, {**WIDE, "pmd": 4}, []),
    "equal": (HOSPITALS, {**WIDE, "reweight": True}, []),
    "equal_covariate": (HOSPITALS, {**WIDE, "reweight": True}, ["casemix"]),
    "counties": (COUNTIES, {"pre_window": 3, "post_window": 3}, []),
    "counties_equal_covariate": (COUNTIES, {"pre_window": 3, "post_window": 3, "reweight": True}, ["lpop"]),
}


def record(
    name: str, panel: tuple[str, ...], options: dict[str, object], covariates: list[str], folder: Path
) -> dict[str, object]:
    """One call, and all horizons with their errors."""
    data, outcome, unit, time, first, cluster = panel
    frame = pd.read_csv(folder / f"{data}.csv").sort_values([unit, time], ignore_index=True)
    frame["entered"] = ((frame[first] > 0) & (frame[time] >= frame[first])).astype(int)
    for column in covariates:
        frame[f"{column}_before"] = frame.groupby(unit)[column].shift(1)
    before = [f"{column}_before" for column in covariates]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = diff_diff.LPDiD(cluster=cluster, **options).fit(
            frame, outcome=outcome, unit=unit, time=time, treatment="entered", covariates=before or None
        )
    events = [
        {
            "event_time": int(row["horizon"]),
            "estimate": float(row["coefficient"]),
            "std_error": float(row["se"]),
            "n_obs": int(row["n_obs"]),
            "n_clusters": int(row["n_clusters"]),
        }
        for _, row in found.event_study.iterrows()
        if row["horizon"] != -1
    ]
    pooled = found.pooled.set_index("window").loc["post"]
    return {
        "id": name,
        "data": f"{data}.csv",
        "call": f"LPDiD(cluster='{cluster}', {options}).fit({data}, covariates={before})",
        "att": {
            "estimate": float(pooled["coefficient"]),
            "std_error": float(pooled["se"]),
            "n_clusters": int(pooled["n_clusters"]),
        },
        "events": events,
    }


def main() -> None:
    """Write ``values/local_projections.json`` beside this file."""
    folder = Path(sys.argv[1])
    records = [record(name, *way, folder) for name, way in WAYS.items()]
    head = {"package": "diff-diff", "version": diff_diff.__version__, "records": records}
    target = Path(__file__).parent / "values" / "local_projections.json"
    target.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
