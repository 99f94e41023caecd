"""A study file says nothing of engines: the same run on Spark gives the same panel and says who made it."""

import json
import re
import shutil
from pathlib import Path

import pytest

from dipeval import run_study
from dipeval.errors import StudyError

CITY = "synthetic_anlan"


@pytest.fixture
def one_city(project) -> Path:
    """A project with a study of one small city."""
    place = project / "analysis/studies/synthetic.toml"
    text = place.read_text(encoding="utf-8")
    for pattern, new in (
        (r'name = "synthetic"', 'name = "one"'),
        (r"cities = \[[^\]]*\]", f'cities = ["{CITY}"]'),
        (r"discharges = \d+", "discharges = 1000"),
        (r"hospitals = \d+", "hospitals = 4"),
    ):
        text, count = re.subn(pattern, new, text, count=1)
        assert count == 1, pattern
    (place.parent / "one.toml").write_text(text, encoding="utf-8")
    return project


def test_a_run_on_spark(spark, one_city, tmp_path):
    other = shutil.copytree(one_city, tmp_path / "other")
    for place, engine in ((one_city, ""), (other, "spark:local")):
        assert all(step.reasons for step in run_study("one", root=place, only="panel", engine=engine))
    panels = [place / "data_clean/one/panel" for place in (one_city, other)]
    assert (
        panels[0].joinpath("panel.parquet").read_bytes() == panels[1].joinpath("panel.parquet").read_bytes()
    )
    assert panels[0].joinpath("ledger.csv").read_bytes() == panels[1].joinpath("ledger.csv").read_bytes()
    told = [json.loads((panel / "facts.json").read_text(encoding="utf-8"))["engines"] for panel in panels]
    assert told[0][0].startswith("duckdb ") and told[1] == [f"spark {spark.version}"]
    clean = [place / f"data_clean/one/discharges/{CITY}" for place in (one_city, other)]
    assert sorted(p.name for p in clean[0].iterdir()) == sorted(p.name for p in clean[1].iterdir())
    assert (clean[0] / "ledger.csv").read_bytes() == (clean[1] / "ledger.csv").read_bytes()
    assert not any(step.reasons for step in run_study("one", root=other, only="panel")), (
        "numbers are the same"
    )


def test_an_unknown_engine_stops_before_anything_runs(one_city):
    with pytest.raises(StudyError, match="spark:local"):
        run_study("one", root=one_city, engine="sparc:local")
    assert not (one_city / "data_clean").exists() and not list((one_city / "data_raw").glob("*"))


def test_the_environment_names_an_engine_too(one_city, monkeypatch):
    monkeypatch.setenv("DIPEVAL_ENGINE", "hive")
    with pytest.raises(StudyError, match="DIPEVAL_ENGINE"):
        run_study("one", root=one_city)
