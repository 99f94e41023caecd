"""How a study file writes the options of inference methods, and for which estimators they are defined."""

from __future__ import annotations

from collections.abc import Mapping

STUDY_TYPES: Mapping[str, str] = {
    "small_sample": "text",
    "df": "text",
    "by": "text",
    "restricted": "flag",
    "variant": "text",
    "weights": "text",
    "draw_by": "text",
    "n_draws": "integer",
    "seed": "integer",
    "terms": "texts",
    "statistic": "text",
    "within": "strata",
    "intervals": "text",
    "draw": "text",
    "size": "text",
    "between": "text",
    "groups": "strata",
    "permutations": "text",
}
"""Type of each option, in the words of the study grammar. Clusters and the level are the study's own."""
STUDY_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cluster", "small_sample"): ("CR0", "CR1", "CR2", "CR3"),
    ("cluster", "df"): ("clusters", "satterthwaite"),
    ("hetero", "small_sample"): ("HC1", "HC0"),
    ("two_way", "small_sample"): ("CR1", "CR0"),
    ("wild", "variant"): ("11", "13", "31", "33"),
    ("wild", "weights"): ("rademacher", "webb", "mammen"),
    ("multiplier", "weights"): ("rademacher", "webb", "mammen"),
    ("multiplier", "intervals"): ("pointwise", "simultaneous"),
    ("randomisation", "statistic"): ("t", "estimate"),
    ("conley_taber", "draw"): ("permutation", "bootstrap"),
    ("ferman_pinto", "draw"): ("permutation", "bootstrap"),
    ("ferman_pinto", "size"): ("cases", "hospitals"),
    ("ibragimov_mueller", "between"): ("cities", "groups"),
    ("placebo", "statistic"): ("estimate", "fit_ratio"),
    ("conformal", "permutations"): ("moving_block", "iid"),
    ("conformal", "statistic"): ("size", "mean"),
}
"""The words that an option of a method may be."""
STUDY_DEFAULTS: Mapping[tuple[str, str], object] = {
    ("cluster", "small_sample"): "CR1",
    ("hetero", "small_sample"): "HC1",
    ("two_way", "small_sample"): "CR1",
    ("two_way", "by"): "period",
    ("wild", "restricted"): True,
    ("wild", "variant"): "11",
    ("wild", "weights"): "rademacher",
    ("wild", "n_draws"): 9999,
    ("multiplier", "weights"): "rademacher",
    ("multiplier", "intervals"): "pointwise",
    ("multiplier", "n_draws"): 9999,
    ("randomisation", "statistic"): "t",
    ("randomisation", "n_draws"): 999,
    ("conley_taber", "draw"): "permutation",
    ("conley_taber", "n_draws"): 9999,
    ("ferman_pinto", "draw"): "permutation",
    ("ferman_pinto", "n_draws"): 9999,
    ("sign_changes", "n_draws"): 9999,
    ("placebo", "statistic"): "estimate",
    ("placebo", "n_draws"): 999,
    ("conformal", "permutations"): "moving_block",
    ("conformal", "statistic"): "size",
    ("conformal", "n_draws"): 9999,
    ("bootstrap", "n_draws"): 999,
}
"""Defaults that the methods paragraph tells; those of the functions."""
ONE_REGRESSION: frozenset[tuple[str, str]] = frozenset(
    {("small_sample", "CR2"), ("df", "satterthwaite"), ("by", "period")}
)
"""Words of options that only an estimator which is one regression can take."""
