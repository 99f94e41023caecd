"""Stored values of diff-diff's extended two-way Poisson: ``python tests/oracles/make_extended_poisson.py
FOLDER``.

Needs the optional group ``oracles``. FOLDER is ../shared/reference/data; nothing is drawn. Its levels are
those of cohorts.
"""

import json
import sys
import warnings
from pathlib import Path

import diff_diff
import pandas as pd

WAYS = {"not_yet_treated": {}}
"""With ``control_group="never_treated"`` its Poisson gives the very same numbers: nothing to store."""


def record(name: str, options: dict[str, object], frame: pd.DataFrame) -> dict[str, object]:
    """One call: the overall effect, and those by event time."""
    model = diff_diff.WooldridgeDiD(method="poisson", cluster="city", **options)
    names = {"outcome": "ed_visits", "unit": "hospital", "time": "month", "cohort": "cohort"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.fit(frame, **names)
        found.aggregate("event")
    events = [
        {"event_time": int(event), "estimate": float(row["att"]), "std_error": float(row["se"])}
        for event, row in sorted(found.event_study_effects.items())
        if event >= 0
    ]
    return {
        "id": name,
        "data": "hospital_panel_full.csv",
        "call": f"WooldridgeDiD(method='poisson', cluster='city', {options}).fit(ed_visits)",
        "att": {"estimate": float(found.overall_att), "std_error": float(found.overall_se)},
        "events": events,
    }


def main() -> None:
    """Write ``values/extended_poisson.json`` beside this file."""
    frame = pd.read_csv(Path(sys.argv[1]) / "hospital_panel_full.csv")
    records = [record(name, options, frame) for name, options in WAYS.items()]
    head = {"package": "diff-diff", "version": diff_diff.__version__, "records": records}
    target = Path(__file__).parent / "values" / "extended_poisson.json"
    target.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
