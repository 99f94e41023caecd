"""One reformed city and nobody else: its series, through the words of a study."""

import re

import pytest

from dipeval import run_study
from dipeval.errors import DesignError

ALONE = """
[effects.line]
kind = "interrupted_series"
outcomes = ["mean_log_total_cost"]
errors = ["newey_west"]
"""


@pytest.fixture
def lonely(project):
    place = project / "analysis/studies/one_reform.toml"
    text = place.read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^cities = \[.*?^\]", 'cities = ["synthetic_huacheng"]', text)
    text = re.sub(r"(?ms)^\[(outcomes|estimate|effects[^\]]*|infer[^\]]*)\]\n.*?(?=^\[|\Z)", "", text)
    text = text.replace('comparison = "never_treated"', 'comparison = "none"').replace(
        "hospitals = 80", "hospitals = 10"
    )
    text = text.replace("discharges = 400_000", "discharges = 12_000").replace(
        "synthetic_duyi = { level = 0.8, growth = 0.0007 }\n", ""
    )
    text = text.replace("synthetic = true\n", 'synthetic = true\nlanguages = ["en"]\n', 1)
    assert text.count("languages") == 1
    place.write_text(text + ALONE, encoding="utf-8")
    return project, place, text


def test_its_series_is_told(lonely):
    project, place, text = lonely
    run_study("one_reform", root=project)
    table = (project / "figures/one_reform/line_mean_log_total_cost.md").read_text(encoding="utf-8")
    assert "Change of level at 2018-01" in table and "nothing else began at that date" in table
    place.write_text(
        text + '[effects.donors]\nkind = "synthetic"\noutcomes = ["mean_log_total_cost"]\n', encoding="utf-8"
    )
    with pytest.raises(DesignError):
        run_study("one_reform", root=project)
