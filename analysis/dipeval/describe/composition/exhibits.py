"""The exhibits of one composition: a picture and four tables, with what stands behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dipeval.describe.composition.intervals import Errors, Stated, stated
from dipeval.describe.composition.notes import composition_notes
from dipeval.describe.composition.path import composition_path
from dipeval.describe.composition.picture import picture_frame
from dipeval.describe.composition.tables import (
    composition_table,
    log_ratio_table,
    routes_table,
    zeros_table,
)
from dipeval.describe.composition.words import Words
from dipeval.estimate.composition.analysis import CompositionEffects
from dipeval.results.exhibit import Exhibit, bilingual

TITLE: Words = ("Composition of cost with and without the reform", "有无改革对照下的费用构成")
PARTS_OF_TITLE = {
    "table": ("shares before and after", "改革前后占比"),
    "routes": ("effects by three routes", "三种途径的效应"),
    "log_ratios": ("effects on log-ratios", "对数比效应"),
    "zeros": ("rules for zeros", "零值处理规则"),
}
PATH_OF_TITLE: Words = (": effects by event time", "：动态效应")
BOUNDED = ("log_ratios", "fractional")


@dataclass(frozen=True)
class Setting:
    """What the exhibits say of the study around a composition.

    Attributes
    ----------
    name : str
        Beginning of the exhibits' names.
    estimator, currency, frequency : str
    titles : (str, str)
        Empty: `TITLE`.
    synthetic : bool
    notes : tuple of (str, str)
        Of the study: format, placebo, what other formats could not say.
    """

    name: str
    estimator: str
    currency: str
    frequency: str
    titles: Words = ("", "")
    synthetic: bool = False
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Shown:
    """Exhibits, and every number that stands in them with its inference by route.

    Attributes
    ----------
    exhibits : list of Exhibit
    numbers : dict of str to Stated
        ``share``, ``level``, ``clr``, ``ilr``, ``fractional`` and ``counterfactual_<route>``.
    """

    exhibits: list[Exhibit]
    numbers: dict[str, Stated]


def composition_exhibits(made: CompositionEffects, errors: Errors, setting: Setting) -> Shown:
    """Show the effects on a composition.

    Cost: one multiplier bootstrap a route and rule, O(draws × clusters × parts) each.
    """
    effects, levels = stated(made.shares, errors), stated(made.levels, errors)
    without = {
        route: stated(joint, errors, bounded=route in BOUNDED)
        for route, joint in made.counterfactuals.items()
    }
    ratios, of_ratios = log_ratio_table(made, errors)
    notes = composition_notes(made, errors, effects, setting.estimator, setting.frequency, setting.notes)
    titles = tuple(own or general for own, general in zip(setting.titles, TITLE, strict=True))
    frames = {
        "table": composition_table(made, without["shares"], effects),
        "routes": routes_table(made, without, levels, setting.estimator, setting.currency),
        "log_ratios": ratios,
        "zeros": zeros_table(made, errors),
    }
    picture = picture_frame(made, without["shares"], effects)
    shown = [_exhibit(setting, "counterfactual", setting.name, titles, picture, notes["picture"])]
    shown[0].options.update(level=errors.level)
    for part, frame in frames.items():
        words = PARTS_OF_TITLE[part]
        title = (f"{titles[0]}: {words[0]}", f"{titles[1]}：{words[1]}")
        shown.append(_exhibit(setting, "grid", f"{setting.name}_{part}", title, frame, notes[part]))
    path = composition_path(made, errors)
    if path is not None:
        title = tuple(f"{a}{b}" for a, b in zip(titles, PATH_OF_TITLE, strict=True))
        told = [*notes["path"], *path.notes, *notes["ending"]]
        shown.insert(
            1, _exhibit(setting, "composition_path", f"{setting.name}_by_event_time", title, path.frame, told)
        )
        shown[1].options.update(frequency=setting.frequency)
    numbers = {"share": effects, "level": levels, **of_ratios}
    if made.fractional is not None:
        numbers["fractional"] = stated(made.fractional, errors)
    numbers |= {f"counterfactual_{route}": one for route, one in without.items()}
    return Shown(shown, numbers)


def _exhibit(
    setting: Setting, kind: str, name: str, titles: Sequence[str], frame: object, notes: Sequence[Words]
) -> Exhibit:
    stub = ("Rule", "规则") if name.endswith("_zeros") else ("Part", "项目")
    options = {"stub_en": stub[0], "stub_zh": stub[1], "of_estimates": True} if kind == "grid" else {}
    return bilingual(
        name=name,
        kind=kind,
        titles=titles,
        frame=frame,
        notes=notes,
        synthetic=setting.synthetic,
        options=options,
    )
