"""The embedded example through the whole path: raw files in, truth recovered, every row accounted for."""

import json
import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval import run_study
from dipeval.pipeline.plan import declare
from dipeval.simulate import simulate_panel
from dipeval.store.project import open_project


def clean_ledger(project: Path) -> pd.DataFrame:
    return pd.read_csv(project / "data_clean/synthetic/panel/ledger.csv")


@pytest.fixture(scope="module")
def drawn(synthetic_project):
    """The panel as the simulator knows it, without any file in between."""
    declared = declare(open_project(synthetic_project), "synthetic")
    return simulate_panel(declared.study, declared.cities)


@pytest.fixture(scope="module")
def panel(synthetic_project) -> pd.DataFrame:
    return pd.read_parquet(synthetic_project / "data_clean/synthetic/panel/panel.parquet")


def test_cleaning_gives_back_the_panel_that_was_drawn(drawn, panel):
    """Reading, cleaning and summing lose and invent nothing: every integer is the drawn one."""
    known, _ = drawn
    key = ["city", "hospital", "period"]
    assert panel[key].equals(known[key].astype(panel[key].dtypes.to_dict()))
    for name in known.columns.difference([*key]):
        if name.startswith("log_"):
            apart = (panel[name].astype("int64") - known[name].astype("int64")).abs()
            assert (apart <= panel[f"n_{name}"]).all(), name
        elif known[name].dtype.kind in "iuf" or str(known[name].dtype) == "Int64":
            np.testing.assert_array_equal(
                panel[name].to_numpy("float64", na_value=-1),
                known[name].to_numpy("float64", na_value=-1),
                name,
            )
        else:
            written = [unicodedata.normalize("NFKC", text) for text in known[name].astype(str)]
            assert panel[name].astype(str).tolist() == written, name


def test_every_raw_row_is_kept_or_rejected_with_a_reason(synthetic_project):
    folder = synthetic_project / "data_clean/synthetic/discharges"
    cities = sorted(p.name for p in folder.iterdir())
    assert len(cities) == 12
    for city in cities:
        facts = json.loads((folder / city / "inputs.json").read_text(encoding="utf-8"))
        read = sum(f["rows"] for f in facts["files"])
        kept = len(pd.read_parquet(folder / city / "discharges.parquet", columns=["source_row"]))
        rejected = pd.read_csv(folder / city / "rejects.csv")
        assert read == kept + len(rejected), city
        assert rejected["rule"].notna().all()
        assert not rejected.duplicated(["source_file", "source_row"]).any()
        ledger = pd.read_csv(folder / city / "ledger.csv")
        by_rule = ledger.groupby("rule")["rows_rejected"].sum()
        assert by_rule[by_rule > 0].to_dict() == rejected["rule"].value_counts().to_dict()


def test_the_injected_faults_are_found(synthetic_project):
    """Each row that the simulator spoilt beyond use is rejected, and no row for its costs besides them."""
    faults = pd.read_csv(synthetic_project / "data_raw/synthetic/faults.csv")
    folder = synthetic_project / "data_clean/synthetic/discharges"
    rejects = pd.concat([pd.read_csv(p) for p in sorted(folder.glob("*/rejects.csv"))])
    found = {
        rule: set(map(tuple, part[["source_file", "source_row"]].to_numpy().tolist()))
        for rule, part in rejects.groupby("rule")
    }
    spoilt = {
        fault: set(map(tuple, part[["file", "row"]].to_numpy().tolist()))
        for fault, part in faults.groupby("fault")
    }
    assert spoilt["costs_do_not_add_up"] == found["cost_parts_sum_to_total"]
    assert spoilt["duplicate_row"] == found["duplicate"]
    assert spoilt["total_row"] == found["total_row"]
    ledger = clean_ledger(synthetic_project)
    odd = int(ledger.loc[ledger["rule"] == "unusual_notation", "rows_flagged"].sum())
    assert odd == len(spoilt["full_width_digits"] | spoilt["thousands_commas"])


def test_the_truth_is_recovered(synthetic_project, drawn):
    """In this one world the overall effect lies within three clustered errors of the truth."""
    _, truth = drawn
    estimates = pd.read_csv(synthetic_project / "data_clean/synthetic/estimates/estimates.csv")
    for outcome in ("mean_log_total_cost", "length_of_stay", "mean_log_drug_cost"):
        rows = estimates[(estimates["outcome"] == outcome) & (estimates["estimator"] == "imputation")]
        row = rows[rows["term"] == "att"].iloc[0]
        assert abs(row["estimate"] - truth.overall(outcome)) < 3 * row["std_error"]


def test_the_run_says_that_plain_two_way_fixed_effects_are_biased(synthetic_project):
    page = (synthetic_project / "figures/synthetic/index.html").read_text(encoding="utf-8")
    assert "plain two-way fixed effects are biased where effects differ" in page


def test_synthetic_is_said_wherever_it_shows(synthetic_project):
    folder = synthetic_project / "figures/synthetic"
    for path in sorted(folder.iterdir()):
        if path.suffix in (".csv", ".md", ".tex", ".html") and path.name not in ("withheld.csv",):
            text = path.read_text(encoding="utf-8").lower()
            assert "synthetic" in text or "虚拟" in text or "合成" in text, path.name


def test_what_comes_out(synthetic_project):
    folder = synthetic_project / "figures/synthetic"
    names = {p.name for p in folder.iterdir()}
    for stem in ("event_study_mean_log_total_cost", "trends_length_of_stay", "adoption_map"):
        for form in ("pdf", "png", "svg", "csv", "zh.pdf", "zh.png", "zh.svg"):
            assert f"{stem}.{form}" in names
    assert any(name.startswith("cost_structure_front_page") for name in names)
    for stem in ("table_one", "regression_table", "family_drugs_and_days"):
        for form in ("csv", "md", "tex", "html", "zh.md"):
            assert f"{stem}.{form}" in names
    assert {"numbers.tex", "manifest.json", "index.html", "withheld.csv"} <= names


def test_the_manifest_names_what_each_exhibit_was_made_of(synthetic_project):
    folder = synthetic_project / "figures/synthetic"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    from dipeval.store.fingerprint import file_sha256

    named = {name: f["sha256"] for e in manifest["exhibits"] for name, f in e["files"].items()}
    assert named and all(file_sha256(folder / name) == sha for name, sha in named.items())
    inputs = {f["path"]: f["sha256"] for f in manifest["inputs"]}
    assert len(inputs) == 12
    assert all(file_sha256(synthetic_project / "data_raw" / path) == sha for path, sha in inputs.items())


def everything(project: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(project)): p.read_bytes()
        for folder in ("figures", "data_clean/synthetic", "data_raw")
        for p in sorted((project / folder).rglob("*"))
        if p.is_file()
    }


def test_a_second_run_has_nothing_to_do(synthetic_project, tmp_path):
    place = tmp_path / "copy"
    shutil.copytree(synthetic_project, place)
    before = everything(place)
    assert [d.stage for d in run_study("synthetic", root=place) if d.reasons] == []
    assert everything(place) == before


def test_no_machine_path_and_no_clock_in_what_comes_out(synthetic_project):
    for name, content in everything(synthetic_project).items():
        if name.startswith("figures/"):
            assert str(synthetic_project).encode() not in content, name
