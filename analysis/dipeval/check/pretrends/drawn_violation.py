"""Pictures of a stated violation: beside the event study, and as power by its size."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dipeval.check.event_vector import EventVector
from dipeval.check.finding import Words
from dipeval.check.pretrends.after_passing import AfterPassing
from dipeval.check.pretrends.cells import held_by
from dipeval.check.pretrends.power import LeadsTest, detectable_multiple
from dipeval.check.pretrends.violation import PERIODS, Violation
from dipeval.check.subject import Subject
from dipeval.estimate.registry import ESTIMATORS
from dipeval.results.exhibit import Exhibit, bilingual
from dipeval.results.student import critical_value

POINTS = 24
STATED: Words = ("Stated violation", "所设定的违背")
AFTER: Words = ("Expected if no lead is significant", "前期均不显著时的期望")
LINES: dict[str, Words] = {
    "some": ("Any lead significant", "任一前期系数显著"),
    "joint": ("Joint test", "联合检验"),
}


def event_plot(
    subject: Subject, name: str, titles: Words, events: EventVector, stated: Violation, after: AfterPassing
) -> Exhibit:
    """The event study with the stated violation, and the estimates expected among studies that pass.

    Returns
    -------
    Exhibit
        Kind ``event_study`` with the lines ``violation`` and, where studies do pass, ``after_passing``.
    """
    reach = critical_value(subject.level, events.degrees) * np.sqrt(np.diag(events.cov))
    spec = ESTIMATORS[events.estimator]
    shown = {"count": events.counts, "largest_share": events.largest_shares}
    own = _series(events, "estimate", (spec.label_en, spec.label_zh), events.beta, shown)
    own["conf_low"][:], own["conf_high"][:] = (
        _with_base(events, events.beta - reach),
        _with_base(events, events.beta + reach),
    )
    own["is_main"] = True
    passing = np.r_[after.leads, after.effects]
    lines = [own, _series(events, "violation", STATED, stated.path, shown)]
    if np.isfinite(passing).all():
        lines.append(_series(events, "after_passing", AFTER, passing, shown))
    frame = pd.concat([pd.DataFrame(line) for line in lines], ignore_index=True)
    drawn = frame["series"] == "estimate"
    frame.loc[~drawn, "is_reference"] = False
    frame.loc[frame["is_reference"], ["conf_low", "conf_high"]] = np.nan
    note = (
        f"{subject.level:.0%} intervals. The stated violation is {stated.words[0]}.",
        f"{subject.level:.0%}置信区间。所设定的违背为{stated.words[1]}。",
    )
    if not np.isfinite(passing).all():
        note = (
            f"{note[0]} Fewer than one study in 1,000 would pass under it, so that no expectation is drawn.",
            f"{note[1]}在该违背下通过检验的研究不足千分之一，故未绘制期望。",
        )
    options = {
        "unit": subject.outcome.unit,
        "currency": subject.given.currency,
        "frequency": subject.given.frequency,
    }
    return bilingual(
        name, "event_study", titles, frame, [note], synthetic=subject.given.synthetic, options=options
    )


def _with_base(events: EventVector, values: np.ndarray) -> np.ndarray:
    """Values with zero at the reference."""
    return np.insert(np.asarray(values, float), events.n_pre, 0.0)


def _series(
    events: EventVector, name: str, words: Words, values: np.ndarray, shown: dict[str, np.ndarray]
) -> dict[str, object]:
    times = np.insert(events.times, events.n_pre, events.reference)
    blank = np.full(len(times), np.nan)
    return {
        "series": [name] * len(times),
        "label_en": [words[0]] * len(times),
        "label_zh": [words[1]] * len(times),
        "is_main": False,
        "event_time": times,
        "value": _with_base(events, values),
        "conf_low": blank.copy(),
        "conf_high": blank.copy(),
        "is_reference": times == events.reference,
        "note": "",
        **{key: np.insert(column, events.n_pre, np.nan) for key, column in shown.items()},
    }


def _size_words(subject: Subject, stated: Violation) -> Words:
    """What the level axis measures; the axis adds units other than log points."""
    if not stated.is_line:
        return "Multiple of the path", "路径的倍数"
    frequency = subject.given.frequency
    if subject.outcome.unit == "log points":
        return f"Slope, log points a {frequency}", f"斜率（对数点/{PERIODS[frequency]}）"
    return f"Slope a {frequency}", f"每{PERIODS[frequency]}斜率"


def power_curves(
    subject: Subject, name: str, titles: Words, test: LeadsTest, events: EventVector, stated: Violation
) -> Exhibit:
    """Power of both tests by the size of the violation, from none to what both find almost surely.

    Notes
    -----
    `POINTS` integrals for each test.
    """
    leads = stated.path[: events.n_pre]
    size = abs(stated.slope) if stated.is_line else 1.0
    ends = [detectable_multiple(test, leads, 0.95, joint=joint) for joint in (False, True)]
    known = [end for end in ends if np.isfinite(end)]
    most = max([*known, 1.1]) if max([*known, 0.0]) > 0.2 else max(known)
    multiples = np.linspace(0, most, POINTS)
    held, rows = held_by(events), []
    for line, words in LINES.items():
        power = test.joint_power if line == "joint" else test.significance_power
        for multiple in multiples:
            found = power(multiple * leads)
            if np.isfinite(found):
                point = {"x": multiple * size, "value": found, "series": line}
                rows.append({**point, "series_en": words[0], "series_zh": words[1], **held})
    frame = pd.DataFrame(rows).assign(
        label_en=lambda rows: rows["series_en"], label_zh=lambda rows: rows["series_zh"]
    )
    english, chinese = _size_words(subject, stated)
    options = {
        "x_axis_en": english,
        "x_axis_zh": chinese,
        "y_axis_en": "Chance of finding it",
        "y_axis_zh": "被发现的概率",
        "x_unit": "" if subject.outcome.unit == "log points" or not stated.is_line else subject.outcome.unit,
        "y_unit": "share",
        "currency": subject.given.currency,
        "zero": True,
        "y_line": 0.8,
    }
    if most >= 1:
        options["x_line"] = size
    note = (
        "The upright line is the stated violation; the level one is at 80%.",
        "竖线为所设定的违背，横线为80%。",
    )
    return bilingual(
        name, "curves", titles, frame, [note], synthetic=subject.given.synthetic, options=options
    )
