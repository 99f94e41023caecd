"""Effects by group: from what a study asks to a forest and a table an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from dipeval.describe.event_study import lowered
from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.equality import equality_tests
from dipeval.describe.heterogeneity.group_exhibits import Shown, group_forest, group_table
from dipeval.describe.heterogeneity.grouping import Grouping, grouping
from dipeval.design import PanelDesign
from dipeval.estimate.heterogeneity.group_effects import GroupEffects, differences, group_effects, term_of
from dipeval.infer import infer
from dipeval.panel.outcomes import outcome_values
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

PLACE = "hospital"


def by_group(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest ``<name>_<outcome>`` and a table ``<name>_<outcome>_table`` for each outcome.

    Raises
    ------
    DataError
        A study without a design, groups that cannot be formed.
    DesignError
        An estimator or a word that does not fit, no overall effect.

    Notes
    -----
    One estimate a group; tests that estimate anew cost as many for each city.
    """
    options = choice.options
    found = grouping(
        given, str(options["by"]), classes=int(options["classes"]), measured=tuple(options["measured"])
    )
    return group_exhibits(given, choice, found)


def group_exhibits(given: Given, choice: DescriptionChoice, found: Grouping) -> list[Exhibit]:
    """The exhibits of groups that are formed already.

    Parameters
    ----------
    given : Given
        Whose design the groups are of.
    choice : DescriptionChoice
        With ``outcomes``, ``estimator``, ``trends``, ``tests``, ``cluster``, ``small_sample``, ``seed`` and ``level``.
    found : Grouping
    """
    made = []
    for name in choice.options["outcomes"]:
        outcome = outcomes()[name]
        shown = _shown(given, choice, found, outcome)
        title = choice.titles(
            f"Effect of the reform on {lowered(outcome.label_en)}, by {lowered(found.title[0])}",
            f"改革对{outcome.label_zh}的效应（按{found.title[1]}）",
        )
        made.append(group_forest(shown, f"{choice.name}_{name}", title))
        made.append(group_table(shown, f"{choice.name}_{name}_table", title))
    return made


def _shown(given: Given, choice: DescriptionChoice, found: Grouping, outcome: Outcome) -> Shown:
    options, design = choice.options, given.designed
    cluster = str(options["cluster"] or next(iter(design.unit_clusters)))
    effects = group_effects(
        design,
        outcome_values(given.panel, outcome)[0],
        found.groups,
        estimator=str(options["estimator"]),
        trends=str(options["trends"]),
        outcome=outcome.name,
    )
    how = {"cluster": cluster, "small_sample": str(options["small_sample"])}
    estimate = infer(effects.estimate, level=float(options["level"]), **how)
    seed = None if options["seed"] is None else int(options["seed"])
    tests = equality_tests(effects, options["tests"], seed=seed, **how)
    known = [g for g in found.groups.names if np.isfinite(effects.estimate.params[term_of(g)])]
    return Shown(
        estimate,
        _differences(effects, known, {**how, "level": float(options["level"])}),
        known[0] if known else "",
        found,
        outcome,
        tests,
        str(options["trends"]),
        found.groups.cities(design, cluster),
        cluster,
        given.currency,
        given.synthetic,
        _treated(design, int(estimate.terms["n_treated"].iloc[0])),
    )


def _treated(design: PanelDesign, units: int) -> int:
    """Treated hospitals behind so many treated units, which may be groups of their patients."""
    if PLACE not in design.unit_clusters:
        return units
    treated = design.layout.last >= design.first_treated
    return min(units, len(np.unique(design.unit_clusters[PLACE][treated])))


def _differences(effects: GroupEffects, known: list[str], how: Mapping[str, object]) -> dict[str, pd.Series]:
    """Each group less the first that has an effect."""
    apart = differences(effects.estimate, known)
    if apart is None:
        return {}
    apart = replace(apart, origin=None if effects.contrasts is None else effects.contrasts.origin)
    tidy = infer(apart, **how).tidy()
    return {name: row for name, (_, row) in zip(known[1:], tidy.iterrows(), strict=True)}
