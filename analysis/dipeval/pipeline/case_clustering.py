"""Clusters of cases that a study carries on: formed before the descriptions, and put on the cases of those that go by them.

They are formed inside the stage of descriptions, not in one of their own: the rule is an expression on its lazy cases, and
the key of that stage holds the clustering and the cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..describe.clusters.carried import refuse_after_reform
from ..describe.clusters.case_carried import CarriedCases, carried_cases
from ..describe.given import Given
from ..describe.registry import KINDS
from ..errors import DataError, Problem
from ..study import Study
from ..study.descriptions import DescriptionChoice
from .carrying import case_clusterings, clusters_named, uses_of


def form_case_clusters(
    study: Study, given_for: Callable[[DescriptionChoice], Given], say: Callable[[str], None]
) -> dict[str, CarriedCases]:
    """Form the clusterings of cases that descriptions go by, by name.

    Parameters
    ----------
    study : Study
    given_for : callable
        What a description is given: the cases of the cities that it names.
    say : callable
        Progress.

    Raises
    ------
    DataError
        What a clustering refuses, with its place in the study; effects by clusters formed after the reform.
    """
    known, made = case_clusterings(study), {}
    for name in sorted({name for _, name, _ in uses_of(study)} & set(known)):
        choice = known[name]
        say(f"cluster: {name}")
        kind = KINDS[choice.kind]
        try:
            made[name] = carried_cases(given_for(choice), choice, (kind.label_en, kind.label_zh))
        except DataError as error:
            where = f"analysis/studies/{study.name}.toml, key {choice.heading}.{name}"
            told = [
                Problem(f"{where}: {p.where}", p.what, p.todo, p.evidence, p.count) for p in error.problems
            ]
            raise DataError("cluster", told) from None
        for key, used, effect in uses_of(study):
            if used == name and effect:
                refuse_after_reform(made[name].told, f"analysis/studies/{study.name}.toml, key {key}")
    return made


def with_case_clusters(given: Given, choice: DescriptionChoice, formed: Mapping[str, CarriedCases]) -> Given:
    """What a description is given, its cases with the clusters that it names; its own fit, where it is the clustering."""
    if choice.name in formed:
        given = replace(given, fits={choice.name: formed[choice.name].fit})
    named = [formed[name] for name in clusters_named(choice) if name in formed]
    if not named:
        return given
    engine, cases = given.stays
    labels, clusterings = dict(given.labels), dict(given.clusterings)
    for one in named:
        cases = one.on(engine, cases)
        labels |= one.told.labels
        clusterings[one.told.name] = one.told
    return replace(given, cases=cases, labels=labels, clusterings=clusterings)
