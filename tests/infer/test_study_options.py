"""What a study file may say of a method is what its function takes."""

from importlib import import_module
from inspect import signature

import pytest

from dipeval.estimate.registry import ESTIMATORS
from dipeval.infer.registry import INFERENCES
from dipeval.infer.study_options import STUDY_DEFAULTS, STUDY_TYPES, STUDY_WORDS

MODULE_WORDS = {
    ("cluster", "small_sample"): "cluster:SMALL_SAMPLE",
    ("cluster", "df"): "cluster:DEGREES",
    ("hetero", "small_sample"): "rows:SMALL_SAMPLE",
    ("two_way", "small_sample"): "two_way:SMALL_SAMPLE",
    ("wild", "variant"): "wild_inference:VARIANTS",
    ("wild", "weights"): "wild:WEIGHTS",
    ("multiplier", "weights"): "wild:WEIGHTS",
    ("multiplier", "intervals"): "multiplier_inference:INTERVALS",
    ("randomisation", "statistic"): "randomisation:STATISTICS",
    ("conley_taber", "draw"): "few_treated:DRAWS",
    ("ferman_pinto", "draw"): "few_treated:DRAWS",
    ("ferman_pinto", "size"): "few_treated:SIZES",
    ("ibragimov_mueller", "between"): "group_inference:BETWEEN",
    ("placebo", "statistic"): "placebo:STATISTICS",
    ("conformal", "permutations"): "conformal:PERMUTATIONS",
    ("conformal", "statistic"): "conformal:STATISTICS",
}


@pytest.mark.parametrize("name", INFERENCES)
def test_options_are_those_of_the_function(name):
    spec = INFERENCES[name]
    taken = signature(spec.function).parameters
    assert sorted(spec.options) == sorted(list(taken)[1:])
    assert set(spec.options) - {"cluster", "level"} <= set(STUDY_TYPES)
    for option in spec.options:
        default = STUDY_DEFAULTS.get((name, option))
        if default is not None:
            assert taken[option].default == default


@pytest.mark.parametrize("key", MODULE_WORDS)
def test_words_are_those_of_the_module(key):
    module, _, constant = MODULE_WORDS[key].partition(":")
    assert set(STUDY_WORDS[key]) == set(getattr(import_module(f"dipeval.infer.{module}"), constant))


def test_every_word_belongs_to_an_option():
    assert set(STUDY_WORDS) == set(MODULE_WORDS)
    assert all(option in INFERENCES[method].options for method, option in [*STUDY_WORDS, *STUDY_DEFAULTS])
    assert {name for name, spec in ESTIMATORS.items() if spec.is_regression} == {
        "twfe",
        "twfe_event_study",
        "sun_abraham",
        "extended_two_way",
        "stacked",
    }
