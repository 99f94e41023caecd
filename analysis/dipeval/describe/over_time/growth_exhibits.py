"""Growth of a panel's outcomes as exhibits: a table of years and the compound rate beside a cap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name
from dipeval.describe.given import Given
from dipeval.describe.over_time.growth import compound, growth
from dipeval.describe.over_time.series import ALL, Series, series_of
from dipeval.describe.over_time.trend_exhibits import PER_YEAR, SUMS, calendar_of, plain_labels
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.results.relations import Derived
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, columns, outcomes

STAGE = "growth"
COMPOUND, ABOVE = "compound", "above"
FEWER = (
    "A growth rate stands on two years; the one with fewer cases decides whether it is shown.",
    "增长率涉及两个年份，以病例较少的年份判断是否公布。",
)
UNDEFINED = (
    "–: a year without the number, or with one that is not above 0.",
    "–：该年缺少数据，或数值不大于0。",
)


@dataclass(frozen=True)
class Rate:
    """One growth rate of a group.

    Attributes
    ----------
    group : Series
        By year.
    column : str
        The later year, or `COMPOUND` or `ABOVE`.
    value : float
    years : tuple of int
        Places of the years that it is made of.
    """

    group: Series
    column: str
    value: float
    years: tuple[int, ...]


def growth_exhibits(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """The exhibits of a description of kind ``growth``; see `kinds.growth`."""
    years, left_out = _years(given, choice)
    frame = given.panel.assign(period=given.panel["period"].astype("str").str[:4])
    frame = frame[frame["period"].isin(years)]
    return [
        exhibit
        for name in choice.options["outcomes"]
        for exhibit in _of(given, choice, outcomes()[str(name)], frame, years, left_out)
    ]


def _years(given: Given, choice: DescriptionChoice) -> tuple[list[str], list[str]]:
    """Whole calendar years of the window, and the others."""
    counted = Counter(period[:4] for period in calendar_of(given))
    whole = [year for year, n in sorted(counted.items()) if n == PER_YEAR[given.frequency]]
    first, last = (str(choice.options[word] or "")[:4] for word in ("first", "last"))
    problems = [
        Problem(word, f"{year} is no whole year of the study", f"name one of {', '.join(whole)}")
        for word, year in (("first", first), ("last", last))
        if year and year not in whole
    ]
    kept = [year for year in whole if (not first or year >= first) and (not last or year <= last)]
    if len(kept) < 2 and not problems:
        what = f"has {len(kept)} whole calendar years, and growth needs two"
        problems.append(Problem("window", what, "widen the window", tuple(sorted(counted))))
    if problems:
        raise DataError(STAGE, problems)
    return kept, sorted(set(counted) - set(whole))


def _of(
    given: Given,
    choice: DescriptionChoice,
    outcome: Outcome,
    frame: pd.DataFrame,
    years: list[str],
    left_out: list[str],
) -> list[Exhibit]:
    options = choice.options
    by, cap = str(options["by"] or ""), options["cap"]
    series = series_of(frame, outcome, by, years, overall=bool(options["overall"]), labels=given.labels)
    rates = [rate for one in series for rate in rates_of(one, outcome.unit == "log points", cap)]
    name = f"{choice.name}_{outcome.name}"
    english, chinese = plain_labels(outcome)
    titles = choice.titles(f"Growth of {_small(english)}", f"{chinese}增长率")
    notes = _notes(by, cap, left_out, series, rates)
    table = pd.DataFrame([_cell(rate, name, by, outcome, years) for rate in rates])
    lone = table[table["column"] == COMPOUND].drop(columns=["row", "column", "form"])
    shared = {
        "title_en": titles[0],
        "title_zh": titles[1],
        "notes_en": tuple(note[0] for note in notes),
        "notes_zh": tuple(note[1] for note in notes),
        "synthetic": given.synthetic,
        "derived": _derived(rates, name, by, outcome, years),
    }
    group = (columns()[by].label_en, columns()[by].label_zh) if by in columns() else ("Group", "组别")
    told = {"stub_en": group[0], "stub_zh": group[1]}
    line = (", line: the cap", "，虚线为控制线") if cap is not None else ("", "")
    axis = (
        f"Growth a year, {years[0]} to {years[-1]}{line[0]}",
        f"年均增长率（{years[0]}–{years[-1]}{line[1]}）",
    )
    drawn = {"unit": "share", "axis_en": axis[0], "axis_zh": axis[1]}
    if cap is not None:
        drawn |= {"reference": float(cap)}
    return [
        Exhibit(name=name, kind="grid", frame=table, options=told, **shared),
        Exhibit(name=f"{name}_compound", kind="bars", frame=lone, options=drawn, **shared),
    ]


def rates_of(one: Series, logarithms: bool, cap: float | None) -> list[Rate]:
    """Growth from year to year, compound growth, and in how many years it was above the cap."""
    years = range(len(one.periods))
    each = growth(one.values, logarithms=logarithms)
    rates = [Rate(one, one.periods[t], float(each[t]), (t - 1, t)) for t in years if t]
    whole = compound(one.values, len(one.periods) - 1, logarithms=logarithms)
    rates.append(Rate(one, COMPOUND, whole, (0, len(one.periods) - 1)))
    if cap is not None:
        known = np.isfinite(each[1:]).any()
        above = float((each[1:] > cap).sum()) if known else float("nan")
        rates.append(Rate(one, ABOVE, above, tuple(years)))
    return rates


def _small(label: str) -> str:
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def _cell(rate: Rate, name: str, by: str, outcome: Outcome, years: list[str]) -> dict[str, object]:
    """A cell of the table; the year with fewest cases stands behind it."""
    one, at = rate.group, list(rate.years)
    counts, shares = one.counts[at], one.shares[at]
    heads = {
        COMPOUND: (f"A year, {years[0]}–{years[-1]}", f"年均（{years[0]}–{years[-1]}）"),
        ABOVE: ("Years above the cap", "超过控制线的年数"),
    }
    head = heads.get(rate.column, (rate.column,) * 2)
    known = shares[np.isfinite(shares)]
    return {
        "row": one.group,
        "row_en": one.labels[0],
        "row_zh": one.labels[1],
        "column": rate.column,
        "column_en": head[0],
        "column_zh": head[1],
        "form": "count" if rate.column == ABOVE else "share",
        "label_en": one.labels[0],
        "label_zh": one.labels[1],
        "value": rate.value,
        "count": float(counts.min()),
        "largest_share": float(known.max()) if len(known) else np.nan,
        "cell": _named(rate, name),
    }


def _named(rate: Rate, name: str) -> str:
    return f"{name}/growth/{rate.group.group}/{rate.column}"


def _derived(
    rates: Sequence[Rate], name: str, by: str, outcome: Outcome, years: list[str]
) -> tuple[Derived, ...]:
    """A rate goes with the years that it is made of."""
    made = []
    for rate in rates:
        place = {by: rate.group.group} if rate.group.group != ALL else {}
        of = tuple(
            cell_name("", place | {"year": years[t]}, "" if rate.group.whole[t] else f"known={outcome.name}")
            for t in rate.years
        )
        made.append(Derived(_named(rate, name), tuple(sorted(set(of)))))
    return tuple(sorted(made, key=lambda d: (d.cell, d.of)))


def _notes(
    by: str, cap: object, left_out: list[str], series: Sequence[Series], rates: Sequence[Rate]
) -> list[tuple[str, str]]:
    """Sums, incomplete years, the cap and how many groups exceed it, what has no number."""
    notes = [SUMS] if by else []
    if left_out:
        english = f"Left out, because the window holds a part of them only: {', '.join(left_out)}."
        notes.append((english, f"窗口内不完整的年份未纳入：{'、'.join(left_out)}。"))
    if cap is not None:
        notes.append((f"Cap: {float(str(cap)):.1%} a year.", f"控制线：每年{float(str(cap)):.1%}。"))
    notes.append(FEWER)
    if any(not np.isfinite(rate.value) for rate in rates):
        notes.append(UNDEFINED)
    return notes
