"""Which checks of its main effect a study lists: ``[checks.<name>]``, a kind and the keys of that kind."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import nearest
from .descriptions import Kinds, description_grammar
from .grammar import Checker, Key, Named

CHECKS = "checks"
"""Heading of a study file."""


def check_grammar(kinds: Kinds, estimators: tuple[str, ...]) -> Named:
    """``[checks.<name>]`` of a study file.

    Parameters
    ----------
    kinds : mapping
        Layer and own keys of each kind of check.
    estimators : tuple of str
        Names in the registry.
    """
    about = {
        "outcome": Key("text", default="", doc="one of [outcomes] names; default: the first"),
        "estimator": Key(
            "text", default="", choices=("", *estimators), doc="one of [estimate]; default: main"
        ),
    }
    return description_grammar(kinds, common=about)


def check_checks(checker: Checker, found: Mapping[str, Mapping[str, object]]) -> None:
    """What is checked is an estimate of the study: its outcome, its estimator and a comparison."""
    if not found["checks"]:
        return
    for part, there in (
        ("design", bool(found["design"]["by"])),
        ("outcomes", bool(found["outcomes"]["names"])),
        ("estimate", bool(found["estimate"]["estimators"])),
    ):
        if not there:
            checker.report(CHECKS, f"needs the table [{part}], which is missing", f"add [{part}]")
    known = {
        "outcome": found["outcomes"]["names"] or (),
        "estimator": found["estimate"]["estimators"] or (),
    }
    others = {*found["describe"], *found["effects"]}
    for name, told in found["checks"].items():
        where = f"{CHECKS}.{name}"
        for key, words in known.items():
            said = told.get(key)
            if said and words and said not in words:
                checker.report(f"{where}.{key}", f"'{said}' is none of the study's", nearest(said, words))
        if name in others:
            checker.report(where, "names a description or an effect too", "call one of them otherwise")
