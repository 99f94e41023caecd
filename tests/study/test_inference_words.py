"""``[infer]`` of a study: every registered method, one for all estimators or one for each."""

from pathlib import Path

import pytest

from dipeval.errors import StudyError
from dipeval.infer.registry import inference_labels
from dipeval.pipeline.registries import registries
from dipeval.study import parse_study
from dipeval.study.explain_inference import of_inference

CITIES = tuple(p.stem for p in (Path(__file__).resolve().parents[2] / "analysis/cities").glob("*.toml"))
STUDY = """
[study]
name = "small"
title_en = "Small"
title_zh = "小"
[data]
cities = ["synthetic_anlan", "synthetic_mulan"]
start = "2019-01"
end = "2020-12"
frequency = "month"
[design]
by = "city"
[outcomes]
names = ["length_of_stay"]
[estimate]
estimators = ["imputation", "twfe"]
main = "imputation"
[[case_models]]
name = "adjusted"
outcomes = ["length_of_stay"]
"""
CASES_APART = '[infer.by_estimator.adjusted]\nmethod = "cluster"\n'


def parse(text):
    return parse_study(STUDY + text, "studies/small.toml", registries(), CITIES, "small")


def problem(text):
    with pytest.raises(StudyError) as caught:
        parse(text)
    assert len(caught.value.problems) == 1, caught.value
    return str(caught.value)


def test_what_was_said_before_is_what_is_left_out():
    said = parse("").inference
    assert said == parse('[infer]\nmethod = "cluster"\nsmall_sample = "CR1"\nlevel = 0.95\n').inference
    assert (said.method, said.options, said.level) == ("cluster", {"small_sample": "CR1"}, 0.95)


def test_a_method_for_each_estimator():
    said = parse(
        '[infer]\nmethod = "randomisation"\nlevel = 0.9\nn_draws = 199\nseed = 7\n'
        'within = { synthetic_anlan = "a", synthetic_mulan = "a" }\n'
        '[infer.by_estimator.twfe]\nmethod = "wild"\nvariant = "31"\nseed = 8\n' + CASES_APART
    ).inference
    assert said.of("imputation") is said and said.options["statistic"] == "t"
    assert said.options["within"] == {"synthetic_anlan": "a", "synthetic_mulan": "a"}
    wild = said.of("twfe")
    assert (wild.method, wild.level, wild.options["seed"]) == ("wild", 0.9, 8)
    assert "within" not in wild.options and said.of("adjusted").method == "cluster"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[infer]\nmethod = "wilde"\n', "did you mean 'wild'"),
        ('[infer]\nsmall_sample = "CR9"\n', "did you mean 'CR3' or 'CR2' or 'CR1'"),
        ("[infer]\nsmal_sample = 1\n", "did you mean 'small_sample'"),
        (
            '[infer]\nvariant = "31"\n',
            "is an option of wild, not of cluster\n    do:   leave it out, or write",
        ),
        ("[infer]\nlevel = 95\n", "write a number between 0 and 1"),
        ('[infer]\nmethod = "randomisation"\n' + CASES_APART, "the key 'seed' is missing"),
        ('[infer]\nmethod = "randomisation"\nseed = true\n' + CASES_APART, "must be of type integer"),
        ('[infer]\nmethod = "randomisation"\nseed = 1\nwithin = 3\n' + CASES_APART, "must be of type strata"),
        ('[infer]\nmethod = "randomisation"\nseed = 1\nn_draws = 9\n' + CASES_APART, "99 or more"),
        ('[infer]\nmethod = "randomisation"\nseed = 1\n', "'randomisation' of adjusted: a model on cases"),
        (
            '[infer]\nmethod = "wild"\nseed = 1\n',
            "key infer.method: 'wild' of imputation: is defined for estimators that are one regression, which "
            "this is not\n    do:   write [infer.by_estimator.imputation]",
        ),
        ('[infer]\nsmall_sample = "CR2"\n', 'small_sample = "CR2" is defined for estimators that are one'),
        ('[infer.by_estimator.twf]\nmethod = "cluster"\n', "did you mean 'twfe'"),
        (
            '[infer.by_estimator.twfe]\nmethod = "iid"\n',
            'it needs [estimate.options.twfe] errors = "row"',
        ),
        (
            '[infer.by_estimator.twfe]\nmethod = "wild"\nseed = 1\n[estimate.options.twfe]\nerrors = "row"\n',
            "not defined beside the estimator's own options",
        ),
    ],
)
def test_what_cannot_be_is_one_clear_problem(text, part):
    assert part in problem(text)


FAMILY = '[families.all]\noutcomes = ["length_of_stay"]\n'


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (
            FAMILY.replace("stay", "stays") + "seed = 1\n",
            "families.all.outcomes: 'length_of_stays' is no outcome of this study\n    do:   did you mean "
            "'length_of_stay'?",
        ),
        (FAMILY, "random draws without a seed: errors of imputation, twfe are 'cluster'"),
        (FAMILY + 'seed = 1\nestimators = ["imputatio"]\n', "did you mean 'imputation'"),
        (FAMILY + 'seed = 1\nterms = ["overal"]\n', "did you mean 'overall'"),
        (FAMILY + "seed = 1\noutcome = 2\n", "did you mean 'outcomes'"),
        ("[families.all]\noutcomes = []\nseed = 1\n", "is empty"),
        ("[families.all]\nseed = 1\n", "the key 'outcomes' is missing"),
        ('[families."a b"]\noutcomes = ["length_of_stay"]\nseed = 1\n', "is no plain name"),
    ],
)
def test_a_family_that_cannot_be(text, part):
    assert part in problem(text)


def test_a_band_has_a_seed_and_errors_to_stand_on():
    said = parse("[infer.band]\nseed = 3\n").inference
    assert (said.band.seed, said.band.n_draws) == (3, 999) and parse("").inference.band is None
    assert "the key 'seed' is missing" in problem("[infer.band]\nn_draws = 999\n")
    drawn = '[infer]\nmethod = "randomisation"\nseed = 1\n[infer.band]\nseed = 1\n'
    apart = '[infer.by_estimator.adjusted]\nmethod = "wild"\nseed = 1\n'
    assert "no estimator of the study has clustered errors" in problem(drawn + apart)
    study = parse("[infer.band]\nseed = 3\n")
    english, chinese = of_inference(study, {}, inference_labels())
    assert "(multiplier bootstrap, 999 draws, seed 3)" in english and "随机种子3" in chinese


def test_families_of_methods_that_draw_need_no_further_seed():
    dealt = '[infer]\nmethod = "randomisation"\nseed = 1\n' + CASES_APART
    (family,) = parse(dealt + FAMILY).families
    assert (family.name, family.outcomes, family.terms) == ("all", ("length_of_stay",), ("overall",))
    (family,) = parse(FAMILY + 'seed = 9\ntitle_en = "All"\n').families
    assert (family.seed, family.n_draws, family.title_en) == (9, 9999, "All")
    english, chinese = of_inference(parse(FAMILY + "seed = 9\n"), {}, inference_labels())
    assert "Effects on Length of stay are judged together (family 'all')" in english and "“all”" in chinese


def test_every_method_can_be_said():
    seeds = {
        name: "seed = 1\n" if "seed" in options else "" for name, options in registries().inference.items()
    }
    rows = '[estimate.options.twfe]\nerrors = "row"\n'
    for name, seed in seeds.items():
        extra = rows if name in ("hetero", "iid") else ""
        on_paths = name in ("conformal", "jackknife", "bootstrap")
        mine = "synthetic_control" if on_paths else "twfe"
        text = f'[infer.by_estimator.{mine}]\nmethod = "{name}"\n{seed}{extra}'
        study = STUDY.replace('"twfe"]', f'"twfe", "{mine}"]') if on_paths else STUDY
        said = parse_study(study + text, "studies/small.toml", registries(), CITIES, "small").inference
        assert said.of(mine).method == name


@pytest.mark.parametrize("said", ['method = "conformal"', 'method = "placebo"\nstatistic = "fit_ratio"'])
def test_methods_on_paths_are_for_estimators_that_have_them(said):
    told = problem(f"[infer.by_estimator.twfe]\n{said}\nseed = 1\n")
    assert "the estimator has no paths of treated units beside weighted others" in told


def test_the_rule_in_words():
    study = parse('[infer]\nmethod = "randomisation"\nseed = 7\nwithin = "province"\n' + CASES_APART)
    english, chinese = of_inference(study, {"twfe": ("Two-way", "双向")}, inference_labels())
    assert english == (
        "P-values and intervals are those of: randomisation over the reform calendar, by city (on the t statistic; "
        "999 draws, or all that there are where they are no more; seed 7; dates dealt within province), intervals "
        "are at the 95 % level. For the model 'adjusted': standard errors are clustered by city (CR1)."
    )
    assert "随机种子7" in chinese and "模型“adjusted”" in chinese
