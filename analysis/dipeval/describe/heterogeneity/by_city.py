"""Effects city by city: each alone, all together, and each drawn towards the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dipeval.describe.event_study import lowered
from dipeval.describe.given import Given
from dipeval.describe.heterogeneity.city_exhibits import CityEffects, city_forest, city_table
from dipeval.describe.heterogeneity.grouping import Grouping, grouping
from dipeval.estimate.heterogeneity.group_effects import group_effects, term_of
from dipeval.estimate.heterogeneity.groups import HOSPITALS, by_hospital
from dipeval.infer import infer
from dipeval.infer.partial_pooling import PartialPooling, partial_pooling
from dipeval.panel.outcomes import outcome_values
from dipeval.results import Estimate
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.vocabulary import Outcome, outcomes

ALONE = "one treated hospital: how far its effect is from the city's cannot be known"
NO_ERROR = "no standard error by hospital"


@dataclass(frozen=True)
class Pooled:
    """Effects of cities and what they say together.

    Attributes
    ----------
    alone : Estimate
        Inferred by hospital: the pooled effect, then one term a city.
    pooling : PartialPooling or None
        Of the cities in `used`; None with fewer than two.
    used : tuple of str
    left_out : mapping of str to str
        Why a city is not among them.
    """

    alone: Estimate
    pooling: PartialPooling | None
    used: tuple[str, ...]
    left_out: dict[str, str]


def by_city(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest ``<name>_<outcome>`` and a table ``<name>_<outcome>_table`` for each outcome.

    Raises
    ------
    DataError
        A study without a design, an unknown column.
    DesignError
        An estimator that has no effects of groups against one counterfactual.

    Notes
    -----
    One estimate a city, and O(k³) for k cities.
    """
    options, design = choice.options, given.designed
    found = grouping(given, str(options["by"]))
    found = replace(found, groups=found.groups.treated(design))
    made = []
    for name in options["outcomes"]:
        outcome = outcomes()[name]
        shown = _effects(given, choice, found, outcome)
        title = choice.titles(
            f"Effect of the reform on {lowered(outcome.label_en)}, {lowered(found.title[0])} by "
            f"{lowered(found.title[0])}",
            f"改革对{outcome.label_zh}的效应（逐{found.title[1]}）",
        )
        made.append(city_forest(shown, f"{choice.name}_{name}", title))
        made.append(city_table(shown, f"{choice.name}_{name}_table", title))
    return made


def pooled_cities(alone: Estimate, names: tuple[str, ...], **how: object) -> Pooled:
    """Pool effects of cities by their errors between hospitals.

    Parameters
    ----------
    alone : Estimate
        Inferred with `HOSPITALS` as clusters.
    names : tuple of str
    **how
        Options of `partial_pooling`.
    """
    rows = alone.tidy().set_index("term")
    left_out = {}
    for name in names:
        row = rows.loc[term_of(name)]
        if np.isnan(row["estimate"]) or np.isnan(row["std_error"]):
            left_out[name] = str(row["note"]) or NO_ERROR
        elif row["n_treated"] < 2:
            left_out[name] = ALONE
    used = tuple(name for name in names if name not in left_out)
    if len(used) < 2:
        return Pooled(alone, None, used, left_out)
    terms = [term_of(name) for name in used]
    values = alone.params[terms].to_numpy()
    return Pooled(
        alone, partial_pooling(values, alone.cov.loc[terms, terms].to_numpy(), **how), used, left_out
    )


def _effects(given: Given, choice: DescriptionChoice, found: Grouping, outcome: Outcome) -> CityEffects:
    options, design = choice.options, by_hospital(given.designed)
    effects = group_effects(
        design,
        outcome_values(given.panel, outcome)[0],
        found.groups,
        estimator=str(options["estimator"]),
        outcome=outcome.name,
    )
    level = float(options["level"])
    cluster = str(options["cluster"] or next(iter(design.unit_clusters)))
    whole = infer(effects.estimate, cluster=cluster, small_sample=str(options["small_sample"]), level=level)
    alone = infer(effects.estimate, cluster=HOSPITALS, level=level)
    pooled = pooled_cities(
        alone,
        found.groups.names,
        between=str(options["between"]),
        adjustment=str(options["adjustment"]),
        level=level,
    )
    rows = alone.tidy().assign(
        count=alone.terms["count"].to_numpy(), largest_share=alone.terms["largest_share"].to_numpy()
    )
    return CityEffects(
        rows.set_index("term"),
        _whole_row(whole),
        whole.inference.rule,
        pooled.pooling,
        pooled.used,
        pooled.left_out,
        found,
        outcome,
        str(options["estimator"]),
        str(options["between"]),
        str(options["adjustment"]),
        given.currency,
        given.synthetic,
    )


def _whole_row(whole: Estimate) -> pd.Series:
    """The pooled effect by the study's own rule."""
    facts = whole.terms.iloc[0][["count", "largest_share"]]
    return pd.concat([whole.tidy().iloc[0], facts])
