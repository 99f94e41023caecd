"""What a study says of uncertainty: ``[infer]``, one method for all estimators or one for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import nearest
from .grammar import Checker, Chosen, Key, Named, Table

DEFAULT = "cluster"
CASES = "cases"
"""What a model on cases is called where fitness is asked: it is not estimated by a registered estimator."""
Unfit = Callable[[str, Mapping[str, object], str, Mapping[str, object]], str]
"""From method, its options, estimator and its options to why they do not go together; empty when they do."""


@dataclass(frozen=True)
class BandChoice:
    """Multiplier draws of bands that cover all event times at once."""

    seed: int
    n_draws: int


@dataclass(frozen=True)
class InferenceChoice:
    """How uncertainty is stated.

    Attributes
    ----------
    method : str
        Name in the registry of inference methods.
    options : mapping of str to object
        Its options as the file has them, with the defaults that the methods paragraph tells.
    level : float
        Level of the intervals.
    by_estimator : mapping of str to InferenceChoice
        Where an estimator, or a model on cases, has a method of its own.
    band : BandChoice or None
        Whether event studies show simultaneous bands beside pointwise intervals, where errors are clustered.
    """

    method: str
    options: Mapping[str, object]
    level: float
    by_estimator: Mapping[str, InferenceChoice] = field(default_factory=dict)
    band: BandChoice | None = None

    def of(self, estimator: str) -> InferenceChoice:
        """The method of one estimator or model on cases."""
        return self.by_estimator.get(estimator, self)


def inference_grammar(methods: Mapping[str, Mapping[str, Key]]) -> Chosen:
    """``[infer]``: a method, its options, and ``[infer.by_estimator.<name>]`` with those of one estimator."""
    own = Chosen("method", DEFAULT, methods)
    band = Table(
        {
            "seed": Key("integer", required=True, doc="a whole number, like seed = 1: draws are random"),
            "n_draws": Key("integer", default=999, low=99),
        }
    )
    common = {"level": Key("number", default=0.95), "by_estimator": Named(own), "band": band}
    return Chosen("method", DEFAULT, methods, common)


def inference_choice(
    checker: Checker,
    found: Mapping[str, object],
    estimators: Mapping[str, Mapping[str, object]],
    models: Sequence[str],
    unfit: Unfit,
) -> InferenceChoice:
    """Read ``[infer]``; problems are noted in `checker`.

    Parameters
    ----------
    estimators : mapping of str to mapping
        Options of the study's estimators.
    models : sequence of str
        Names of its models on cases.
    unfit : callable
    """
    level = found["level"]
    if not 0 < level < 1:
        checker.report("infer.level", f"is {level:g}", "write a number between 0 and 1, like 0.95")
    names = (*estimators, *models)
    own = {}
    for name, told in found["by_estimator"].items():
        if name not in names:
            what = f"'{name}' is no estimator or model on cases of this study"
            checker.report(f"infer.by_estimator.{name}", what, nearest(name, names))
            continue
        own[name] = _choice(told, level)
    told = {k: v for k, v in found.items() if k not in ("level", "by_estimator", "band")}
    band = None if found["band"]["seed"] is None else BandChoice(**found["band"])
    made = replace(_choice(told, level, own), band=band)
    if band is not None and all(made.of(name).method != DEFAULT for name in names):
        todo = f'leave it out, or write method = "{DEFAULT}" for some estimator'
        checker.report("infer.band", "no estimator of the study has clustered errors to draw it around", todo)
    for name in names:
        kind, options = (name, estimators[name]) if name in estimators else (CASES, {})
        chosen = made.of(name)
        why = unfit(chosen.method, chosen.options, kind, options)
        if why:
            key = f"infer.by_estimator.{name}" if name in own else "infer"
            todo = f"write [infer.by_estimator.{name}] with a method of its own, for example "
            checker.report(
                f"{key}.method", f"'{chosen.method}' of {name}: {why}", todo + 'method = "cluster"'
            )
    return made


def _choice(
    told: Mapping[str, object], level: float, own: Mapping[str, InferenceChoice] | None = None
) -> InferenceChoice:
    options = {name: value for name, value in told.items() if name != "method" and value is not None}
    return InferenceChoice(told["method"], options, level, own or {})
