"""Studies on invented cases that carry printed figures: from the raw file to the released tables they are found, and
where the portrait says otherwise they are not."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dipeval import run_study

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
KINDS = ("cities", "sources", "dip")


def run(place: Path, study: str, **changes: str) -> Path:
    """Run a study in a project of its own, in one language, with parts of its portrait said otherwise."""
    for kind in KINDS:
        shutil.copytree(ANALYSIS / kind, place / "analysis" / kind)
    text = (ANALYSIS / "studies" / f"{study}.toml").read_text(encoding="utf-8")
    portrait = re.search(r'portrait = "(\w+)"', text)[1]
    told = (ANALYSIS / "portraits" / f"{portrait}.toml").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert told.count(old) >= 1, old
        told = told.replace(old, new)
    for kind, name, content in (
        ("studies", study, text.replace("synthetic = true", 'synthetic = true\nlanguages = ["en"]', 1)),
        ("portraits", portrait, told),
    ):
        (place / "analysis" / kind).mkdir(parents=True)
        (place / "analysis" / kind / f"{name}.toml").write_text(content, encoding="utf-8")
    run_study(study, root=place)
    return place / "figures" / study


def released(folder: Path, exhibit: str) -> pd.DataFrame:
    """A released table; what the gate held back has no value."""
    return pd.read_csv(folder / f"{exhibit}.csv", dtype={"row": str, "column": str})


def cell(folder: Path, exhibit: str, row: str, column: str) -> float:
    """One cell of a released table."""
    frame = released(folder, exhibit)
    found = frame.loc[(frame["row"] == row) & (frame["column"] == column), "value"]
    assert len(found) == 1, (exhibit, row, column)
    return float(found.iloc[0])


def percent(share: float) -> str:
    """A share as abstracts print it."""
    return f"{100 * share:.2f}"


def one_disease(folder: Path) -> dict[str, str]:
    table = released(folder, "pterygium")
    before, after = (
        table[(table["column"] == arm) & (table["line"].isin(["cases", "mean"]))].set_index("row")["value"]
        for arm in ("fee_for_service", "dip")
    )
    change = {name: after[f"measure_{name}/mean"] / before[f"measure_{name}/mean"] - 1 for name in LOWER}
    return {
        "cases": f"{before['measure_total_cost/cases'] + after['measure_total_cost/cases']:.0f}",
        "self_paid": percent(change["self_paid"]),
        "lower": " ".join(name for name in LOWER if change[name] < 0),
    }


LOWER = ("total_cost", "drug_cost", "surgery_cost", "self_paid", "care_days")
ONE_DISEASE = {"cases": "449", "self_paid": "-46.24", "lower": " ".join(LOWER)}


def test_one_disease(tmp_path):
    assert one_disease(run(tmp_path / "told", "one_disease")) == ONE_DISEASE


def test_one_disease_told_otherwise(tmp_path):
    other = {"cases = 225": "cases = 230", "mean = 1_075.2": "mean = 1_100", "mean = 3_980": "mean = 5_980"}
    found = one_disease(run(tmp_path / "otherwise", "one_disease", **other))
    assert found["cases"] == "454" and found["self_paid"] == "-45.00"
    assert "total_cost" not in found["lower"].split() and "care_days" in found["lower"].split()
