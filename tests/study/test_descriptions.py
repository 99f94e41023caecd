"""``[describe.<name>]``: kinds with keys of their own, selections, classes; and studies that only describe."""

from pathlib import Path

import pytest

from dipeval.describe.registry import KINDS
from dipeval.errors import StudyError
from dipeval.estimate.registry import estimands
from dipeval.pipeline.registries import registries
from dipeval.store.project import open_project
from dipeval.study import Registries, parse_study
from dipeval.study.explain import explain
from dipeval.study.grammar import Key
from dipeval.study.rules import study_grammar

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
KNOWN = Registries(
    {"imputation": {}},
    {"cluster": {"small_sample": Key("text", default="CR1")}},
    {},
    descriptions={
        "counts": ("cases", {"by": Key("texts", required=True), "top": Key("integer", default=10)}),
        "lines": ("panel", {"base": Key("period", default="")}),
    },
    effects={"groups": ("panel", {"by": Key("text", required=True)})},
)
STUDY = """
[study]
name = "small"
title_en = "Small"
title_zh = "小"
[data]
cities = ["synthetic_anlan"]
start = "2019"
end = "2019"
frequency = "year"
[describe.losses]
kind = "counts"
by = ["department"]
where = { loss_case = true, age = [18, 65], diagnosis = ["H11"] }
bins = { case_weight = [0.5, 1] }
"""


def parse(text):
    return parse_study(text, "analysis/studies/small.toml", KNOWN, ("synthetic_anlan",), "small")


def test_a_study_may_only_describe():
    study = parse(STUDY)
    (losses,) = study.descriptions
    assert study.treatment is None and study.estimators == () and study.outcomes == ()
    assert losses.options == {"by": ("department",), "top": 10}
    assert losses.where == {"loss_case": True, "age": (18, 65), "diagnosis": ("H11",)}
    assert losses.bins == {"case_weight": (0.5, 1.0)}
    assert losses.titles("A", "甲") == ("A", "甲")


def test_an_effect_stands_under_its_own_heading_and_needs_a_design():
    with pytest.raises(StudyError, match=r"key effects: needs the table \[design\]"):
        parse(STUDY + '[effects.by_level]\nkind = "groups"\nby = "hospital_level"\n')
    with pytest.raises(StudyError, match=r"write it as \[effects.<name>\]"):
        parse(STUDY + '[describe.by_level]\nkind = "groups"\nby = "hospital_level"\n')
    design = '[design]\nby = "city"\n[effects.by_level]\nkind = "groups"\nby = "hospital_level"\n'
    losses, groups = parse(STUDY.replace('end = "2019"', 'end = "2020"') + design).descriptions
    assert (losses.heading, groups.heading) == ("describe", "effects")
    assert groups.name == "by_level" and groups.options == {"by": "hospital_level"}


def test_without_a_description_a_design_must_stand():
    with pytest.raises(StudyError, match=r"the table \[design\] is missing"):
        parse(STUDY.split("[describe")[0])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "counts"', 'kind = "count"', "did you mean 'counts'"),
        ('kind = "counts"', 'kind = "lines"', "is an option of counts, not of lines"),
        ('by = ["department"]', "", "the key 'by' is missing"),
        ("loss_case = true", "loss_cas = true", "did you mean 'loss_case'"),
        ("loss_case = true", 'loss_case = "yes"', "must be of type flag"),
        ("age = [18, 65]", "age = [65, 18]", "is no span"),
        ("[0.5, 1]", "[1, 0.5]", "no limits in order"),
        ("case_weight", "sex", "is not known here"),
        ('diagnosis = ["H11"]', "any_diagnosis = true", "names no code"),
        ("[describe.losses]", "[describe.'los ses']", "no plain name"),
        (
            "[describe.losses]",
            '[estimate]\nestimators = ["imputation"]\nmain = "imputation"\n[describe.losses]',
            "[design]",
        ),
    ],
)
def test_what_is_wrong_is_said(old, new, said):
    assert old in STUDY
    with pytest.raises(StudyError) as error:
        parse(STUDY.replace(old, new))
    assert said in str(error.value)


def test_a_person_is_no_selection():
    columns = study_grammar(KNOWN)["describe"].each.tables["counts"]["where"].keys
    assert "department" in columns and not {"person", "visit", "settlement"} & set(columns)


def test_it_is_explained():
    city = open_project(ANALYSIS.parent).city("synthetic_anlan", registries())
    told = explain(parse(STUDY), {"synthetic_anlan": city}, estimands(), {}, {"counts": ("Counts", "计数")})
    assert "Described are: Counts (losses)." in told[0] and "计数" in told[1]
    assert "Treatment" not in told[0] and "处理组" not in told[1]


def test_every_kind_is_told_in_two_languages():
    for name, kind in KINDS.items():
        assert kind.label_en and kind.label_zh and kind.layer in ("cases", "panel"), name
        assert not set(kind.keys) & {"kind", "where", "bins", "title_en", "title_zh"}, name


def test_a_study_that_compares_with_nobody_estimates_nothing():
    design = '[design]\nby = "city"\ncomparison = "none"\n'
    alone = STUDY.replace('end = "2019"', 'end = "2020"') + design
    assert parse(alone).treatment.comparison == "none"
    asked = '[outcomes]\nnames = ["length_of_stay"]\n[estimate]\nestimators = ["imputation"]\nmain = "imputation"\n'
    with pytest.raises(StudyError, match="key estimate: does not go with"):
        parse(alone + asked)
