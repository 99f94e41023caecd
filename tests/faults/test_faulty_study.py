"""`dipeval simulate STUDY --faults …`: a study's cities with faults, checked through the whole command."""

import csv
import io
import re
from collections import Counter

import pandas as pd
import pytest

from dipeval import run_study, simulate_study_files
from dipeval.errors import StudyError

ASKED = "all,reversal_full=0.01"
CITIES = ("synthetic_anlan",)


def one_city(project):
    """The embedded study cut down to one city that sends front pages."""
    folder = project / "analysis/studies"
    text = (folder / "synthetic.toml").read_text(encoding="utf-8")
    listed = ", ".join(f'"{name}"' for name in CITIES)
    for pattern, new in (
        (r'name = "synthetic"', 'name = "one"'),
        (r"cities = \[[^\]]*\]", f"cities = [{listed}]"),
        (r"discharges = \d+", "discharges = 1200"),
        (r"hospitals = \d+", "hospitals = 8"),
    ):
        text, count = re.subn(pattern, new, text, count=1)
        assert count == 1, pattern
    (folder / "one.toml").write_text(text, encoding="utf-8")
    return project


def records(content: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content)))


@pytest.fixture(scope="module")
def faulty(tmp_path_factory, root):
    """The city with faults, cleaned and summed to a panel."""
    from shutil import copytree

    place = tmp_path_factory.mktemp("one")
    copytree(root / "analysis", place / "analysis", ignore=lambda folder, names: {"dipeval"} & {*names})
    one_city(place)
    told = simulate_study_files("one", faults=ASKED, root=place)
    run_study("one", root=place, data=place / "data_raw/one_faulty", only="panel")
    return place, told


def test_it_says_where_the_files_are(faulty):
    place, told = faulty
    assert "dipeval check one --data data_raw/one_faulty" in told[0]
    assert not (place / "data_raw/synthetic_anlan").exists(), "the study's own files are left alone"


def test_the_ledger_counts_what_the_list_says(faulty):
    place, _ = faulty
    listed = records((place / "data_raw/one_faulty/faults.csv").read_text(encoding="utf-8"))
    expected = Counter(line["rule"] for line in listed if line["rule"])
    counted = Counter()
    for city in CITIES:
        ledger = (place / f"data_clean/one/discharges/{city}/ledger.csv").read_text(encoding="utf-8")
        for line in records(ledger):
            counted[line["rule"]] += int(line["rows_rejected"]) + int(line["rows_flagged"])
    outside = counted.pop("population"), counted.pop("window")
    assert {rule: n for rule, n in counted.items() if n} == dict(expected)
    # Other payers are marked first, and then are no part of the study's population.
    assert outside == (expected["outside_payment"], 0) and outside[0] > 0
    assert expected["reversal"] > expected["net_of_reversal"]


@pytest.mark.parametrize("city", CITIES)
def test_what_is_left_is_the_clean_truth(faulty, city):
    place, _ = faulty
    truth = records((place / f"data_raw/one_faulty/clean_truth/{city}.csv").read_text(encoding="utf-8"))
    clean = pd.read_parquet(place / f"data_clean/one/discharges/{city}/discharges.parquet")
    assert len(truth) == len(clean) > 100
    for name in ("source_row", "hospital", "total_cost", "care_days", "insurance_type", "drug_cost"):
        assert [line[name] for line in truth] == clean[name].astype(str).tolist(), name


def test_a_wrong_word_is_told_with_the_nearest(project):
    one_city(project)
    with pytest.raises(StudyError) as error:
        simulate_study_files("one", faults="stay_zerro,reversal_full=2", root=project)
    assert "stay_zero" in str(error.value) and "no share" in str(error.value)
    assert not (project / "data_raw").exists() or not list((project / "data_raw").iterdir())


def test_the_list_of_faults_can_be_read(project):
    from dipeval.pipeline.telling import listing

    text = listing("faults", root=project)
    assert "reversal_full" in text and "[reject: reversal]" in text
