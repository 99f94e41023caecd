"""Spans of time that a reader can choose: the whole window, its years, its quarters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WHOLE = "all"
LEVELS = ("whole", "year", "step")


@dataclass(frozen=True)
class Span:
    """A span of periods.

    Attributes
    ----------
    name : str
        ``all``, ``2019`` or ``2019Q3``.
    level : {"whole", "year", "step"}
        A step is the finest span that is shown over time: the year of yearly data, else the quarter.
    first, last : str
        Its first and last period that occur.
    label_en, label_zh : str
        With both periods where a year or quarter is not there as a whole.
    """

    name: str
    level: str
    first: str
    last: str
    label_en: str
    label_zh: str


@dataclass(frozen=True)
class Spans:
    """All spans of a window, and which of them each period lies in.

    Attributes
    ----------
    spans : tuple of Span
        The whole, the years, the steps, each in order.
    of_period : mapping of str to tuple of str
        By period: the names of its spans.
    within : mapping of str to str
        By span: the span that it is a part of.
    """

    spans: tuple[Span, ...]
    of_period: Mapping[str, tuple[str, ...]]
    within: Mapping[str, str]

    @property
    def steps(self) -> tuple[Span, ...]:
        """The finest spans; the years themselves where the data are yearly."""
        return tuple(s for s in self.spans if s.level == "step")


def spans_of(periods: Sequence[str], frequency: str) -> Spans:
    """Divide a window into years, and into quarters where the data are finer than years.

    Parameters
    ----------
    periods : sequence of str
        Labels that occur.
    frequency : {"month", "quarter", "year"}
    """
    occur = sorted(set(periods))
    levels = [("whole", {period: WHOLE for period in occur})]
    if frequency != "year" and len({period[:4] for period in occur}) > 1:
        levels.append(("year", {period: period[:4] for period in occur}))
    levels.append(("step", {period: _step(period, frequency) for period in occur}))
    whole_of = {"year": {"month": 12, "quarter": 4}.get(frequency, 1)}
    whole_of["step"] = {"month": 3}.get(frequency, 1)
    made: dict[str, Span] = {}
    within: dict[str, str] = {}
    for number, (level, names) in enumerate(levels):
        for name in sorted(set(names.values())):
            inside = [period for period in occur if names[period] == name]
            complete = level != "whole" and len(inside) == whole_of[level]
            made[name] = Span(name, level, inside[0], inside[-1], *_labels(name, inside, complete))
            upper = levels[number - 1][1][inside[0]] if number else ""
            if upper and upper != name:
                within[name] = upper
    of_period = {p: tuple(dict.fromkeys(names[p] for _, names in levels)) for p in occur}
    return Spans(tuple(made.values()), of_period, within)


def _step(period: str, frequency: str) -> str:
    if frequency == "month":
        return f"{period[:4]}Q{(int(period[5:7]) + 2) // 3}"
    return period


def _labels(name: str, inside: Sequence[str], complete: bool) -> tuple[str, str]:
    if name == WHOLE:
        ends = inside[0] if len(inside) == 1 else f"{inside[0]} – {inside[-1]}"
        return f"Whole window ({ends})", f"全部时期（{ends.replace(' – ', ' 至 ')}）"
    if complete:
        return name, name
    ends = inside[0] if len(inside) == 1 else f"{inside[0]} – {inside[-1]}"
    return f"{name} ({ends})", f"{name}（{ends.replace(' – ', ' 至 ')}）"
