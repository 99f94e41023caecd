"""Tables that a city names: found below analysis/, inputs of its cleaning, all problems at once."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from dipeval import run_study
from dipeval.errors import StudyError
from dipeval.pipeline.referring import reference_files, references_of
from dipeval.pipeline.registries import registries
from dipeval.store.project import open_project
from dipeval.study.references import CodeEra, CodeVersions

ERAS = (CodeEra("clinical_2.0", "2019-12"), CodeEra("insurance_2.0"))
TABLE = "code,valid_from,valid_to,hospital,name,level\n"


def test_the_shipped_crosswalk_is_sound(root):
    project = open_project(root)
    city = project.city("synthetic_anlan", registries())
    versions = CodeVersions("diagnosis", ERAS, "insurance_2.0", "synthetic.csv")
    told = replace(city, code_versions={"diagnosis": versions})
    pairs = references_of(project, told).crosswalks["synthetic.csv"].pairs
    assert pairs["diagnosis", "clinical_2.0", "insurance_2.0"]["I20.800x007"] == "I25.100"
    assert [where for where, _ in reference_files(project, told)] == ["analysis/crosswalks/synthetic.csv"]


def test_a_table_that_is_not_there_and_all_problems_at_once(project):
    opened = open_project(project)
    city = opened.city("synthetic_anlan", registries())
    (project / "analysis/cities/anlan.hospitals.csv").write_text(TABLE, encoding="utf-8")
    with pytest.raises(StudyError, match="did you mean 'anlan.hospitals.csv'"):
        reference_files(opened, replace(city, hospital_table="anlan.hospital.csv"))
    (project / "analysis/crosswalks/bad.csv").write_text("kind\n", encoding="utf-8")
    versions = {"diagnosis": CodeVersions("diagnosis", ERAS, "insurance_2.0", "bad.csv")}
    with pytest.raises(StudyError) as caught:
        references_of(opened, replace(city, hospital_table="anlan.hospitals.csv", code_versions=versions))
    shown = str(caught.value)
    assert "cities/anlan.hospitals.csv: names no hospital" in shown and "crosswalks/bad.csv" in shown
    (project / "analysis/crosswalks/bad.csv").write_bytes("编码".encode("gb18030"))
    with pytest.raises(StudyError, match="is not UTF-8"):
        references_of(opened, replace(city, code_versions=versions))


@pytest.mark.slow
def test_a_changed_table_cleans_again_and_nothing_else(small_project):
    project = small_project
    city = project / "analysis/cities/synthetic_anlan.toml"
    table = project / "analysis/cities/anlan.hospitals.csv"
    text = city.read_text(encoding="utf-8")
    study = project / "analysis/studies/small.toml"
    two = re.sub(
        r"cities = \[.*\]", 'cities = ["synthetic_anlan", "synthetic_mulan"]', study.read_text("utf-8")
    )
    study.write_text(two, encoding="utf-8")
    city.write_text(f'{text}\n[hospitals]\ntable = "{table.name}"\n', encoding="utf-8")

    def reasons() -> dict[str, tuple[str, ...]]:
        done = run_study("small", root=project, data=project / "given", only="panel")
        return {step.stage: step.reasons for step in done if step.reasons}

    table.write_text(TABLE + "nobody,,,nobody,,\n", encoding="utf-8")
    with pytest.raises(Exception, match="not in the master table") as caught:
        reasons()
    assert len(caught.value.problems) == 1
    folder = project / "data_clean/small/discharges/synthetic_anlan"
    assert not folder.exists()
    city.write_text(text, encoding="utf-8")
    reasons()
    known = sorted(pd.read_parquet(folder / "discharges.parquet")["hospital"].unique())
    rows = "".join(f"{code},,,one_{k // 2},,tertiary\n" for k, code in enumerate(known))
    table.write_text(TABLE + rows, encoding="utf-8")
    city.write_text(f'{text}\n[hospitals]\ntable = "{table.name}"\n', encoding="utf-8")
    assert set(reasons()) == {"clean/synthetic_anlan", "panel"}
    frame = pd.read_parquet(folder / "discharges.parquet")
    assert frame["hospital"].nunique() == (len(known) + 1) // 2 and set(frame["level"]) == {"tertiary"}
    assert sorted(pd.read_csv(folder / "hospital_links.csv", dtype=str)["code"].unique()) == known
    table.write_text(TABLE + rows + "# no row\n", encoding="utf-8")
    assert reasons()["clean/synthetic_anlan"] == ("input changed: analysis/cities/anlan.hospitals.csv",)
