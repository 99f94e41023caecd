"""All kinds of descriptions by name; a new one is a module in `kinds` and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from dipeval.describe.kind import Kind
from dipeval.describe.kinds import (
    balanced,
    before_after,
    burden,
    case_table,
    change,
    city_effects,
    cluster_comparison,
    clusters,
    composition,
    concentration,
    determinants,
    dispersion,
    distribution,
    distribution_effects,
    dose_response,
    flows,
    groups_within_city,
    growth,
    heterogeneity,
    hospital_clusters,
    interrupted_series,
    outcome_models,
    panel_models,
    patient_heterogeneity,
    patient_spillover,
    policy_synergy,
    rates,
    side_by_side,
    specification_curve,
    spillover,
    standardised,
    synthetic,
    trajectory_clusters,
    trends,
    triple_difference,
    two_treatments,
)
from dipeval.study.descriptions import DESCRIBE, Kinds

KINDS: Mapping[str, Kind] = {
    "balanced": balanced.KIND,
    "before_after": before_after.KIND,
    "burden": burden.KIND,
    "case_table": case_table.KIND,
    "change": change.KIND,
    "city_effects": city_effects.KIND,
    "cluster_comparison": cluster_comparison.KIND,
    "clusters": clusters.KIND,
    "composition": composition.KIND,
    "concentration": concentration.KIND,
    "determinants": determinants.KIND,
    "dispersion": dispersion.KIND,
    "distribution": distribution.KIND,
    "distribution_effects": distribution_effects.KIND,
    "dose_response": dose_response.KIND,
    "flows": flows.KIND,
    "groups_within_city": groups_within_city.KIND,
    "growth": growth.KIND,
    "heterogeneity": heterogeneity.KIND,
    "hospital_clusters": hospital_clusters.KIND,
    "interrupted_series": interrupted_series.KIND,
    "outcome_models": outcome_models.KIND,
    "panel_models": panel_models.KIND,
    "patient_heterogeneity": patient_heterogeneity.KIND,
    "patient_spillover": patient_spillover.KIND,
    "policy_synergy": policy_synergy.KIND,
    "rates": rates.KIND,
    "side_by_side": side_by_side.KIND,
    "specification_curve": specification_curve.KIND,
    "spillover": spillover.KIND,
    "standardised": standardised.KIND,
    "synthetic": synthetic.KIND,
    "trajectory_clusters": trajectory_clusters.KIND,
    "trends": trends.KIND,
    "triple_difference": triple_difference.KIND,
    "two_treatments": two_treatments.KIND,
}


def kind_labels() -> dict[str, tuple[str, str]]:
    """English and Chinese label of each kind."""
    return {name: (kind.label_en, kind.label_zh) for name, kind in KINDS.items()}


def description_kinds(heading: str = DESCRIBE) -> Kinds:
    """Layer and grammar of each kind that stands under one heading, for the parser of study files."""
    return {name: (kind.layer, kind.keys) for name, kind in KINDS.items() if kind.heading == heading}
