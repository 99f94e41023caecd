"""The calendar of concurrent policies: ``[[policies]]`` of a study file, one row a policy and city."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import nearest
from .grammar import Checker, Key, Tables, period_problem

PLAIN = re.compile(r"^[a-z][a-z0-9_]*$")
REFORM = "reform"
"""The name of the reform itself among measures."""


@dataclass(frozen=True)
class Policy:
    """One policy in one city.

    Attributes
    ----------
    name : str
        How the policy is called; rows of one name are one policy in several cities.
    label_en, label_zh : str
    city : str
    start, end : str
        First and last period in which it is in force; an empty end: it stays.
    share : float
        What part of cost (or of cases) it touches, above 0 up to 1.
    source : str
        Where the dates were read.
    """

    name: str
    label_en: str
    label_zh: str
    city: str
    start: str
    end: str
    share: float
    source: str


def policy_grammar() -> Tables:
    """``[[policies]]`` of a study file."""
    return Tables(
        {
            "name": Key("text", required=True, doc="of the policy; the same in all its cities"),
            "label_en": Key("text", required=True),
            "label_zh": Key("text", required=True),
            "city": Key("text", required=True, doc="a city of the study"),
            "start": Key("period", required=True, doc="first period in force"),
            "end": Key("period", default="", doc="last period in force; empty: it stays"),
            "share": Key("number", default=1.0, low=0, high=1, doc="part of cost that it touches"),
            "source": Key("text", required=True, doc="where the dates were read"),
        }
    )


def policies(
    checker: Checker, tables: Sequence[Mapping[str, object]], cities: Sequence[str], used: Sequence[str] = ()
) -> tuple[Policy, ...]:
    """Read ``[[policies]]``; problems are noted in `checker`.

    Parameters
    ----------
    cities : sequence of str
        Of the study.
    used : sequence of str
        Policies that the design names.
    """
    names = dict.fromkeys(str(told["name"]) for told in tables if told["name"])
    for k, told in enumerate(tables, 1):
        _check_row(checker, f"policies[{k}]", told, cities)
        _check_same(checker, f"policies[{k}]", told, tables[: k - 1])
    for name in used:
        if name not in names:
            checker.report("design.policies", f"no policy '{name}'", nearest(name, names))
    return tuple(Policy(**told) for told in tables)


def _check_row(checker: Checker, where: str, told: Mapping[str, object], cities: Sequence[str]) -> None:
    name, city = told["name"], told["city"]
    if name and (not PLAIN.match(str(name)) or name == REFORM):
        checker.report(f"{where}.name", f"'{name}' is not a name", "use a-z, 0-9 and _, a letter first")
    if city and city not in cities:
        checker.report(f"{where}.city", f"'{city}' is no city of the study", nearest(str(city), cities))
    if told["share"] is not None and not float(told["share"]) > 0:
        checker.report(f"{where}.share", "is zero", "leave the row out where the policy touches nothing")
    span = _span(told)
    if span and span[1] < span[0]:
        checker.report(f"{where}.end", f"{told['end']} lies before {told['start']}", "mend the span")


def _check_same(
    checker: Checker, where: str, told: Mapping[str, object], before: Sequence[Mapping[str, object]]
) -> None:
    """Rows of one policy have its labels, and do not overlap in a city."""
    for other in before:
        if other["name"] != told["name"]:
            continue
        for label in ("label_en", "label_zh"):
            if other[label] != told[label]:
                checker.report(
                    f"{where}.{label}", f"'{told['name']}' was called '{other[label]}'", "call it the same"
                )
        spans = [_span(one) for one in (other, told)]
        if other["city"] == told["city"] and all(spans):
            (first, last), (begin, end) = spans
            if begin > last or first > end:
                continue
            what = f"'{told['name']}' is in force in {told['city']} twice at one time"
            checker.report(where, what, "part the spans, or leave one out")


def _span(told: Mapping[str, object]) -> tuple[str, str] | None:
    """First and last month in force; None where the dates are not written right."""
    start, end = str(told["start"] or ""), str(told["end"] or "")
    if not start or period_problem(start) or (end and period_problem(end)):
        return None
    return _months(start)[0], _months(end)[1] if end else "9999-12"


def _months(label: str) -> tuple[str, str]:
    """First and last month of a period."""
    year, quarter = label[:4], label[5:6] if "Q" in label else ""
    if quarter:
        return f"{year}-{3 * int(quarter) - 2:02d}", f"{year}-{3 * int(quarter):02d}"
    return (f"{year}-01", f"{year}-12") if len(label) == 4 else (label, label)


def told_policies(found: Sequence[Policy], cities: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    """The calendar in a sentence, in English and Chinese; empty without one.

    Parameters
    ----------
    cities : mapping of str to (str, str)
        Labels by city.
    """
    if not found:
        return "", ""
    english, chinese = [], []
    for name in dict.fromkeys(policy.name for policy in found):
        rows = [policy for policy in found if policy.name == name]
        places = [_place(row, cities) for row in rows]
        english.append(f"{rows[0].label_en} ({', '.join(place[0] for place in places)})")
        chinese.append(f"{rows[0].label_zh}（{'、'.join(place[1] for place in places)}）")
    return f"Concurrent policies: {'; '.join(english)}.", f"同期政策：{'；'.join(chinese)}。"


def _place(row: Policy, cities: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    english, chinese = cities.get(row.city, (row.city, row.city))
    part = "" if row.share == 1 else f" {row.share:.0%}"
    until = (f"{row.start} to {row.end}", f"{row.start}至{row.end}") if row.end else (f"from {row.start}",)
    return f"{english} {until[0]}{part}", f"{chinese}{until[-1] if row.end else f'自{row.start}'}{part}"
