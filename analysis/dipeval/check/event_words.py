"""Which event study a check looked at, in words."""

from __future__ import annotations

from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words
from dipeval.check.subject import Subject
from dipeval.estimate.registry import ESTIMATORS


def events_words(subject: Subject, events: EventVector, *, leads_only: bool = False) -> Words:
    """Event times, reference and estimator, and why it is not the main one where it is another.

    Parameters
    ----------
    subject : Subject
    events : EventVector
    leads_only : bool
        Name the leads alone, where effects play no part.
    """
    times = events.leads if leads_only else events.times
    first, last, base = (str(int(t)).replace("-", "\u2212") for t in (times[0], times[-1], events.reference))
    used, main = ESTIMATORS[events.estimator], ESTIMATORS[subject.estimator.name]
    english = f"Event times {first} to {last} against {base}, {used.label_en}"
    chinese = f"事件时间{first}至{last}，以{base}为基期，{used.label_zh}"
    if first == last:
        english = f"Event time {first} against {base}, {used.label_en}"
        chinese = f"事件时间{first}，以{base}为基期，{used.label_zh}"
    if used is not main:
        english += (
            f"; the main estimator ({main.label_en}) does not compare all event times with one reference"
        )
        chinese += f"；主估计方法（{main.label_zh}）的各期系数不以同一基期为参照"
    if errors_replaced(subject):
        english += "; errors are clustered, since the study's method states none of all event times together"
        chinese += "；因研究所用推断方法不给出各期系数的联合协方差，此处采用聚类稳健标准误"
    return english + ".", chinese + "。"


def errors_replaced(subject: Subject) -> bool:
    """Whether the event study has clustered errors in place of those of the study's method."""
    stated = subject.given.inference
    fitted = subject.event_estimate
    return stated is not None and stated.of(fitted.estimator).method != fitted.inference.method
