"""Which clusterings a study carries on: where it names ``cluster:<name>``, and what that must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..describe.clusters.formers import FORMERS
from ..describe.registry import KINDS
from ..errors import Problem, nearest
from ..study.descriptions import CASES, CLUSTER, EFFECTS, DescriptionChoice

if TYPE_CHECKING:
    from ..study import Study

STAGE = "cluster"
"""The stage that forms them."""
CASE_CLUSTERS = "clusters"
"""The kind that forms clusters of cases."""


def uses_of(study: Study) -> Iterator[tuple[str, str, bool]]:
    """Where a study names ``cluster:<name>``: the key, the name, and whether an effect is measured by it."""
    if study.treatment is not None and study.treatment.common_clusters:
        yield "design.common_clusters", study.treatment.common_clusters.removeprefix(CLUSTER), True
    for choice in study.descriptions:
        for key, name in _named(choice):
            yield f"{choice.heading}.{choice.name}.{key}", name, choice.heading == EFFECTS


def _named(choice: DescriptionChoice) -> Iterator[tuple[str, str]]:
    for key, value in choice.options.items():
        for word in value if isinstance(value, (tuple, list)) else (value,):
            if isinstance(word, str) and word.startswith(CLUSTER):
                yield key, word.removeprefix(CLUSTER)


def clusters_named(choice: DescriptionChoice) -> list[str]:
    """Names of the clusterings that a description goes by, sorted."""
    return sorted({name for _, name in _named(choice)})


def declared_clusterings(study: Study) -> dict[str, DescriptionChoice]:
    """The clusterings of hospitals that a study declares, by name."""
    return {choice.name: choice for choice in study.descriptions if choice.kind in FORMERS}


def case_clusterings(study: Study) -> dict[str, DescriptionChoice]:
    """The clusterings of cases that a study declares, by name."""
    return {choice.name: choice for choice in study.descriptions if choice.kind == CASE_CLUSTERS}


def carried_names(study: Study) -> list[str]:
    """Those of hospitals that are used beside their own exhibits, sorted."""
    return sorted({name for _, name, _ in uses_of(study)} & set(declared_clusterings(study)))


def carrying_problems(study: Study, where: str) -> list[Problem]:
    """Names that are no clustering of the study that can go there, with the nearest that is one."""
    hospitals, cases, of_cases = (
        declared_clusterings(study),
        case_clusterings(study),
        _case_descriptions(study),
    )
    return [
        Problem(
            f"{where}, key {key}",
            f"'{CLUSTER}{name}' names a clustering of cases; here hospitals are grouped"
            if name in cases
            else f"'{CLUSTER}{name}' names no clustering of hospitals of the study",
            nearest(name, known)
            if known
            else f'declare one: [describe.{name or "alike"}], kind = "hospital_clusters"',
        )
        for key, name, _ in uses_of(study)
        if name not in (known := hospitals | (cases if key.rpartition(".")[0] in of_cases else {}))
    ]


def _case_descriptions(study: Study) -> set[str]:
    """Where clusters of cases may be named: descriptions and effects of cases that are no clustering themselves."""
    return {
        f"{choice.heading}.{choice.name}"
        for choice in study.descriptions
        if KINDS[choice.kind].layer == CASES and choice.kind != CASE_CLUSTERS
    }
