"""From a released exhibit to the bytes of a figure."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING

from dipeval.disclose import Released
from dipeval.present import style, typeface
from dipeval.present.words import check_language

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWERS = {
    "event_study": "dipeval.present.figures.event_study:draw_event_study",
    "trends": "dipeval.present.figures.trends:draw_trends",
    "adoption_map": "dipeval.present.figures.adoption_map:draw_adoption_map",
    "cost_structure": "dipeval.present.figures.cost_structure:draw_cost_structure",
    "composition_path": "dipeval.present.figures.composition_path:draw_composition_path",
    "counterfactual": "dipeval.present.figures.counterfactual:draw_counterfactual",
    "bars": "dipeval.present.figures.bars:draw_bars",
    "forest": "dipeval.present.figures.forest:draw_forest",
    "matrix": "dipeval.present.figures.matrix:draw_matrix",
    "quadrant": "dipeval.present.figures.quadrant:draw_quadrant",
    "curves": "dipeval.present.figures.curves:draw_curves",
    "small_multiples": "dipeval.present.figures.small_multiples:draw_small_multiples",
    "histogram": "dipeval.present.figures.histogram:draw_histogram",
    "placebo_density": "dipeval.present.figures.placebo_density:draw_placebo_density",
    "sensitivity": "dipeval.present.figures.sensitivity:draw_sensitivity",
    "specification_curve": "dipeval.present.figures.specification_curve:draw_specification_curve",
}
"""What draws an exhibit, by its kind; imported when it is first needed."""
METADATA: dict[str, dict[str, None]] = {
    "pdf": {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
}


def draw(released: Released, language: str = "en", *, title: bool = True) -> dict[str, bytes]:
    """Draw a figure.

    Parameters
    ----------
    released : Released
        What the gate let through.
    language : {"en", "zh"}
    title : bool
        Whether the picture carries its title; a journal wants it in the caption instead.

    Returns
    -------
    dict of str to bytes
        ``pdf`` (editable text), ``png`` (300 dpi) and ``svg`` (text as paths); the same exhibit
        gives the same bytes.

    Raises
    ------
    TypeError
        If the exhibit has not passed the gate.
    KeyError
        If nothing draws exhibits of this kind.
    DataError
        If a label holds a character that the typefaces lack.
    """
    import matplotlib

    if not isinstance(released, Released):
        raise TypeError("only what has passed dipeval.disclose.gate can be drawn")
    check_language(language)
    exhibit = released.exhibit
    module, _, function = DRAWERS[exhibit.kind].partition(":")
    drawer: Callable[..., Figure] = getattr(import_module(module), function)
    typeface.register()
    with matplotlib.rc_context(_settings()), typeface.every_glyph(exhibit.name):
        figure = drawer(exhibit, language, title=title)
        return {form: _save(figure, form) for form in METADATA}


def _settings() -> dict[str, object]:
    """The house style over matplotlib's own defaults, so that no user setting changes a byte."""
    import matplotlib

    kept = {
        k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(("backend", "interactive"))
    }
    return {**kept, **style.MATPLOTLIB, "font.family": list(typeface.TEXT)}


def _save(figure: Figure, form: str) -> bytes:
    import matplotlib

    # The Chinese face has cubic outlines, which PDF readers accept as Type 3 only; text in Latin
    # letters alone is embedded as TrueType, which journals ask for.
    matplotlib.rcParams["pdf.fonttype"] = 3 if _has_chinese(figure) else 42
    stream = BytesIO()
    figure.savefig(stream, format=form, dpi=style.PNG_DPI, metadata=METADATA[form])
    return stream.getvalue()


def _has_chinese(figure: Figure) -> bool:
    from matplotlib.text import Text

    return any(typeface.has_chinese(text.get_text()) for text in figure.findobj(Text))
