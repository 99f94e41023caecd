"""``trajectory_clusters``: which hospitals or cities moved alike over time, level and shape apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.clusters.formed_periods import PERIOD_KEYS
from dipeval.describe.clusters.words import LABELS
from dipeval.describe.kind import PANEL, Kind
from dipeval.describe.kinds.hospital_clusters import METHODS, OUTCOMES
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Choice of k, sizes, curves, profile, map, stability, and how far clusters by level and by shape agree.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems of a step: missing periods without a rule, spans that are none, paths that do not move, values
        without a logarithm, more clusters than units, labels that the clusters do not bear out.

    Notes
    -----
    Distances between paths are Euclidean: what all units have in common in a period is in no distance. Cost: some thousand
    fits of as many points as there are units, twice.
    """
    from dipeval.describe.clusters.trajectory_exhibits import trajectory_exhibits

    return trajectory_exhibits(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "outcomes": Key("texts", required=True, choices=OUTCOMES, doc="whose paths are compared"),
        "unit": Key("text", default="hospital", choices=("hospital", "city"), doc="what moves"),
        "compare": Key(
            "text",
            default="shape",
            choices=("level", "shape", "growth"),
            doc="the mean, the path less its own mean, or growth from period to period (logarithms)",
        ),
        "unit_spread": Key(
            "flag", default=False, doc="of shape: when a path moves counts, how far it moves does not"
        ),
        "scale": Key(
            "text",
            required=True,
            choices=("standardise", "none"),
            doc="one number an outcome, so that outcomes count alike; or as they are",
        ),
        "missing": Key(
            "text", default="", choices=("", "drop", "interpolate"), doc="of periods that a unit lacks"
        ),
        "seasonal": Key("text", default="none", choices=("none", "stl", "dummies"), doc="taken out of paths"),
        "smooth": Key("integer", default=1, low=1, doc="periods of a centred moving mean, odd; 1: none"),
        "method": Key("text", default="k_means", choices=METHODS, doc="how groups are formed"),
        "k": Key("integer", default=0, low=0, doc="number of clusters; 0: that of the gap statistic"),
        "beside_k": Key(
            "integer", default=0, low=0, doc="likewise of the other of level and shape, held beside"
        ),
        "most": Key("integer", default=8, low=2, high=20, doc="the highest number that is tried"),
        "seed": Key("integer", required=True, low=0, doc="of starts and draws"),
        "reference_draws": Key("integer", default=50, low=2, doc="of the gap statistic"),
        "stability_draws": Key("integer", default=100, low=2, doc="bootstrap draws"),
        "profile": Key("texts", default=(), choices=OUTCOMES, doc="further outcomes that are described"),
        **PERIOD_KEYS,
        "labels": LABELS,
    },
    label_en="Which hospitals or cities moved alike",
    label_zh="医院或城市变化轨迹聚类",
)
