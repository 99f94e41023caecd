"""``patient_heterogeneity``: the effect of the reform by scheme, sex, age or another group of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.kind import CASES, EFFECTS, Kind
from dipeval.describe.kinds.heterogeneity import effect_keys
from dipeval.study.grammar import Key
from dipeval.vocabulary import outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """A forest and a table an outcome; see `dipeval.describe.heterogeneity.by_patients.by_patients`."""
    from dipeval.describe.heterogeneity.by_patients import by_patients

    return by_patients(given, choice)


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "by": Key(
            "text", required=True, doc="insurance_type, sex, age (with bins) or another column of cases"
        ),
        "levels": Key("texts", default=(), doc="groups in order; default: all levels that some case has"),
        "outcomes": Key("texts", required=True, choices=tuple(outcomes()), doc="what the reform may change"),
        **effect_keys(trends="own"),
    },
    label_en="Effects by group of patients",
    label_zh="患者分组效应",
    heading=EFFECTS,
)
