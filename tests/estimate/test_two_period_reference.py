"""Two-period estimators against stored values of R's DRDID."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.estimate.two_period_panel import panel_contrast
from dipeval.estimate.two_period_sections import Rows, sections_contrast

FILE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "values" / "drdid_staggered.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
METHODS = {
    "drdid": "doubly_robust",
    "drdid_imp": "doubly_robust_improved",
    "drdid1": "doubly_robust_simple",
    "drdid_imp1": "doubly_robust_improved_simple",
    "reg_did": "outcome_regression",
    "std_ipw_did": "inverse_probability",
    "ipw_did": "inverse_probability_raw",
}
SIGN_OF_DRDID = ("doubly_robust", "doubly_robust_simple")
SETTINGS = {
    "s1": ("unit", "lemp", ["lpop"], "lpop", (2006, 2007), 2007),
    "s2": ("unit", "log_cost", ["log_beds", "teaching", "casemix"], "discharges", (19, 30), 20),
}


@pytest.fixture(scope="module")
def frames(shared):
    data = shared / "reference" / "data"
    counties = pd.read_csv(data / "mpdta.csv").rename(columns={"countyreal": "unit", "first.treat": "g"})
    counties["time"] = counties["year"]
    full, gappy = (
        pd.read_csv(data / f"{name}.csv").rename(columns={"hospital": "unit", "cohort": "g", "month": "time"})
        for name in ("hospital_panel_full", "hospital_panel")
    )
    return {("s1", False): counties, ("s1", True): counties, ("s2", False): full, ("s2", True): gappy}


def rows_of(frame, setting, time, treated, weighted):
    _, y, names, weight, _, start = SETTINGS[setting]
    held = frame[(frame["time"] == time) & (frame["g"] == (start if treated else 0))].sort_values("unit")
    x = np.column_stack([np.ones(len(held)), *(held[name] for name in names)])
    return Rows(held[y].to_numpy(), x, held[weight].to_numpy(float) if weighted else np.ones(len(held)))


@pytest.mark.parametrize(
    "record", [r for r in RECORDS if r["id"].startswith("s") and "twfe" not in r["id"]], ids=lambda r: r["id"]
)
def test_record(record, frames, sign_of_drdid):
    setting, _, name = record["id"].partition("_")
    weighted = name.endswith("_w")
    name = name.removesuffix("_w")
    sections = "_rc" in name
    frame = frames[setting, sections]
    before, after = SETTINGS[setting][4]
    cells = [
        rows_of(frame, setting, time, side, weighted) for side in (True, False) for time in (before, after)
    ]
    method = METHODS[name.replace("_panel", "").replace("_rc", "")]
    if sections:
        result = sections_contrast((cells[0], cells[1]), (cells[2], cells[3]), method)
    else:
        change = np.concatenate([cells[1].y - cells[0].y, cells[3].y - cells[2].y])
        x, w = (np.concatenate([getattr(cells[k], part) for k in (0, 2)]) for part in "xw")
        result = panel_contrast(change, np.arange(len(w)) < len(cells[0].y), x, w, method)
    assert len(result.influence) == record["note"]
    influence = result.influence
    if sections and method in SIGN_OF_DRDID:
        influence = influence + sign_of_drdid(cells)
    error = np.sqrt((influence**2).sum())
    assert abs(result.value - record["att"]) < 1e-8 * max(abs(record["att"]), record["se"])
    assert error == pytest.approx(record["se"], rel=1e-6)
    assert abs(result.influence.sum()) < 1e-10
