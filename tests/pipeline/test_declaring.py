"""What must hold between a study, its cities and its sources."""

import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.plan import declare
from dipeval.store.project import open_project

REAL, INVENTED = "switzerland", "synthetic_anlan"


def said(project, study: str, old: str, new: str) -> str:
    place = project / f"analysis/studies/{study}.toml"
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        declare(open_project(project), study)
    return str(caught.value)


@pytest.mark.parametrize(
    ("study", "old", "new", "part"),
    [
        ("swissdrg", f'cities = ["{REAL}"]', f'cities = ["{REAL}", "{REAL}2"]', "several places"),
        (
            "swissdrg",
            f'cities = ["{REAL}"]',
            f'cities = ["{REAL}", "{INVENTED}"]',
            "mixes discharges and panels",
        ),
        ("synthetic", "synthetic = true", "synthetic = false", "write synthetic = true"),
        ("synthetic", '"drug_share"]', '"staff_share"]', "which no source of this study brings"),
        ("synthetic", '"blood_cost",', '"staff_cost",', "is no cost component"),
        ("synthetic", 'clusters = ["city"]', 'clusters = ["canton"]', "no source brings 'canton'"),
        ("synthetic", '"mean_age",', '"hospital_name",', "neither a number nor a closed list"),
        ("swissdrg", 'rehabilitation = "never"', 'rehabilitatio = "never"', "did you mean 'rehabilitation'"),
    ],
)
def test_what_does_not_fit_together_is_said(project, study, old, new, part):
    cities = project / "analysis/cities"
    twin = (
        (cities / f"{REAL}.toml").read_text(encoding="utf-8").replace(f'name = "{REAL}"', f'name = "{REAL}2"')
    )
    (cities / f"{REAL}2.toml").write_text(twin, encoding="utf-8")
    assert part in said(project, study, old, new)


def test_a_start_known_to_the_year_cannot_date_months(project):
    place = project / f"analysis/cities/{INVENTED}.toml"
    text = place.read_text(encoding="utf-8").replace('payment = "2020-01"', 'payment = "2020"')
    place.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="too coarse for a study by month"):
        declare(open_project(project), "synthetic")
