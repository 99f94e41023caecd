"""Swiss hospitals by how their length of stay moved: two levels, no groups by size of movement, three by its timing."""

import pytest

from dipeval.describe.clusters.formers import FORMERS
from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose.gate import gate_together
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["trajectory_clusters"]
TOLD = {
    "outcomes": ("log_length_of_stay",),
    "scale": "standardise",
    "missing": "drop",
    "most": 3,
    "seed": 7,
    "reference_draws": 6,
    "stability_draws": 6,
    "formed": ("2012", "2019"),
}


@pytest.fixture(scope="module")
def panel(swiss):
    frame = swiss.report.panel.frame
    three = frame["hospital_type"].isin(["acute", "psychiatry", "rehabilitation"])
    return frame[three].reset_index(drop=True)


def choice(**options):
    plain = {name: getattr(key, "default", ()) for name, key in KIND.keys.items()}
    return DescriptionChoice("moves", "trajectory_clusters", plain | TOLD | options)


def test_levels_part_acute_care_and_shapes_part_nobody(panel):
    cluster, level = FORMERS["trajectory_clusters"](panel, choice(compare="level"))
    assert len(cluster) == 202 and cluster.value_counts().tolist() == [124, 78]
    kind = panel.groupby(["city", "hospital"])["hospital_type"].last().reindex(cluster.index)
    assert (cluster[kind == "acute"] == 1).mean() > 0.9 and (cluster[kind != "acute"] == 2).mean() > 0.8
    shape, found = FORMERS["trajectory_clusters"](panel, choice())
    assert found.choice.verdict == "none" and (shape == 0).all() and level.choice.verdict == "clear"


def test_by_when_they_moved_there_are_three_groups_and_the_largest_fell_as_counting_changed(panel):
    given = Given(panel, "year", "2008", "2020", "CHF")
    found = {e.name: e for e in KIND.make(given, choice(unit_spread=True, beside_k=2))}
    assert found["moves_sizes"].frame["value"].tolist() == [92, 58, 52]
    assert any("68 hospitals lack periods" in note for note in found["moves_sizes"].notes_en)
    path = found["moves_log_length_of_stay"].frame.query("panel == '1'").set_index("x")["value"]
    # From 2014 on the day of discharge is no day of care: the largest group fell then, and little after.
    assert path["2012"] - path["2014"] > 1.5 and abs(path["2019"] - path["2014"]) < 0.5
    (note,) = [n for n in found["moves_agreement"].notes_en if "adjusted Rand" in n]
    assert "adjusted Rand index 0.0" in note
    assert [len(held) for _, held in gate_together(list(found.values()), 10, 0.85)] == [0] * len(found)
