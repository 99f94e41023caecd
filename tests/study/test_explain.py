"""The methods paragraph says every choice of the study."""

from dataclasses import replace
from pathlib import Path

import pytest

from dipeval.errors import StudyError
from dipeval.estimate.registry import estimands
from dipeval.infer.registry import inference_labels
from dipeval.pipeline.plan import declare
from dipeval.pipeline.telling import codebook_text, explain_study, listing
from dipeval.store.project import open_project
from dipeval.study.disclosure import Disclosure, of_disclosure
from dipeval.study.explain import explain
from dipeval.study.model import PaymentChoice
from dipeval.vocabulary import columns, outcomes, patient_words

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(p.stem for p in (ROOT / "analysis/studies").glob("*.toml"))


@pytest.mark.parametrize("name", STUDIES)
def test_every_choice_is_told(name):
    study = declare(open_project(ROOT), name).study
    english, chinese = explain_study(name, root=ROOT), explain_study(name, "zh", root=ROOT)
    for outcome in study.outcomes:
        assert outcomes()[outcome].label_en in english
        assert outcomes()[outcome].label_zh in chinese
    for cluster in study.treatment.clusters if study.treatment else ():
        assert cluster in english and columns()[cluster].label_zh in chinese
    for text in (english, chinese):
        assert study.start in text and study.end in text
        assert str(study.disclosure.minimum_cell) in text
    assert ("synthetic" in english.lower()) == study.synthetic
    assert ("is a placebo" in english) == (study.treatment is not None and study.treatment.placebo)


def test_dates_of_payment_are_told():
    text = explain_study("synthetic", root=ROOT)
    assert "Anlan (synthetic) from 2020-01" in text
    assert "Never treated in the window: Mulan (synthetic), Nanfeng (synthetic), Qinghe (synthetic)" in text


def test_an_unknown_language():
    with pytest.raises(StudyError, match="not a language"):
        explain_study("synthetic", "fr", root=ROOT)


def test_the_codebook_holds_every_word():
    text = codebook_text()
    assert all(f"| {name} |" in text for name in [*columns(), *outcomes(), *patient_words()])


@pytest.mark.parametrize(
    "kind", ["", "studies", "estimators", "inference", "descriptions", "rules", "outcomes"]
)
def test_lists(kind):
    assert listing(kind, ROOT).strip()


def test_an_unknown_list_names_the_nearest():
    with pytest.raises(StudyError, match="did you mean 'estimators'"):
        listing("estimator", ROOT)


def test_the_chinese_paragraph_speaks_chinese():
    text = explain_study("swissdrg", "zh", root=ROOT)
    assert "急性期医院自2012年" in text and "插补估计" in text
    assert "rehabilitation" not in text


def test_the_english_paragraph_speaks_english():
    text = explain_study("swissdrg", root=ROOT)
    assert "acute care from 2012; psychiatry from 2018" in text
    assert "Left out: birth centre, other special clinics" in text
    assert text.isascii() or not any("一" <= letter <= "鿿" for letter in text)


def explained(**choices) -> tuple[str, str]:
    declared = declare(open_project(ROOT), "synthetic")
    return explain(replace(declared.study, **choices), declared.cities, estimands(), inference_labels())


@pytest.mark.parametrize(
    ("choices", "english", "chinese"),
    [
        ({"stays": "linked"}, "with the sum of their days", "住院天数相加"),
        ({"stays": "linked", "linked_days": "dates"}, "to last discharge", "末次出院"),
        ({"level": "current"}, "those of each period", "当期值"),
        ({"level": "announcement"}, "at the announcement", "改革公布时"),
        ({"payment": PaymentChoice(2021, {})}, "by the DIP catalogue of 2021", "按2021年DIP病种目录"),
    ],
)
def test_stays_and_levels_are_told_where_they_depart_from_the_defaults(choices, english, chinese):
    plain, told = explained(), explained(**choices)
    assert english in told[0] and chinese in told[1]
    assert english not in plain[0] and chinese not in plain[1]


def test_the_rules_of_disclosure_are_told():
    english, chinese = of_disclosure(Disclosure(10, 0.85, ""))
    assert "fewer than 10 cases" in english and "85 %" in english and "rounded" not in english
    assert "少于10例" in chinese and "取整" not in chinese
    english, chinese = of_disclosure(Disclosure(20, 0.5, "small towns", 5))
    assert "(small towns)" in english and "multiples of 5" in english and "5的倍数" in chinese
