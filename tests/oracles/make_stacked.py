"""Stored values of diff-diff's stacked estimator: ``python tests/oracles/make_stacked.py
FOLDER_OF_REFERENCE_DATA``.

Needs the optional group ``oracles``. Panels are those of ../shared/reference/data; nothing is drawn.
"""

import json
import sys
import warnings
from pathlib import Path

import diff_diff
import pandas as pd

WAYS = {
    "hospitals_not_yet": ("hospital_panel_full", {"kappa_pre": 6, "kappa_post": 6}),
    "hospitals_never": (
        "hospital_panel_full",
        {"kappa_pre": 4, "kappa_post": 9, "control_group": "never_treated"},
    ),
    "hospitals_with_gaps": ("hospital_panel", {"kappa_pre": 6, "kappa_post": 6}),
    "counties": ("mpdta", {"kappa_pre": 2, "kappa_post": 0}),
}
NAMES = {
    "hospital_panel": ("log_cost", "hospital", "month", "cohort"),
    "mpdta": ("lemp", "countyreal", "year", "first.treat"),
}


def record(name: str, data: str, options: dict[str, object], folder: Path) -> dict[str, object]:
    """One call, and all event times with their errors."""
    outcome, unit, time, first = NAMES[data.removesuffix("_full")]
    frame = pd.read_csv(folder / f"{data}.csv")
    model = diff_diff.StackedDiD(cluster="unit", df_convention="cluster", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.fit(frame, outcome=outcome, unit=unit, time=time, first_treat=first)
    events = [
        {"event_time": int(event), "estimate": float(row["effect"]), "std_error": float(row["se"])}
        for event, row in sorted(found.event_study_effects.items())
        if event != -1
    ]
    call = f"StackedDiD(cluster='unit', df_convention='cluster', {options}).fit({data})"
    return {
        "id": name,
        "data": f"{data}.csv",
        "call": call,
        "att": {"estimate": float(found.overall_att), "std_error": float(found.overall_se)},
        "events": events,
    }


def main() -> None:
    """Write ``values/stacked.json`` beside this file."""
    folder = Path(sys.argv[1])
    records = [record(name, data, options, folder) for name, (data, options) in WAYS.items()]
    head = {"package": "diff-diff", "version": diff_diff.__version__, "records": records}
    target = Path(__file__).parent / "values" / "stacked.json"
    target.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
