"""How effects of `[effects.<name>]` are inferred: the words of a study file, and what each calls."""

from __future__ import annotations

from collections.abc import Mapping

from dipeval.describe.labels import Labels, label_of
from dipeval.errors import DesignError
from dipeval.results import Estimate
from dipeval.study.grammar import Key

METHODS: Mapping[str, tuple[str, dict[str, object]]] = {
    "cluster": ("cluster", {"small_sample": "CR1"}),
    "cr2": ("cluster", {"small_sample": "CR2"}),
    "wild": ("wild", {}),
    "multiplier": ("multiplier", {}),
    "randomisation": ("randomisation", {}),
    "ferman_pinto": ("ferman_pinto", {}),
    "ibragimov_mueller": ("ibragimov_mueller", {}),
    "sign_changes": ("sign_changes", {}),
}
DRAWN = ("wild", "multiplier", "randomisation", "ferman_pinto", "sign_changes")


def inference_keys() -> dict[str, Key]:
    """Keys of a kind whose estimates are inferred."""
    return {
        "inference": Key(
            "texts", default=("cluster",), choices=tuple(METHODS), doc="the first is drawn, all are tabulated"
        ),
        "cluster": Key("text", default="", doc="clustering variable; default: the first of the design"),
        "seed": Key("integer", default=1, low=0, doc="of methods that draw"),
        "draws": Key("integer", default=999, low=99, high=99999, doc="of methods that draw"),
        "level": Key("number", default=0.95, low=0.5, high=0.999, doc="level of the intervals"),
    }


def inferred(
    estimate: Estimate, options: Mapping[str, object], cluster: str
) -> tuple[list[Estimate], dict[str, str]]:
    """The estimate under each method that a study asks for, where it can be had.

    Parameters
    ----------
    estimate : Estimate
    options : mapping
        Of `inference_keys`.
    cluster : str
        Where the study names none.

    Returns
    -------
    estimates : list of Estimate
        At least one: the plain clustered errors, where no method that was asked for fits the estimator.
    refused : dict of str to str
        Methods that do not fit, and why.

    Raises
    ------
    DesignError
        A clustering variable that the design lacks, too few clusters.
    """
    made, refused = [], {}
    for method in options["inference"]:
        try:
            made.append(_one(estimate, method, options, cluster))
        except DesignError as error:
            if METHODS[method] == METHODS["cluster"]:
                raise
            refused[method] = error.problems[0].what
    return made or [_one(estimate, "cluster", options, cluster)], refused


def refusals(by_estimator: Mapping[str, Mapping[str, str]], labels: Labels) -> list[tuple[str, str]]:
    """Notes on methods that do not fit an estimator, in English and Chinese."""
    from dipeval.infer.registry import INFERENCES

    notes = []
    for name, refused in by_estimator.items():
        english, chinese = label_of(name, labels)
        for method, why in refused.items():
            spec = INFERENCES[METHODS[method][0]]
            notes.append(
                (f"{english}, no {spec.label_en.lower()}: {why}.", f"{chinese}不适用{spec.label_zh}：{why}。")
            )
    return list(dict.fromkeys(notes))


def _one(estimate: Estimate, method: str, options: Mapping[str, object], cluster: str) -> Estimate:
    from dipeval.infer import infer

    name, words = METHODS[method]
    words = {**words, "cluster": str(options["cluster"]) or cluster, "level": float(options["level"])}
    if name in DRAWN:
        words |= {"seed": int(options["seed"]), "n_draws": int(options["draws"])}
    return infer(estimate, name, **words)
