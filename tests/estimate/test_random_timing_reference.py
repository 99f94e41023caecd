"""Estimators of R's staggered that are group-time averages, with its design-based error.

`staggered_cs` compares with hospitals not treated yet, `staggered_sa` with those never treated. Where the
timing is random (Roth & Sant'Anna 2023), cohort sizes count as given and the error is Neyman's: the sum
over cohorts of N/(N-1) Σ (ψ - mean of the cohort)², with ψ the influence without that of the cohort shares.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from dipeval.estimate.group_time import estimate_cells
from dipeval.estimate.group_time_terms import Averaging
from dipeval.estimate.sample import make_sample

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "drdid_staggered.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
OVERALL = {"simple": "simple", "cohort": "group", "calendar": "calendar"}
COMPARED = {"cs": "not_yet_treated", "sa": "never_treated"}


@pytest.mark.parametrize(
    "record",
    [r for r in RECORDS if "_staggered_cs_" in r["id"] or "_staggered_sa_" in r["id"]],
    ids=lambda r: r["id"],
)
def test_record(record, counties, county_design):
    _, _, kind, estimand = record["id"].split("_")
    design = county_design(comparison=COMPARED[kind])
    sample = make_sample(design, counties["lemp"], None, "y", "y")
    options = {"method": "outcome_regression", "base_period": "varying"}
    cells = estimate_cells(sample, **options, weights_of="base_of_cell", gaps="leave_out")
    average = Averaging(cells, None).overall(OVERALL[estimand]).averages[0]
    stored = record["estimates"][0]
    assert average.value(cells.att) == pytest.approx(stored["estimate"], rel=1e-8)
    no_shares = np.zeros((len(cells.cohorts), 1))
    influence = cells.influence_on(average.weights[:, None], no_shares)["countyreal"][:, 0]
    _, cohort, size = np.unique(sample.unit_cohort, return_inverse=True, return_counts=True)
    centred = influence - (np.bincount(cohort, influence) / size)[cohort]
    spread = (np.bincount(cohort, centred**2) * size / (size - 1)).sum()
    assert np.sqrt(spread) == pytest.approx(stored["se_neyman"], rel=1e-6)
