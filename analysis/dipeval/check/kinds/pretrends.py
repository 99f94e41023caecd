"""Kind ``pretrends``: all leads together, by every inference method, with the power of the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.check.pretrends.violation import KEYS, WINDOW
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """Joint tests of the leads side by side.

    Failed: the study's method rejects, and so does randomisation (wild bootstrap where that does not apply),
    if it could reject at all. Passed: neither rejects, and the test would have found the stated trend
    (default: the line that makes the whole effect) with a chance of at least 80 %. Informative: the two
    disagree, or the power is less.

    Cost: randomisation estimates once a calendar that is drawn; the others are quick.
    """
    from dipeval.check.pretrends.together import pretrends

    return pretrends(subject, choice)


KIND = CheckKind(
    check,
    {
        **KEYS,
        "window": WINDOW,
        "inferences": Key("texts", default=(), doc="methods; default: all that the estimator bears"),
        "seed": Key("integer", default=1, doc="of the methods that draw"),
        "n_draws": Key("integer", default=499, low=99, doc="of the methods that draw"),
    },
    "Pre-trends",
    "事前趋势",
)
