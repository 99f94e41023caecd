"""A city whose stays come in two files: compared by visit, without any visit's number in what is written."""

import csv
import io
import re

import pandas as pd
import pytest

from dipeval import run_study
from dipeval.errors import DipevalError
from dipeval.pipeline.city_plan import check_city

COMPARE = """
[[compare]]
name = "second_export"
paths = ["synthetic_anlan/second.csv"]
source = "front_page"
key = ["hospital", "visit"]
"""


@pytest.fixture
def two_files(small_project):
    """The small project with one compared city; the second file lacks the last stays."""
    raw = small_project / "given/synthetic_anlan/discharges.csv"
    text = raw.read_bytes().decode("gb18030")
    rows = list(csv.reader(io.StringIO(text)))
    out = io.StringIO()
    csv.writer(out).writerows([rows[0], *rows[1:-20]])
    raw.with_name("second.csv").write_bytes(out.getvalue().encode("gb18030"))
    city = small_project / "analysis/cities/synthetic_anlan.toml"
    city.write_text(city.read_text(encoding="utf-8") + COMPARE, encoding="utf-8")
    study = small_project / "analysis/studies/small.toml"
    one = 'cities = ["synthetic_anlan"]'
    study.write_text(re.sub(r"cities = \[.*\]", one, study.read_text(encoding="utf-8")), encoding="utf-8")
    return small_project


def run(project):
    return run_study("small", root=project, data=project / "given", only="panel")


def test_an_agreement_table_is_written(two_files):
    project = two_files
    run(project)
    folder = project / "data_clean/small/discharges/synthetic_anlan"
    told = pd.read_csv(folder / "agreement.csv")
    assert set(told["other"]) == {"second_export"} and (folder / "ledger.csv").exists()
    stays = told[told["item"] == "stay"]
    clean = len(pd.read_parquet(folder / "discharges.parquet"))
    compared = stays[["agree", "only_a"]].sum().sum()
    repeated = told.loc[told["item"].str.startswith("stay_"), ["only_a"]].sum().sum()
    assert compared + repeated == clean and 0 < stays["only_a"].sum() <= 20
    costs = told[told["item"] == "total_cost"]
    assert costs["differ"].sum() == 0 and costs["agree"].sum() == stays["agree"].sum() > 100
    assert not re.search(r"XN\d", (folder / "agreement.csv").read_text(encoding="utf-8"))


def test_the_check_of_a_city_shows_it(two_files):
    _, page = check_city("synthetic_anlan", root=two_files, data=two_files / "given")
    shown = (two_files / page).read_text(encoding="utf-8").replace("<wbr>", "")
    assert "second_export" in shown and "total_cost" in shown


def test_a_second_file_that_is_not_there_or_of_no_format(two_files):
    project = two_files
    city = project / "analysis/cities/synthetic_anlan.toml"
    text = city.read_text(encoding="utf-8")
    city.write_text(text.replace("second.csv", "third.csv"), encoding="utf-8")
    with pytest.raises(DipevalError, match="third.csv: raw file of city 'synthetic_anlan' is not in"):
        run(project)
    for old, new, told in (
        ('"front_page"\nkey', '"frontpage"\nkey', "did you mean 'front_page'"),
        ('"hospital", "visit"', '"hospital"', "names no number of a stay"),
        ("synthetic_anlan/second.csv", "../second.csv", "leaves the data folder"),
        ('"visit"]', '"visit"]\nother_key = ["visit"]', "has not as many columns as key"),
    ):
        city.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(DipevalError, match=told):
            run(project)
    assert not (project / "data_clean/small").exists()
