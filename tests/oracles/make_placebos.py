"""Stored values of diff-diff's placebo tests: ``python tests/oracles/make_placebos.py FOLDER_OF_REFERENCE_DATA``.

Needs the optional group ``oracles``. The panel is that of ../shared/reference/data: the cities of one cohort and those
never reformed. Its permutations are drawn with seed 1; nothing else is.
"""

import json
import sys
import warnings
from pathlib import Path

import diff_diff
import pandas as pd
from diff_diff.diagnostics import permutation_test, placebo_group_test, placebo_timing_test

COHORT = 13
DRAWS = 2000


def panel(folder: Path) -> pd.DataFrame:
    """Hospital-months of the cohort and of the never reformed."""
    frame = pd.read_csv(folder / "hospital_panel_full.csv")
    frame = frame[frame["cohort"].isin([COHORT, 0])]
    return frame.assign(
        ever=(frame["cohort"] == COHORT).astype(int), post=(frame["month"] >= COHORT).astype(int)
    )


def told(found: object) -> dict[str, float]:
    """Effect and error."""
    return {"estimate": float(found.placebo_effect), "std_error": float(found.se)}


def main() -> None:
    """Write ``values/placebos.json`` beside this file."""
    warnings.simplefilter("ignore")
    frame = panel(Path(sys.argv[1]))
    after = sorted(frame.loc[frame["post"] == 1, "month"].unique())
    words = {"outcome": "log_cost", "cluster": "city"}
    timing = {
        str(date): told(
            placebo_timing_test(
                frame, treatment="ever", time="month", fake_treatment_period=date, post_periods=after, **words
            )
        )
        for date in range(2, COHORT)
    }
    never = sorted(frame.loc[frame["ever"] == 0, "city"].unique())
    groups = {
        str(city): told(
            placebo_group_test(
                frame,
                time="month",
                unit="city",
                fake_treated_units=[city],
                post_periods=after,
                treatment="ever",
                **words,
            )
        )
        for city in never
    }
    drawn = permutation_test(
        frame, treatment="ever", post="post", unit="city", n_permutations=DRAWS, seed=1, **words
    )
    effects = drawn.permutation_distribution
    permutation = {
        "p_value": float(drawn.p_value),
        "draws": DRAWS,
        "values": sorted({round(float(value), 10) for value in effects}),
    }
    head = {
        "package": "diff-diff",
        "version": diff_diff.__version__,
        "data": "hospital_panel_full.csv",
        "cohort": COHORT,
        "call": "placebo_timing_test, placebo_group_test, permutation_test(unit='city'), cluster='city'",
        "timing": timing,
        "groups": groups,
        "permutation": permutation,
    }
    target = Path(__file__).parent / "values" / "placebos.json"
    target.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
