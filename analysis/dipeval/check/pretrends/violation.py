"""Which difference of trends a test is asked about: a line, a path, or the line that would make the whole effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dipeval.check.alternatives.numbers import effect_words
from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words
from dipeval.check.subject import Subject
from dipeval.errors import DesignError, Problem
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key

KEYS = {
    "slope": Key(
        "number", doc="change of the difference a period; default: the line that makes the whole effect"
    ),
    "path": Key("numbers", default=(), doc="one number a lead and effect, the reference left out"),
}
WINDOW = Key("integers", default=(), doc="first and last event time; default: all without bins")


@dataclass(frozen=True)
class Violation:
    """A stated violation of parallel trends.

    Attributes
    ----------
    path : numpy.ndarray, shape (k,)
        Its size at the leads and effects of an event study, zero at the reference.
    slope : float
        A period; NaN where it is no line.
    words : (str, str)
        What it is, to stand after "would have found".
    """

    path: np.ndarray
    slope: float
    words: Words

    @property
    def is_line(self) -> bool:
        """Whether it is a line through zero at the reference."""
        return bool(np.isfinite(self.slope))


def window_of(choice: DescriptionChoice) -> tuple[int, int] | None:
    """The event times that a check names.

    Raises
    ------
    DesignError
        Not two numbers, the first below the second.
    """
    told = [int(t) for t in choice.options["window"]]
    if not told:
        return None
    if len(told) != 2 or told[0] >= told[1]:
        problem = Problem("window", f"{told} is no first and last event time", "write for example [-6, 6]")
        raise DesignError("check", [problem])
    return told[0], told[1]


def violation_of(subject: Subject, choice: DescriptionChoice, events: EventVector) -> Violation:
    """The violation that a check states.

    Raises
    ------
    DesignError
        Both a slope and a path, a path of the wrong length or without a violation before the reform, or a
        slope of zero.
    """
    slope, path = choice.options["slope"], np.array(choice.options["path"], float)
    after = (events.times - events.reference).astype(float)
    if slope is not None and len(path):
        raise _refused("slope", "stands beside a path", "name one of them")
    if len(path):
        if len(path) != len(events.times):
            times = ", ".join(str(t) for t in events.times)
            raise _refused("path", f"has {len(path)} numbers", f"write one for each of {times}")
        if not np.abs(path[: events.n_pre]).max() > 0:
            raise _refused("path", "is zero at all leads: no test of leads could find it", "change it")
        return Violation(path, np.nan, ("the path stated in the study file", "研究文件所设定的路径"))
    if slope is not None:
        if slope == 0:
            raise _refused("slope", "is 0: nothing to find", "name a slope that would matter")
        english, chinese = _a_period(subject, float(slope))
        words = f"a linear trend of {english}", f"{chinese}的线性趋势"
        return Violation(slope * after, float(slope), words)
    slope = float(events.beta[events.n_pre :].mean() / after[events.n_pre :].mean())
    english, chinese = _a_period(subject, slope)
    words = (
        f"a linear trend of {english}, which alone would make the estimated effect",
        f"{chinese}的线性趋势（足以单独造成所估计的效应）",
    )
    return Violation(slope * after, slope, words)


def _a_period(subject: Subject, slope: float) -> Words:
    english, chinese = effect_words(subject, slope)
    return f"{english} a {subject.given.frequency}", f"每{PERIODS[subject.given.frequency]}{chinese}"


PERIODS = {"month": "月", "quarter": "季度", "year": "年"}


def _refused(where: str, what: str, todo: str) -> DesignError:
    return DesignError("check", [Problem(where, what, todo)])
