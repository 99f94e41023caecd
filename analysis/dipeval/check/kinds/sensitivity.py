"""Kind ``sensitivity``: what an effect still is if trends part within bounds (Rambachan and Roth)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """Intervals by bound as a figure and a table, and the largest bound at which the effect is told from zero.

    Passed where the interval excludes zero, on the side of the estimate, at the bound that is asked for (`threshold`; trends
    after the reform no worse than before it unless told). Failed where it does not, and the leads are not zero together by the
    rule of the kind ``pretrends``: trends did part before the reform, and as much of that afterwards could be all of the
    effect. So a sound design fails no more often than that test rejects. Informative where only precision is lacking,
    where the interval under parallel trends holds zero already, where leads contradict the restriction, where the assumed
    sign or direction alone excludes at every bound that trends make the effect, or where no bound is asked for and none can
    be read off the leads.

    Cost: an event study; a thousandth of a second an interval of fixed length, some hundredths for the others; one event study a
    calendar where the leads decide.
    """
    from dipeval.check.sensitivity.of_study import sensitivity

    return sensitivity(subject, choice)


KIND = CheckKind(
    check,
    {
        "restriction": Key(
            "text",
            default="relative_magnitudes",
            choices=("relative_magnitudes", "smoothness", "relative_smoothness"),
            doc="what is bounded: steps relative to those before the reform, changes of slope, or these relative",
        ),
        "bias": Key(
            "text", default="", choices=("", "positive", "negative"), doc="sign of the bias, if known"
        ),
        "trend": Key(
            "text",
            default="",
            choices=("", "increasing", "decreasing"),
            doc="direction of the trend, if known",
        ),
        "method": Key(
            "text",
            default="",
            choices=("", "fixed_length", "fixed_length_hybrid", "least_favourable", "conditional"),
            doc="default: fixed_length for smoothness, with a sign or direction its hybrid; else least_favourable",
        ),
        "bounds": Key("numbers", default=(), doc="default: 0.5 to 2, or 0 to 2 times the bend of the leads"),
        "threshold": Key(
            "number", default=None, low=0, doc="the bound that decides; default: as before the reform"
        ),
        "average": Key("text", default="mean", choices=("mean", "first", "last"), doc="of the effects"),
        "weights": Key("numbers", default=(), doc="one for each event time from the reform on, instead"),
        "window": Key("integers", default=(), doc="first and last event time"),
    },
    "Sensitivity to differing trends",
    "对趋势差异的敏感性",
)
