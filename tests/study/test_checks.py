"""What a study may say of its checks, and the sentence that tells them."""

import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.registries import registries
from dipeval.study.parse import parse_study

STUDY = """
[study]
name = "s"
title_en = "S"
title_zh = "S"
[data]
cities = ["a", "b"]
start = "2019-01"
end = "2020-12"
frequency = "month"
[design]
by = "city"
comparison = "not_yet_treated"
event_window = [-6, 6]
reference = -1
clusters = ["city"]
[outcomes]
names = ["length_of_stay", "cost_per_case"]
[estimate]
estimators = ["imputation", "twfe"]
main = "imputation"
"""
CHECK = '[checks.others]\nkind = "other_estimators"\n'


def parsed(text):
    return parse_study(text, "analysis/studies/s.toml", registries(), ("a", "b"), "s")


def test_a_check_stands_with_its_defaults():
    (check,) = parsed(STUDY + CHECK).checks
    assert (check.name, check.kind, check.heading) == ("others", "other_estimators", "checks")
    assert check.options == {"outcome": "", "estimator": "", "estimators": ()}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('[checks.x]\nkind = "other_estimator"\n', "did you mean 'other_estimators'"),
        (CHECK + 'outcome = "cost_per_cas"\n', "did you mean 'cost_per_case'"),
        (CHECK + 'estimator = "two_stage"\n', "'two_stage' is none of the study's"),
        (CHECK + 'estimator = "imputatio"\n', "did you mean 'imputation'"),
        (CHECK + "colour = 5\n", "unknown key 'colour'"),
        (CHECK + '[describe.others]\nkind = "panel_models"\n', "names a description or an effect too"),
        (CHECK.replace("others", '"my check"'), "is no plain name"),
    ],
)
def test_what_is_wrong_is_told_with_its_nearest(said, told):
    with pytest.raises(StudyError, match="checks") as error:
        parsed(STUDY + said)
    assert told in str(error.value)


def test_checks_need_something_to_check():
    text = (
        STUDY.split("[design]")[0] + '[describe.d]\nkind = "growth"\noutcomes = ["length_of_stay"]\n' + CHECK
    )
    with pytest.raises(StudyError) as error:
        parsed(text)
    for part in ("design", "outcomes", "estimate"):
        assert f"needs the table [{part}]" in str(error.value)
