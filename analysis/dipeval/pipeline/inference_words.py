"""Inference methods in the words of a study file: their options, and which estimators they go with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import Problem, nearest
from ..estimate.registry import ESTIMATORS
from ..infer.registry import INFERENCES, InferenceSpec
from ..infer.study_options import ONE_REGRESSION, STUDY_DEFAULTS, STUDY_TYPES, STUDY_WORDS
from ..study.grammar import Key
from ..study.inference import CASES, InferenceChoice

if TYPE_CHECKING:
    from .plan import Declared

SAID_ELSEWHERE = ("cluster", "level")
"""Clusters stand under ``[design]``, the level under ``[infer]`` for all methods."""
OTHER_CLUSTERS = {"by": ("period",), "draw_by": ()}
"""Options that name another clustering of the design, and what they may be besides."""
SEED = "a whole number, like seed = 1, which is printed with the result: draws may be random"


def inference_options() -> dict[str, dict[str, Key]]:
    """The grammar of each method's options."""
    return {name: _options(spec) for name, spec in INFERENCES.items()}


def _options(spec: InferenceSpec) -> dict[str, Key]:
    return {
        option: Key(
            STUDY_TYPES[option],
            required=option == "seed",
            default=STUDY_DEFAULTS.get((spec.name, option)),
            choices=STUDY_WORDS.get((spec.name, option), ()),
            doc=SEED if option == "seed" else meaning,
            low=99 if option == "n_draws" else None,
        )
        for option, meaning in spec.options.items()
        if option not in SAID_ELSEWHERE
    }


def unfit(
    method: str, options: Mapping[str, object], estimator: str, its_options: Mapping[str, object]
) -> str:
    """Say why a method does not go with an estimator as it is asked for; empty when it does.

    Parameters
    ----------
    method : str
    options : mapping of str to object
        Of the method, as the file has them.
    estimator : str
        Name of a registered estimator, or ``cases`` for a model on cases.
    its_options : mapping of str to object
        Options of the estimator.
    """
    needs = INFERENCES[method].needs
    if needs == "rows" and estimator != CASES and its_options.get("errors") != "row":
        known = "errors" in (ESTIMATORS[estimator].all_options if estimator in ESTIMATORS else {})
        how = f'it needs [estimate.options.{estimator}] errors = "row"'
        return how if known else "the estimator keeps no errors by row"
    if needs == "data" and estimator == CASES:
        return "a model on cases cannot be estimated anew for another calendar"
    by_ratio = options.get("statistic") == "fit_ratio"
    if (needs == "paths" or by_ratio) and (estimator == CASES or not ESTIMATORS[estimator].has_unit_fits):
        return "the estimator has no paths of treated units beside weighted others"
    if options.get("draw_by") is not None and options.get("variant") in ("31", "33"):
        return "with draw_by there are the variants 11 and 13 alone"
    words = [f'{o} = "{w}"' for o, w in options.items() if isinstance(w, str) and (o, w) in ONE_REGRESSION]
    if needs == "regression" or words:
        why = _no_regression(estimator, its_options)
        return f"{' '.join(words)} {why}".strip() if why else ""
    return ""


def clustering_problems(declared: Declared, where: str) -> list[Problem]:
    """Options that name a clustering which the design does not have, or the one that comes first.

    Parameters
    ----------
    where : str
        The study file.
    """
    if declared.study.treatment is None:
        return []
    said, clusters = declared.study.inference, declared.study.treatment.clusters
    keys = {"infer": said} | {f"infer.by_estimator.{name}": own for name, own in said.by_estimator.items()}
    problems = []
    for key, own in keys.items():
        for option, others in OTHER_CLUSTERS.items():
            word = own.options.get(option)
            if word is None or word in (*clusters[1:], *others):
                continue
            what = f"'{word}' is no further clustering of the study"
            todo = (
                f'write clusters = ["{clusters[0]}", "{word}"] under [design]; {nearest(word, clusters[1:])}'
            )
            if word == clusters[0]:
                what, todo = f"'{word}' is the first clustering itself", "name another one, or leave it out"
            problems.append(Problem(f"{where}, key {key}.{option}", what, todo))
    return problems


def own_clusterings(said: InferenceChoice, clusters: Sequence[str]) -> list[str]:
    """Clusterings under which an estimate is inferred: those that do not serve as another one's second."""
    if "cluster" not in INFERENCES[said.method].options:
        return list(clusters[:1])
    second = {said.options.get(option) for option in OTHER_CLUSTERS}
    return [name for name in clusters if name not in second]


def _no_regression(estimator: str, options: Mapping[str, object]) -> str:
    """Why an estimator is not one regression with its residuals summed by cluster."""
    if estimator == CASES:
        return ""
    if not ESTIMATORS[estimator].is_regression:
        return "is defined for estimators that are one regression, which this is not"
    if options.get("errors") == "row" or options.get("absorb"):
        return "is not defined beside the estimator's own options errors and absorb"
    return ""
