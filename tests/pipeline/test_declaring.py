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
        (
            "synthetic",
            'estimators = ["',
            'estimators = ["poisson", "',
            "takes amounts from zero up, and not mean_log",
        ),
        ("synthetic", '"blood_cost",', '"staff_cost",', "is no cost component"),
        ("synthetic", 'clusters = ["city"]', 'clusters = ["canton"]', "no source brings 'canton'"),
        ("synthetic", '"mean_age",', '"hospital_name",', "neither a number nor a closed list"),
        (
            "synthetic",
            'frequency = "month"',
            'frequency = "month"\nwithout_flags = ["stay_identiti"]',
            "did you mean 'stay_identity'",
        ),
        (
            "swissdrg",
            'frequency = "year"',
            'frequency = "year"\nwithout_flags = ["stay_identity"]',
            "hold no stays to mark",
        ),
        (
            "synthetic",
            '"mean_log_total_cost"',
            '"mean_log_trimmed_cost"',
            "needs total_cost_trimmed, which no source of this study brings",
        ),
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


def with_city_lines(project, lines: str) -> None:
    place = project / f"analysis/cities/{INVENTED}.toml"
    text = place.read_text(encoding="utf-8")
    place.write_text(text.replace("[dates]", f"{lines}\n[dates]", 1), encoding="utf-8")


def test_a_city_that_draws_outliers_in_has_the_outcome(project):
    with_city_lines(project, '[rules.outlier]\nmethod = "percentile"\naction = "winsorise"')
    place = project / "analysis/studies/synthetic.toml"
    text = place.read_text(encoding="utf-8")
    wanted = text.replace('"mean_log_total_cost"', '"mean_log_trimmed_cost"', 1)
    place.write_text(wanted, encoding="utf-8")
    assert "mean_log_trimmed_cost" in declare(open_project(project), "synthetic").study.outcomes


def test_a_scale_that_is_not_the_outcomes(project):
    """Exhibits of a study are in units of the outcome, and percent are not."""
    old = 'estimators = ["imputation", "twfe_event_study", "twfe"]\nmain = "imputation"'
    new = 'estimators = ["poisson", "twfe"]\nmain = "poisson"\n[estimate.options.poisson]\nscale = "percent"'
    assert "and this scale is not" in said(project, "synthetic", old, new)


@pytest.mark.parametrize("name", ["group_time", "local_projections"])
def test_policies_beside_an_estimator_that_knows_covariates_before_the_reform_alone(project, name):
    """It would give what the policies did for an effect of the reform, and say that it had adjusted."""
    old, new = 'estimators = ["twfe"]', f'estimators = ["twfe", "{name}"]'
    assert "cannot adjust for policies" in said(project, "policies_together", old, new)
    place = project / "analysis/studies/policies_together.toml"
    text = place.read_text(encoding="utf-8").replace(
        "[effects.synergy]", f"[estimate.options.{name}]\ncovariates = []\n\n[effects.synergy]", 1
    )
    place.write_text(text, encoding="utf-8")
    assert len(declare(open_project(project), "policies_together").study.estimators) == 2


def test_a_unit_of_another_currency(project):
    with_city_lines(project, '[[other_units]]\nunit = "CHF"\nsince = "2019"\nreason = "a test"')
    with pytest.raises(StudyError, match="has amounts in CHF, but its format is in CNY"):
        declare(open_project(project), "synthetic")


def test_what_is_left_out_changes_the_cleaning(project):
    """A study's flags and a city's settings are part of the key of the cleaning."""
    from dipeval.pipeline.plan import clean_stage

    def part(project) -> str:
        return clean_stage(open_project(project), declare(open_project(project), "synthetic"), INVENTED).part

    raw = project / f"data_raw/{INVENTED}/discharges.csv"
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.write_text("a\n", encoding="utf-8")
    parts = [part(project)]
    with_city_lines(project, "[rules.stay_too_long]\ndays = 90")
    parts.append(part(project))
    place = project / "analysis/studies/synthetic.toml"
    text = place.read_text(encoding="utf-8")
    changed = text.replace('frequency = "month"', 'frequency = "month"\nwithout_flags = ["stay_too_long"]', 1)
    place.write_text(changed, encoding="utf-8")
    parts.append(part(project))
    assert len(set(parts)) == 3
