"""From a study's words to its specification curve."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.side_by_side.of_study import WEIGHTS, panel_of
from dipeval.describe.side_by_side.variant import NONE, DesignVariant
from dipeval.describe.specification_curve.choices import Choices
from dipeval.describe.specification_curve.curve import SpecificationCurve, specification_curve
from dipeval.describe.specification_curve.joint import JointTests, joint_tests
from dipeval.errors import DataError, Problem
from dipeval.study.descriptions import DescriptionChoice

USUAL = ("twfe",)
ARM = "arm"


def curve_of(given: Given, choice: DescriptionChoice) -> tuple[SpecificationCurve, JointTests | None]:
    """The curve of a study, and its joint tests unless it asks for none; see `kinds.specification_curve`."""
    design, told = given.designed, choice.options
    controls = tuple(tuple(names) for names in told["controls"]) or (tuple(design.covariates),)
    choices = Choices(
        outcomes=tuple(told["outcomes"]),
        estimators=tuple(told["estimators"]) or USUAL,
        windows=_windows(told["windows"]),
        comparisons=tuple(told["comparisons"]) or (design.comparison,),
        anticipations=tuple(told["anticipations"]) or (design.anticipation,),
        weights=tuple(told["weights"]) or (NONE if design.weights is None else WEIGHTS,),
        clusters=tuple(told["clusters"]) or (next(iter(design.unit_clusters)),),
        excluded=tuple(tuple(names) for names in told["excluded"]) or ((),),
        controls=controls,
        trims=tuple(float(x) for x in told["trims"]) or (0.0,),
        least_cases=tuple(told["least_cases"]) or (0,),
        by=ARM,
        labels=given.labels,
    )
    panel = panel_of(given, [name for names in controls for name in names])
    base = DesignVariant("study", event_window=design.event_window, by=ARM)
    listed = [{name: key for name, key in one.items() if key is not None} for one in told["listed"] or ()]
    level, most = float(told["level"]), int(told["most"])
    curve = specification_curve(panel, choices, listed=listed, base=base, level=level, most=most)
    if not told["draws"]:
        return curve, None
    seed = None if told["seed"] is None else int(told["seed"])
    return curve, joint_tests(
        curve, panel, cluster=str(told["assigned"]), n_draws=int(told["draws"]), seed=seed
    )


def _windows(told: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, str], ...]:
    wrong = [list(window) for window in told if len(window) != 2]
    if wrong:
        todo = 'write first and last period, like [["2017-01", "2019-12"]]; "" for that of the study'
        raise DataError("specification curve", [Problem("windows", f"{w} is no window", todo) for w in wrong])
    return tuple((str(start), str(end)) for start, end in told) or (("", ""),)
