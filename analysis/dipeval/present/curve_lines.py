"""The lines that figures of curves draw: numbers, colours, axes, and what is held back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dipeval.design.calendar import period_code
from dipeval.present import style, typeface
from dipeval.present.number_axis import NumberAxis, level_axis, number_axis
from dipeval.present.period_axis import calendar, mark_periods
from dipeval.present.sheet import Key, marker, text_width, wrapped
from dipeval.present.value_words import scale_of
from dipeval.present.words import labels, option, phrase, unit_words, with_unit
from dipeval.results.exhibit import Exhibit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (*style.SERIES, "#332288", "#8a6a00", style.GREY, "#661100")
"""Names of lines are written in these, so all of them can be read on paper."""
BEHIND = "#b4b4b4"
DASHES = ("-", (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.4, 1.2, 1.4)))


@dataclass(frozen=True)
class Line:
    """One line of a plot, in numbers of the axes.

    Attributes
    ----------
    name, words : str
    x, y, low, high : numpy.ndarray
    held : numpy.ndarray of bool
    colour : str
    dash : object
        A dash pattern of matplotlib.
    behind : bool
        Whether it is one of many that stand behind the others, thin and grey.
    """

    name: str
    words: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    held: np.ndarray
    colour: str
    dash: object
    behind: bool = False

    @property
    def end(self) -> float:
        """The last known number; NaN where there is none."""
        known = self.y[np.isfinite(self.y)]
        return float(known[-1]) if known.size else float("nan")


def is_true(exhibit: Exhibit, name: str) -> bool:
    """Whether a flag of the exhibit is set."""
    return option(exhibit, name) == "True"


def axis_words(exhibit: Exhibit, axis: str, language: str) -> str:
    """What an axis measures, and in which unit."""
    unit = unit_words(option(exhibit, f"{axis}_unit"), option(exhibit, "currency"), language)
    return with_unit(option(exhibit, f"{axis}_axis_{language}"), unit, language)


def series_of(exhibit: Exhibit) -> list[str]:
    """The names of all lines, in order; one empty name without series."""
    return list(dict.fromkeys(exhibit.frame["series"])) if "series" in exhibit.frame.columns else [""]


def lines_of(exhibit: Exhibit, frame: pd.DataFrame, language: str) -> list[Line]:
    """The lines of a frame, colours and dashes in the order in which they occur in the exhibit."""
    x_scale, y_scale = (scale_of(option(exhibit, f"{axis}_unit")) for axis in ("x", "y"))
    periods = is_true(exhibit, "periods")
    series = frame["series"] if "series" in frame.columns else pd.Series("", index=frame.index)
    words = labels(frame, language, "series") if "series" in frame.columns else series
    lines = []
    back = set(frame.loc[frame["behind"], "series"]) if "behind" in frame.columns else set()
    front = [name for name in series_of(exhibit) if name not in back]
    for name in series_of(exhibit):
        part = frame[series == name]
        if part.empty:
            continue
        x = part["x"].map(period_code) if periods else part["x"].astype("float64") * x_scale
        y = part["value"].to_numpy(dtype=float) * y_scale
        nothing = np.full(len(part), np.nan)
        low, high = (
            part[end].to_numpy(dtype=float) * y_scale if end in part.columns else nothing
            for end in ("low", "high")
        )
        position = front.index(name) if name in front else 0
        colour = BEHIND if name in back else COLOURS[position % len(COLOURS)]
        dash = DASHES[position // len(COLOURS) % len(DASHES)]
        held = part["suppressed"].to_numpy(dtype=bool)
        said = str(words[series == name].iloc[0])
        at = x.to_numpy(dtype=float)
        lines.append(Line(str(name), said, at, y, low, high, held, colour, dash, name in back))
    return lines


def upright_axis(exhibit: Exhibit, lines: list[Line]) -> NumberAxis:
    """The vertical axis of all lines."""
    if is_true(exhibit, "diagonal"):
        return _unit_axis(option(exhibit, "y_unit"))
    numbers = np.concatenate(
        [np.concatenate([line.y, line.low, line.high]) for line in lines] or [np.array([])]
    )
    said = option(exhibit, "y_line")
    with_line = np.append(numbers, [float(said) * scale_of(option(exhibit, "y_unit"))] if said else [])
    return number_axis(with_line, zero=is_true(exhibit, "zero"))


def word_axis(exhibit: Exhibit, width: float, language: str) -> NumberAxis | None:
    """A horizontal axis of words instead of numbers, each in as many lines as its part of the width asks for; None where
    the exhibit has numbers."""
    frame = exhibit.frame
    if f"x_{language}" not in frame.columns:
        return None
    # A line that is held back has lost its places, which the others still tell.
    named = frame[(frame[f"x_{language}"] != "") & frame["x"].notna()].drop_duplicates("x").sort_values("x")
    if named.empty:
        return NumberAxis(-0.5, 0.5, (), ())
    places = named["x"].to_numpy(dtype=float)
    each = width / max(len(places), 1) - 1.2
    words = ["\n".join(wrapped(str(w), each, style.SMALL_PT, typeface.TEXT)) for w in named[f"x_{language}"]]
    return NumberAxis(float(places.min()) - 0.5, float(places.max()) + 0.5, tuple(places), tuple(words))


def word_room(exhibit: Exhibit, width: float, language: str) -> float:
    """Millimetres that the words of a horizontal axis need beyond one line."""
    axis = word_axis(exhibit, width, language)
    return 0.0 if axis is None else 2.9 * max((word.count("\n") for word in axis.words), default=0)


def crowded(exhibit: Exhibit, width: float, language: str) -> bool:
    """Whether the words of a horizontal axis would not stand in one line on so many millimetres."""
    axis = word_axis(exhibit, 1e6, language)
    return axis is not None and sum(text_width(word, style.SMALL_PT) + 1.2 for word in axis.words) > width


def _unit_axis(unit: str) -> NumberAxis:
    """From 0 to 1 exactly, or to 100 %."""
    top = scale_of(unit)
    marks = [top * mark / 5 for mark in range(6)]
    words = [f"{mark:.0f}" if top > 1 else f"{mark:.1f}" for mark in marks]
    return NumberAxis(0.0, top, tuple(marks), tuple(words))


def keys_of(exhibit: Exhibit, lines: list[Line], beside: bool, language: str) -> list[Key]:
    """Names of the lines where they do not stand beside them, equality, and what is held back."""
    keys = []
    if not beside and (len(lines) > 1 or (lines and lines[0].words)):
        keys = [
            Key("line", line.colour, line.words, line.dash) for line in lines if np.isfinite(line.y).any()
        ]
        keys = list(dict.fromkeys(keys))  # lines behind share one name
        for line in lines:
            if line.behind:
                continue
            if not np.isfinite(line.y).any():
                word = "withheld_names" if line.held.any() else "no_data_names"
                keys.append(Key("cross", line.colour, phrase(word, language).format(names=line.words)))
    if is_true(exhibit, "diagonal"):
        keys.append(Key("dash", style.RULE, phrase("equality", language)))
    crossed = sum(int((line.held & np.isfinite(line.x)).sum()) for line in lines)
    hidden = sum(int((line.held & np.isnan(line.x)).sum()) for line in lines)
    if crossed and any(np.isfinite(line.y).any() for line in lines):
        keys.append(Key("cross", style.SOFT, phrase("withheld_key", language)))
    if hidden:
        keys.append(Key("cross", style.SOFT, phrase("withheld_count", language).format(n=hidden)))
    return keys


def draw_lines(
    axes: Axes, exhibit: Exhibit, lines: list[Line], upright: NumberAxis, width: float, language: str
) -> None:
    """Lines, bands, reference lines and both axes."""
    upright.put_on(axes)
    axes.yaxis.grid(True, color=style.FAINT, lw=0.4)
    named = word_axis(exhibit, width, language)
    if named is None:
        _level(axes, exhibit, width)
    else:
        named.put_under(axes)
        axes.tick_params(axis="x", labelsize=style.SMALL_PT)
    _references(axes, exhibit)
    where = "steps-post" if is_true(exhibit, "steps") else "default"
    for line in lines:
        if np.isfinite(line.low).any():
            step = "post" if where != "default" else None
            axes.fill_between(line.x, line.low, line.high, color=line.colour, alpha=0.16, lw=0, step=step)
        wide, over = (0.5, 2.5) if line.behind else (1.2, 3)
        how = {"color": line.colour, "ls": line.dash, "lw": wide, "drawstyle": where, "clip_on": False}
        axes.plot(line.x, line.y, solid_joinstyle="round", zorder=over, **how)
        alone = _alone(line.y)
        axes.plot(line.x[alone], line.y[alone], "o", ms=2.8, color=line.colour, zorder=3, clip_on=False)
        crossed = line.held & np.isfinite(line.x)
        floor = np.full(int(crossed.sum()), upright.low)
        axes.plot(line.x[crossed], floor, clip_on=False, zorder=6, **marker("cross", line.colour))


def _alone(y: np.ndarray) -> np.ndarray:
    """Points without a neighbour, which a line would not show."""
    known = np.isfinite(y)
    before, after = np.append(False, known[:-1]), np.append(known[1:], False)
    return known & ~before & ~after


def _level(axes: Axes, exhibit: Exhibit, width: float) -> None:
    """The horizontal axis, of all points of the exhibit."""
    if is_true(exhibit, "periods"):
        named = calendar(sorted({str(period) for period in exhibit.frame["x"]}))
        axes.set_xlim(period_code(named[0]) - 0.5, period_code(named[-1]) + 0.5)
        mark_periods(axes, named, width)
    elif is_true(exhibit, "diagonal"):
        top = scale_of(option(exhibit, "x_unit"))
        _unit_axis(option(exhibit, "x_unit")).put_under(axes)
        axes.plot(
            [0, top], [0, scale_of(option(exhibit, "y_unit"))], color=style.RULE, lw=0.7, ls=(0, (3, 2))
        )
    else:
        log = is_true(exhibit, "log")
        if log:
            axes.set_xscale("log")
            axes.minorticks_off()
        x = exhibit.frame["x"].to_numpy(dtype=float) * scale_of(option(exhibit, "x_unit"))
        level_axis(x, width, log=log).put_under(axes)


def _references(axes: Axes, exhibit: Exhibit) -> None:
    upright, level = option(exhibit, "x_line"), option(exhibit, "y_line")
    how = {"color": style.RULE, "lw": 0.6, "zorder": 1}
    if upright:
        periods = is_true(exhibit, "periods")
        scale = scale_of(option(exhibit, "x_unit"))
        axes.axvline(period_code(upright) - 0.5 if periods else float(upright) * scale, ls=(0, (3, 2)), **how)
    if level:
        axes.axhline(float(level) * scale_of(option(exhibit, "y_unit")), **how)
