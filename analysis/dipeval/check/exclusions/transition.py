"""Between announcement, simulated and actual payment: the span is left out, or the reform begins with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.check.alternatives.forest import main_effect
from dipeval.check.exclusions.again import redesigned, without
from dipeval.check.exclusions.exhibits import exhibits_of
from dipeval.check.exclusions.line import Line, verdict_of
from dipeval.check.exclusions.words import sentence_of
from dipeval.check.finding import Finding, Words
from dipeval.check.subject import Subject
from dipeval.describe.labels import label_of
from dipeval.errors import DataError, Problem
from dipeval.schema.periods import first_day, frequency_of
from dipeval.schema.periods import label_of as period_of
from dipeval.study import NEVER
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.model import Dates

ANNOUNCED, SIMULATED, PAYMENT, FULL = "announced", "simulated", "payment", "full"
LEAVE_OUT, START = "leave_out", "start"
WORDS: Mapping[str, Words] = {
    ANNOUNCED: ("announcement", "文件发布"),
    SIMULATED: ("simulated payment", "模拟运行"),
    PAYMENT: ("actual payment", "实际付费"),
    FULL: ("full coverage", "全面覆盖"),
}
TITLES: Words = ("The effect and the transition to actual payment", "过渡期与改革效应")
OUT: Words = ("Without the time from {0} to {1}", "剔除{0}至{1}之间的时期")
FROM: Words = ("The reform taken to begin with {0}", "以{0}为改革起点")
METHOD: Words = (
    "The time from {0} to {1} was left out, so that hospitals count as untreated before the one and as treated from the other "
    "on; {2}",
    "剔除{0}至{1}之间的时期，即前者之前视为未改革、后者起视为已改革；{2}",
)
MOVED: Words = (
    "then the reform was taken to begin with the former.",
    "另以前者为改革起点重新估计。",
)
FINE = {"month": ("month",), "quarter": ("month", "quarter"), "year": ("month", "quarter", "year")}
"""Dates that are fine enough for a panel of a frequency."""


@dataclass(frozen=True)
class Spans:
    """The transition of each city, as periods of the panel.

    Attributes
    ----------
    since, until : mapping of str to str
        By city: first period of the span, and first one after it.
    lacking : tuple of str
        Reformed cities without the date; they stay as they are.
    """

    since: Mapping[str, str]
    until: Mapping[str, str]
    lacking: tuple[str, ...]

    def inside(self, rows: pd.DataFrame) -> np.ndarray:
        """Rows (n,), bool, of reformed hospitals within the span."""
        city, period = rows["city"], rows["period"]
        since, until = city.map(self.since), city.map(self.until)
        known = since.notna() & until.notna() & (rows["cohort"] != NEVER)
        return (known & (period >= since.fillna("")) & (period < until.fillna(""))).to_numpy(bool)


def exclude_transition(subject: Subject, choice: DescriptionChoice) -> Finding:
    """See `check.kinds.exclude_transition`."""
    since, until = str(choice.options["since"]), str(choice.options["until"])
    how = tuple(choice.options["how"])
    rows = subject.rows
    spans = spans_of(subject, since, until)
    words = WORDS[since], WORDS[until]
    lines: list[Line] = []
    if LEAVE_OUT in how:
        label = OUT[0].format(words[0][0], words[1][0]), OUT[1].format(words[0][1], words[1][1])
        lines.append(_left_out(subject, label, rows, spans, until))
    if START in how and until == PAYMENT:
        label = FROM[0].format(words[0][0]), FROM[1].format(words[0][1])
        lines.append(redesigned(subject, label, _begun(rows, spans), np.zeros(len(rows), bool)))
    main = main_effect(subject)
    verdict = verdict_of(main, lines, subject.level)
    what = (
        f"With the time from {words[0][0]} to {words[1][0]} treated otherwise",
        f"改变{words[0][1]}至{words[1][1]}期间的处理方式后",
    )
    sentence = sentence_of(subject, main, lines, verdict, what)
    second = MOVED if len(lines) > 1 else (".", "。")
    method = tuple(METHOD[i].format(words[0][i], words[1][i], second[i]) for i in (0, 1))
    method = tuple(text.replace("; .", ".").replace("；。", "。") for text in method)
    return Finding(
        verdict,
        sentence,
        exhibits_of(subject, choice.name, choice.titles(*TITLES), main, lines, _notes(subject, spans, words)),
        tuple(line.effect for line in lines),
        (method[0], method[1]),
    )


def spans_of(subject: Subject, since: str, until: str) -> Spans:
    """The transition of each reformed city of a design.

    Raises
    ------
    DataError
        No reformed city has the date, or some are too coarse or not in order.
    """
    rows, frequency = subject.rows, subject.given.frequency
    reformed = rows[rows["cohort"] != NEVER]
    begin, end, lacking, problems = {}, {}, [], []
    for city in sorted(reformed["city"].unique()):
        dates = subject.given.dates.get(city, Dates(never=True))
        first, last = getattr(dates, since), getattr(dates, until)
        if not first or not last:
            lacking.append(city)
            continue
        found = _problem(city, since, first, until, last, frequency) or _other_start(
            city, dates.payment, reformed.loc[reformed["city"] == city, "cohort"], frequency
        )
        if found is not None:
            problems.append(found)
            continue
        begin[city], end[city] = (period_of(first_day(date), frequency) for date in (first, last))
    if problems:
        raise DataError("check", problems)
    if not begin:
        what = f"no reformed city says both when {since} and when {until} was"
        todo = f"write dates.{since} and dates.{until} in the files of the cities"
        raise DataError("check", [Problem("since", what, todo)])
    return Spans(begin, end, tuple(lacking))


def _problem(city: str, since: str, first: str, until: str, last: str, frequency: str) -> Problem | None:
    for key, date in ((since, first), (until, last)):
        if frequency_of(date) not in FINE[frequency]:
            what = f"'{date}' is too coarse for a panel by {frequency}"
            return Problem(f"cities/{city}.toml, dates.{key}", what, f"write a {frequency}")
    if first_day(first) > first_day(last):
        what = f"{since} ({first}) comes after {until} ({last})"
        return Problem(f"cities/{city}.toml, dates", what, "mend the dates")
    return None


def _other_start(city: str, payment: str, cohorts: pd.Series, frequency: str) -> Problem | None:
    """A reform that does not begin with the city's actual payment has dates of its own, which the city's file does not say."""
    begun = sorted(cohorts.unique())
    if payment and begun == [period_of(first_day(payment), frequency)]:
        return None
    what = f"the reform of the design begins in {', '.join(begun[:3])} there, actual payment in {payment or 'no month'}"
    return Problem(
        f"cities/{city}.toml, dates.payment", what, 'this check is for designs with by = "city": leave it out'
    )


def _left_out(subject: Subject, label: Words, rows: pd.DataFrame, spans: Spans, until: str) -> Line:
    """Before payment the span also is the base of comparison of some estimators: there the reform is dated at its begin."""
    if until != PAYMENT:
        return without(subject, label, spans.inside(rows))
    return redesigned(subject, label, _begun(rows, spans), spans.inside(rows))


def _begun(rows: pd.DataFrame, spans: Spans) -> pd.DataFrame:
    """The same rows, the reform dated at the begin of the span."""
    moved = rows["city"].map(spans.since)
    takes = moved.notna() & (rows["cohort"] != NEVER)
    return rows.assign(cohort=rows["cohort"].where(~takes, moved))


def _notes(subject: Subject, spans: Spans, words: tuple[Words, Words]) -> list[Words]:
    cities = {name: label_of(name, subject.given.labels) for name in (*spans.since, *spans.lacking)}
    told = [
        "; ".join(f"{cities[n][i]} {spans.since[n]}–{spans.until[n]}" for n in spans.since) for i in (0, 1)
    ]
    notes = [
        (
            f"First period with {words[0][0]} and first with {words[1][0]}: {told[0]}.",
            f"{words[0][1]}与{words[1][1]}的起始时期：{told[1]}。",
        )
    ]
    if spans.lacking:
        named = [", ".join(cities[n][i] for n in spans.lacking) for i in (0, 1)]
        notes.append(
            (f"Without these dates, and as they are: {named[0]}.", f"无上述日期、保持原样：{named[1]}。")
        )
    return notes
