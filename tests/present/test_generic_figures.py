"""Figures that any description may use: what they hold, what they mark, and that odd data draw."""

from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from dipeval.disclose import gate
from dipeval.present.direct_labels import place_names
from dipeval.present.drawing import DRAWERS, _settings
from dipeval.present.typeface import every_glyph, register

_SPEC = spec_from_file_location("generic_exhibits", Path(__file__).with_name("generic_exhibits.py"))
generic = module_from_spec(_SPEC)
_SPEC.loader.exec_module(generic)
GENERIC = generic.GENERIC
CHINESE = ("matrix_in_many_words", "pareto", "odds", "quadrant", "words_across")
ODD = {
    "held": ("pareto", "forest", "matrix", "quadrant", "lorenz", "index", "histogram"),
    "missing": ("pareto", "odds", "matrix", "quadrant", "histogram"),
    "one": ("pareto", "forest", "quadrant", "index", "histogram"),
    "alike": ("pareto", "odds", "matrix", "index"),
}


@pytest.fixture(scope="module", autouse=True)
def house_style():
    """The settings of `draw`, once for all figures that are not saved."""
    register()
    with matplotlib.rc_context(_settings()):
        yield


@cache
def as_given(name, language):
    """One of the invented figures, drawn once."""
    return settled(name, language, GENERIC[name]())


def settled(name, language, made=None):
    """A figure of what passed the gate, not yet saved."""
    if made is None:
        return as_given(name, language)
    released = gate(made)[0].exhibit
    module, _, function = DRAWERS[released.kind].partition(":")
    with every_glyph(name):
        return getattr(import_module(module), function)(released, language, title=True)


def boxes(figure):
    """Every text that is shown, with its box in pixels; what an axis hides is not shown."""
    renderer = figure.canvas.get_renderer()
    shown = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shown += [t.label1 for t in axis.get_major_ticks() if t.label1.get_visible() and axes.axison]
        shown += axes.texts
    return [(t.get_text(), t.get_window_extent(renderer)) for t in [*shown, *figure.texts] if t.get_text()]


@pytest.mark.parametrize(("name", "language"), [*((n, "en") for n in GENERIC), *((n, "zh") for n in CHINESE)])
def test_no_text_is_cut_and_none_touches_another(name, language):
    figure = settled(name, language)
    found = boxes(figure)
    page = figure.bbox
    for text, box in found:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1
        assert inside, f"{text!r} leaves the sheet"
    for (a, one), (b, other) in combinations(found, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        along = min(one.y1, other.y1) - max(one.y0, other.y0)
        # boxes of lines include the room of descenders, so lines below one another may share a little
        assert across < 2 or along < 0.34 * min(one.height, other.height), f"{a!r} touches {b!r}"


def words_in(figure):
    return [text for text, _ in boxes(figure)]


def test_every_generic_kind_is_here():
    assert {make().kind for make in GENERIC.values()} == {
        "bars",
        "forest",
        "matrix",
        "quadrant",
        "curves",
        "small_multiples",
        "histogram",
    }


def test_bars_print_value_share_and_cumulative_share():
    words = words_in(settled("pareto", "en"))
    assert {"4,211 (42.1%)", "withheld", "100.0%", "Loss-making cases, n"} <= set(words)
    assert "4,211（42.1%）" in words_in(settled("pareto", "zh"))
    assert "402" not in " ".join(words)


def test_changes_of_shares_are_in_percentage_points():
    words = words_in(settled("grouped_bars", "en"))
    assert {"21.3", "−8.1", "Change, percentage points", "No data"} <= set(words)


def test_forest_says_what_is_held_back_and_what_is_not_estimated():
    words = words_in(settled("forest", "en"))
    assert {"withheld", "No estimate", "−0.048 (−0.070 to −0.026)"} <= set(words)
    assert any(word.endswith("to ∞)") for word in words)
    assert "Age, reference under 45" in words_in(settled("odds", "en"))


def test_cells_that_are_held_back_are_hatched_and_named():
    figure = settled("matrix", "en")
    hatched = [p for p in figure.axes[0].patches if p.get_hatch()]
    assert len(hatched) == 2 and "Withheld" in words_in(figure)
    plain = settled(
        "matrix", "en", replace(generic.matrix(), frame=generic.matrix().frame.assign(count=99.0))
    )
    assert not [p for p in plain.axes[0].patches if p.get_hatch()] and "Withheld" not in words_in(plain)


def test_totals_of_a_matrix_have_no_shade():
    made = generic.matrix()
    frame = made.frame.assign(value=made.frame["value"].where(made.frame["column"] != "2022-06", 50.0))
    plain = settled("matrix", "en", replace(made, frame=frame))
    apart = settled("matrix", "en", replace(made, frame=frame, options=made.options | {"margin": "2022-06"}))
    assert "5,000.0" in words_in(plain)[-1] and "5,000.0" not in words_in(apart)[-1]  # the end of the scale

    def shades(figure):
        return {
            p.get_facecolor()[:3] for p in figure.axes[0].patches if p.get_x() == 5 and any(p.get_facecolor())
        }

    assert shades(apart) == {(1.0, 1.0, 1.0)} and shades(plain) != shades(apart)


def test_points_that_are_held_back_are_named_below():
    assert "Withheld: Beihe" in words_in(settled("quadrant", "en"))
    assert "未公布：北河" in words_in(settled("quadrant", "zh"))


def test_many_points_are_coloured_by_group_and_counted():
    figure = settled("quadrant_groups", "en")
    words = words_in(figure)
    assert {"1 Acute", "2 Psychiatry", "3 Rehabilitation", "3 withheld"} <= set(words)
    assert not [word for word in words if word.startswith("City no.")]
    colours = [p.get_facecolor() for p in figure.get_children() if type(p).__name__ == "Circle"]
    assert len(colours) == 77 and len(set(colours)) == 3


def test_an_axis_may_have_words_instead_of_numbers():
    words = words_in(settled("words_across", "en"))
    assert {"Orthopaedics", "Cardiology"} <= {word.replace("\n", " ") for word in words}
    assert "Traditional Chinese medicine and rehabilitation" in {word.replace("\n", " ") for word in words}
    assert "骨科" in words_in(settled("words_across", "zh"))
    made = generic.words_across()
    one = made.frame["series"] == made.frame["series"].iloc[0]
    held = settled("words_across", "en", replace(made, frame=made.frame.assign(count=np.where(one, 3, 99))))
    assert {"Orthopaedics", "6 withheld"} <= set(words_in(held))
    none = settled("words_across", "en", replace(made, frame=made.frame.assign(count=3)))
    assert "12 withheld" in words_in(none)


def test_a_break_in_a_line_is_marked():
    assert "Withheld" in words_in(settled("index", "en"))
    assert "1 withheld" in words_in(settled("lorenz", "en"))
    crosses = [li for li in settled("index", "en").axes[0].lines if li.get_marker() == "x"]
    assert sum(len(li.get_xdata()) for li in crosses) == 2


def test_bins_of_unequal_width_are_drawn_by_density():
    made = generic.histogram(groups=1)
    wide = made.frame.assign(right=made.frame["right"].where(made.frame["left"] != 28.0, 34.0))
    figure = settled("histogram", "en", replace(made, frame=wide))
    heights = {round(p.get_x()): p.get_height() for p in figure.axes[0].patches}
    assert heights[28] == pytest.approx(100 * made.frame["value"].iloc[14] / 3)
    assert "Share of cases per 2, %" in words_in(figure)


@pytest.mark.parametrize(("how", "name"), [(how, name) for how, names in ODD.items() for name in names])
def test_odd_data_draw(how, name):
    made = GENERIC[name]()
    frame = made.frame
    numbers = [n for n in ("value", "low", "high", "share", "cumulative", "x", "y") if n in frame]
    numbers = [n for n in numbers if pd.api.types.is_numeric_dtype(frame[n])]
    if how == "held":
        frame = frame.assign(count=3.0)
    elif how == "missing":
        frame = frame.assign(**{n: np.nan for n in numbers if n != "x"})
    elif how == "one":
        frame = frame.iloc[[0]]
    else:
        frame = frame.assign(**{n: 0.5 for n in numbers if n != "x"})
    figure = settled(name, "zh", replace(made, frame=frame.reset_index(drop=True)))
    figure.draw_without_rendering()
    if how == "held":
        assert any("未公布" in word for word in words_in(figure))


def test_names_are_moved_apart_or_left_out():
    x = np.full(30, 20.0)
    placed = place_names(x, x + np.arange(30) * 0.01, np.ones(30), np.full(30, 12.0), (40.0, 40.0))
    there = [p for p in placed if p]
    assert 3 < len(there) < 30 and None in placed
    for a, b in combinations(there, 2):
        assert abs(a.left - b.left) >= 12.0 or abs(a.middle - b.middle) >= 2.5
    alone = place_names(np.array([20.0]), np.array([20.0]), np.ones(1), np.array([5.0]), (40.0, 40.0))
    assert alone[0].left > 21.0 and not alone[0].led
