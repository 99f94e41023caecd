"""``hospital_clusters``: which hospitals are alike, by outcomes and by the structure of an amount."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.clusters.formed_periods import PERIOD_KEYS
from dipeval.describe.clusters.words import LABELS, NOTES
from dipeval.describe.kind import PANEL, Kind
from dipeval.panel.outcomes import ONE
from dipeval.study.grammar import Key, Named
from dipeval.vocabulary import columns, outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

ADDED_UP = ("ratio", "log_ratio", "mean_log")
"""Kinds of outcomes that follow from sums over periods."""
OUTCOMES = tuple(n for n, o in outcomes().items() if o.kind in ADDED_UP and o.denominator != ONE)
PARTS = tuple(n for n, c in columns().items() if c.kind == "money" and c.role != "record")
METHODS = ("k_means", "k_medoids", "gaussian_mixture", "ward", "average_linkage")
DISTANCES = ("euclidean", "gower")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Choice of k, sizes, profile, pictures, stability and, beside a declared type, how far both agree.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems: missing values without a rule, constant columns, more clusters than hospitals, labels that the
        clusters do not bear out, a type that the panel lacks.

    Notes
    -----
    Cost: some thousand fits of as many points as there are hospitals.
    """
    from dipeval.describe.clusters.hospital_clusters import hospital_clusters

    return hospital_clusters(given, choice)


KIND = Kind(
    layer=PANEL,
    make=make,
    keys={
        "among": Named(
            Key("texts"),
            doc="by column of words: those of the hospitals that are clustered, the others are left out",
        ),
        "outcomes": Key(
            "texts", default=(), choices=OUTCOMES, doc="numbers of each hospital over the window"
        ),
        "shares": Key("texts", default=(), choices=PARTS, doc="parts of an amount, clustered as log-ratios"),
        "words": Key("texts", default=(), doc='words of each hospital, like "level", with distance gower'),
        "distance": Key(
            "text", default="euclidean", choices=DISTANCES, doc="gower where words are among them"
        ),
        "zero_part": Key("number", low=0, high=0.5, doc="share that stands for a part of zero"),
        "scale": Key(
            "text",
            required=True,
            choices=("standardise", "robust", "range", "none"),
            doc="what makes one unit",
        ),
        "missing": Key("text", default="", choices=("", "drop", "median"), doc="of hospitals that lack one"),
        "method": Key("text", default="k_means", choices=METHODS, doc="how groups are formed"),
        "k": Key("integer", default=0, low=0, doc="number of clusters; 0: that of the gap statistic"),
        "most": Key("integer", default=8, low=2, high=20, doc="the highest number that is tried"),
        "seed": Key("integer", required=True, low=0, doc="of starts and draws"),
        "reference_draws": Key("integer", default=50, low=2, doc="of the gap statistic"),
        "stability_draws": Key("integer", default=100, low=2, doc="bootstrap draws"),
        "profile": Key("texts", default=(), choices=OUTCOMES, doc="further outcomes that are described"),
        "hospitals": Key("flag", default=False, doc="a map with each hospital; the gate must allow it"),
        "against": Key(
            "text", default="", doc='a column of words that clusters are held against, "hospital_type"'
        ),
        **PERIOD_KEYS,
        "labels": LABELS,
        **NOTES,
    },
    label_en="Which hospitals are alike",
    label_zh="医院聚类",
)
