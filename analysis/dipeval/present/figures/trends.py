"""Outcome trends: few cohorts in one plot with direct labels, many as panels over the others in grey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code
from dipeval.present import style
from dipeval.present.direct_labels import spread
from dipeval.present.number_axis import NumberAxis, number_axis
from dipeval.present.period_axis import calendar, mark_periods
from dipeval.present.sheet import Key, Sheet, text_width
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOGETHER = 4
"""More lines than this in one plot cannot be followed."""
BODY_MM = 54.0
PANEL_MM = 30.0
COLUMNS = 3


def draw_trends(exhibit: Exhibit, language: str, *, title: bool) -> Figure:
    """Draw an exhibit of kind ``trends``: column width for up to four cohorts, page width for more."""
    cohorts = list(dict.fromkeys(exhibit.frame["cohort"]))
    draw = _draw_together if len(cohorts) <= TOGETHER else _draw_panels
    return draw(exhibit, language, cohorts, title)


def _colours(cohorts: list[str]) -> dict[str, str]:
    """The never treated are grey: they are the comparison, not one more reform."""
    reformed = [c for c in cohorts if c != "never"]
    found = {c: style.SERIES[i % len(style.SERIES)] for i, c in enumerate(reformed)}
    return found | {"never": style.GREY}


def _values(exhibit: Exhibit) -> pd.DataFrame:
    """Rows with the code of the period and the value in the unit of the axis."""
    scale = 100.0 if option(exhibit, "unit") == "share" else 1.0
    codes = exhibit.frame["period"].map(period_code)
    return exhibit.frame.assign(code=codes, shown=exhibit.frame["value"] * scale)


def _axis_words(exhibit: Exhibit, language: str, title: bool) -> str:
    """What the axis measures; the title, where it is printed, has already named the outcome."""
    unit = unit_words(option(exhibit, "unit"), option(exhibit, "currency"), language)
    label = "" if title and unit else option(exhibit, f"axis_{language}")
    return with_unit(label, unit, language)


def _draw_together(exhibit: Exhibit, language: str, cohorts: list[str], title: bool) -> Figure:
    sheet = Sheet(exhibit, language, style.COLUMN_MM, BODY_MM, title=title)
    frame, colours = _values(exhibit), _colours(cohorts)
    words = labels(frame.drop_duplicates("cohort").set_index("cohort"), language)
    numbered = number_axis(frame["shown"].to_numpy(dtype=float))
    left = numbered.room
    right = max(text_width(words[c]) for c in cohorts) + 3.0
    width, height = sheet.width - left - right, BODY_MM - 4.2 - 4.8
    axes = sheet.axes(left, 4.2, width, height)
    sheet.text(style.MARGIN_MM, sheet.top + 2.6, _axis_words(exhibit, language, title))
    ends = {}
    for cohort in cohorts:
        part = frame[frame["cohort"] == cohort]
        _draw_line(axes, part, colours[cohort])
        known = part.dropna(subset=["shown"])
        if len(known):
            ends[cohort] = float(known["shown"].iloc[-1])
    periods = calendar(sorted(set(frame["period"])))
    _finish(axes, periods, width, numbered)
    last = period_code(periods[-1])
    for cohort, y in spread(ends, 3.0 * (numbered.high - numbered.low) / height).items():
        axes.annotate(
            words[cohort],
            (last, y),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=colours[cohort],
        )
    return sheet.figure


def _draw_panels(exhibit: Exhibit, language: str, cohorts: list[str], title: bool) -> Figure:
    rows = -(-len(cohorts) // COLUMNS)
    step = PANEL_MM + 9.5
    keys = [
        Key("point", style.BLUE, phrase("first_reform", language)),
        Key("line", style.BACKGROUND, phrase("other_cohorts", language)),
    ]
    sheet = Sheet(exhibit, language, style.PAGE_MM, 4.5 + rows * step, keys, title=title)
    frame = _values(exhibit)
    words = labels(frame.drop_duplicates("cohort").set_index("cohort"), language)
    numbered = number_axis(frame["shown"].to_numpy(dtype=float))
    left = numbered.room
    periods = calendar(sorted(set(frame["period"])))
    width = (sheet.width - left - style.MARGIN_MM - (COLUMNS - 1) * 4.0) / COLUMNS
    sheet.text(style.MARGIN_MM, sheet.top + 2.4, _axis_words(exhibit, language, title))
    for position, cohort in enumerate(cohorts):
        row, column = divmod(position, COLUMNS)
        x, y = left + column * (width + 4.0), 8.0 + row * step
        axes = sheet.axes(x, y, width, PANEL_MM)
        for other in cohorts:
            part = frame[frame["cohort"] == other]
            if other != cohort:
                axes.plot(part["code"], part["shown"], color=style.BACKGROUND, lw=0.5, zorder=1)
        colour = style.INK if cohort == "never" else style.BLUE
        _draw_line(axes, frame[frame["cohort"] == cohort], colour)
        sheet.text(x + 0.6, sheet.top + y - 0.9, words[cohort])
        _finish(axes, periods, width, numbered)
        if column:
            axes.tick_params(labelleft=False)
    return sheet.figure


def _draw_line(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    """Thin before the reform, thick from it on, with a dot at the first treated period."""
    reform = str(part["reform"].iloc[0])
    x, y = part["code"].to_numpy(dtype=float), part["shown"].to_numpy(dtype=float)
    since = period_code(reform) if reform else np.inf
    axes.plot(x[x <= since], y[x <= since], color=colour, lw=0.9, zorder=3, solid_joinstyle="round")
    axes.plot(x[x >= since], y[x >= since], color=colour, lw=1.5, zorder=3, solid_joinstyle="round")
    axes.plot(
        x[x == since], y[x == since], marker="o", ms=3.4, color=colour, mec=style.PAPER, mew=0.6, zorder=4
    )


def _finish(axes: Axes, periods: list[str], width: float, numbered: NumberAxis) -> None:
    numbered.put_on(axes)
    axes.yaxis.grid(True, color=style.FAINT, lw=0.4)
    first, last = period_code(periods[0]), period_code(periods[-1])
    axes.set_xlim(first - 0.5, last + 0.5)
    mark_periods(axes, periods, width)
