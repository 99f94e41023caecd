"""Kind ``policy_synergy``: what the reform and concurrent policies do alone and together."""

from __future__ import annotations

from dipeval.describe.given import Given
from dipeval.describe.inferences import inference_keys
from dipeval.describe.kind import EFFECTS, PANEL, Kind
from dipeval.errors import DataError, Problem, nearest
from dipeval.results.exhibit import Exhibit
from dipeval.study.descriptions import DescriptionChoice
from dipeval.study.grammar import Key
from dipeval.study.policies import Policy
from dipeval.vocabulary import outcomes


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """``<name>_calendar``, ``<name>_<outcome>`` for each outcome, and ``<name>_table``.

    Cost: one regression an outcome, O(n p²) for p measures and products.

    Raises
    ------
    DataError
        A study without a design or without ``[[policies]]``, a policy that is not there.
    DesignError
        Measures that came at the same time in every city, or are in force nowhere in the window.
    """
    from dataclasses import replace

    from dipeval.describe.inferences import inferred, refusals
    from dipeval.describe.policies.exhibits import (
        LABEL,
        NAME,
        calendar_exhibit,
        forest_exhibit,
        table_exhibit,
    )
    from dipeval.design.policies import exposure_of_rows
    from dipeval.estimate.policies.synergy import policy_synergy
    from dipeval.panel.outcomes import outcome_values

    chosen = _chosen(given, choice)
    labels = {policy.name: (policy.label_en, policy.label_zh) for policy in chosen}
    exposure = exposure_of_rows(chosen, given.panel, str(choice.options["measure"]))
    # Policies that the design adjusts for are measures here.
    kept = {name: x for name, x in given.designed.covariates.items() if name not in exposure}
    design = replace(given.designed, covariates=kept)
    cluster = next(iter(design.unit_clusters))
    made, every = [calendar_exhibit(given, choice, chosen, labels)], []
    for name in choice.options["outcomes"]:
        values, _ = outcome_values(given.panel, outcomes()[name])
        found = policy_synergy(design, values, exposure, outcome=name, depth=int(choice.options["products"]))
        several, refused = inferred(found, choice.options, cluster)
        made.append(forest_exhibit(given, choice, outcomes()[name], several[0], labels))
        every += several
    return [*made, table_exhibit(given, choice, every, labels, refusals({NAME: refused}, LABEL))]


def _chosen(given: Given, choice: DescriptionChoice) -> list[Policy]:
    """The rows of the calendar that a study asks for."""
    known = dict.fromkeys(policy.name for policy in given.policies)
    problems = [
        Problem("policies", f"no policy '{name}' in [[policies]]", nearest(name, known))
        for name in choice.options["policies"]
        if name not in known
    ]
    if not known:
        problems.append(
            Problem("policies", "the study has none", "write [[policies]], a row a policy and city")
        )
    if problems:
        raise DataError("policies", problems)
    asked = choice.options["policies"] or tuple(known)
    return [policy for policy in given.policies if policy.name in asked]


KIND = Kind(
    PANEL,
    make,
    {
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="of hospital-periods"),
        "policies": Key("texts", default=(), doc="names of [[policies]]; default: all of them"),
        "measure": Key("text", default="dummy", choices=("dummy", "share"), doc="in force, or how far"),
        "products": Key("integer", default=2, low=1, high=4, doc="most measures of a product; 1: none"),
        **inference_keys(),
    },
    "The reform and concurrent policies, alone and together",
    "改革与同期政策的协同效应",
    EFFECTS,
)
