"""What a study says of families: outcomes whose effects are judged together, ``[families.<name>]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import nearest
from .grammar import Checker, Key, Named, Table
from .inference import DEFAULT, InferenceChoice

KINDS = ("overall", "event_time", "lead", "cohort", "period", "cell")


@dataclass(frozen=True)
class Family:
    """Hypotheses that are judged together, for each estimator by itself.

    Attributes
    ----------
    name : str
        How files call it.
    outcomes : tuple of str
    terms : tuple of str
        Kinds of terms.
    estimators : tuple of str
        None: every estimator of the study that has such terms.
    seed, n_draws : int or None, int
        Of multiplier draws, where the method is ``cluster``.
    title_en, title_zh : str
    """

    name: str
    outcomes: tuple[str, ...]
    terms: tuple[str, ...]
    estimators: tuple[str, ...]
    seed: int | None
    n_draws: int
    title_en: str
    title_zh: str


def family_grammar() -> Named:
    """``[families.<name>]`` of a study file."""
    return Named(
        Table(
            {
                "outcomes": Key("texts", required=True, doc="outcomes of the study that are judged together"),
                "terms": Key("texts", default=("overall",), choices=KINDS),
                "estimators": Key("texts", default=(), doc="none: all that have such terms"),
                "seed": Key("integer", doc="a whole number, for multiplier draws"),
                "n_draws": Key("integer", default=9999, low=99),
                "title_en": Key("text", default=""),
                "title_zh": Key("text", default=""),
            }
        )
    )


def families(
    checker: Checker,
    found: Mapping[str, Mapping[str, object]],
    outcomes: Sequence[str],
    estimators: Sequence[str],
    inference: InferenceChoice,
) -> tuple[Family, ...]:
    """Read ``[families]``; problems are noted in `checker`.

    Parameters
    ----------
    outcomes, estimators : sequence of str
        Those of the study.
    inference : InferenceChoice
    """
    for name, told in found.items():
        where = f"families.{name}"
        if not name.isidentifier():
            todo = "write letters, digits and underscores, like costs"
            checker.report(where, f"'{name}' is no plain name", todo)
        for key, known in (("outcomes", outcomes), ("estimators", estimators)):
            words = told[key] or ()
            for word in dict.fromkeys(words):
                if word not in known:
                    what = f"'{word}' is no {key[:-1]} of this study"
                    checker.report(f"{where}.{key}", what, nearest(word, known))
                if words.count(word) > 1:
                    checker.report(f"{where}.{key}", f"'{word}' stands twice", "write it once")
        if told["outcomes"] == () or told["terms"] == ():
            key = "outcomes" if told["outcomes"] == () else "terms"
            checker.report(f"{where}.{key}", "is empty", "name at least one, or leave the family out")
        asked = told["estimators"] or estimators
        drawn = [name for name in asked if inference.of(name).method == DEFAULT]
        if drawn and told["seed"] is None:
            what = f"random draws without a seed: errors of {', '.join(drawn)} are '{DEFAULT}'"
            checker.report(f"{where}.seed", what, "write seed = 1 (any whole number); it is printed")
    return tuple(Family(name, **told) for name, told in found.items())
