"""Exhibits of the families of a study: one table each, under the first clustering."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..describe import family_exhibit
from ..results.exhibit import Exhibit

if TYPE_CHECKING:
    from .exhibits import Material


def family_exhibits(material: Material) -> Iterator[Exhibit]:
    """Make the tables in the order of the study file."""
    first = material.declared.study.treatment.clusters[0]
    for family in material.declared.study.families:
        found = material.families
        mine = found[(found["family"] == family.name) & (found["cluster_shown"] == first)]
        title_en = family.title_en or f"Effects judged together: {family.name}"
        yield family_exhibit(
            mine,
            name=f"family_{family.name}",
            titles=(title_en, family.title_zh or f"联合判断的效应：{family.name}"),
            synthetic=material.synthetic,
        )
