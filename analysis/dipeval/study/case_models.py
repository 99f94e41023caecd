"""What a study says of models on its cases: ``[[case_models]]``, in the words of `estimate_cases`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import nearest
from ..vocabulary import outcomes, patient_covariates
from .grammar import Checker, Key, Tables

ESTIMATORS = ("twfe", "twfe_event_study")
TWO_WAY = ("hospital", "period")


@dataclass(frozen=True)
class CaseModel:
    """One model of the cases of a study, for each of its outcomes.

    Attributes
    ----------
    name : str
        How files and tables call it.
    outcomes, covariates, absorb : tuple of str
        As `dipeval.estimate_cases` has them.
    estimator : {"twfe", "twfe_event_study"}
    age_limits : tuple of int
    """

    name: str
    outcomes: tuple[str, ...]
    covariates: tuple[str, ...] = ()
    absorb: tuple[str, ...] = ()
    estimator: str = "twfe"
    age_limits: tuple[int, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Every covariate that the cells must hold."""
        crossed = (word for effect in self.absorb for word in effect.split(":"))
        return tuple(dict.fromkeys(w for w in (*self.covariates, *crossed) if w not in TWO_WAY))


def case_model_grammar() -> Tables:
    """``[[case_models]]`` of a study file."""
    return Tables(
        {
            "name": Key("text", required=True, doc="a short name of its own"),
            "outcomes": Key("texts", required=True, choices=tuple(outcomes())),
            "covariates": Key("texts", default=(), choices=patient_covariates()),
            "absorb": Key("texts", default=(), doc="covariates as effects; several joined by a colon"),
            "estimator": Key("text", default="twfe", choices=ESTIMATORS),
            "age_limits": Key("integers", default=(), doc="first age of each group but the lowest"),
        }
    )


def case_models(checker: Checker, found: Sequence[Mapping[str, object]]) -> tuple[CaseModel, ...]:
    """Read ``[[case_models]]``; problems are noted in `checker`."""
    names: list[object] = []
    for k, told in enumerate(found, 1):
        where = f"case_models[{k}]"
        if told["name"] in names:
            checker.report(f"{where}.name", f"'{told['name']}' stands twice", "give each its own name")
        names.append(told["name"])
        if not str(told["name"] or "x").isidentifier():
            todo = "write letters, digits and underscores, like adjusted"
            checker.report(f"{where}.name", f"'{told['name']}' is no plain name", todo)
        known = (*patient_covariates(), *TWO_WAY)
        for effect in told["absorb"] or ():
            for word in effect.split(":"):
                if word not in known:
                    checker.report(f"{where}.absorb", f"'{word}' is no covariate", nearest(word, known))
        twice = set(told["covariates"] or ()) & set(told["absorb"] or ())
        for word in sorted(twice):
            todo = "show its levels as a covariate, or absorb them"
            checker.report(f"{where}.absorb", f"'{word}' stands under covariates too", todo)
    return tuple(CaseModel(**told) for told in found)
