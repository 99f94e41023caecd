"""``clusters``: which cases are alike, by declared numbers and words, and what the groups are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.clusters.formed_periods import PERIOD_KEYS
from dipeval.describe.clusters.words import LABELS, NOTES
from dipeval.describe.kind import CASES, Kind
from dipeval.study.descriptions import NUMBERS
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit
    from dipeval.study.descriptions import DescriptionChoice

METHODS = ("k_means", "mini_batch_k_means", "k_medoids", "gaussian_mixture", "ward", "average_linkage")
DISTANCES = ("euclidean", "gower")
AMOUNTS = tuple(name for name, c in columns().items() if c.kind in (*NUMBERS, "flag") and c.role != "record")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Choice of k, sizes, profile, centres, parallel coordinates, map, silhouettes, tree and stability.

    Clusters are fitted on a sample of at most ``sample`` cases, every m-th in the order of the numbers; then every case
    goes to the nearest centre or medoid, or to the component that it most likely came from, in the engine.

    Parameters
    ----------
    given : Given
    choice : DescriptionChoice

    Raises
    ------
    DataError
        With all problems: missing values without a rule, constant columns, amounts without a logarithm, more
        clusters than cases, words without Gower's distance, labels that the clusters do not bear out.

    Notes
    -----
    Cost: one sort and a few passes in the engine; in Python some thousand fits of at most 2,000 rows.
    """
    from dipeval.describe.clusters.case_clusters import case_clusters

    return case_clusters(given, choice)


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "levels": Key("texts", default=(), choices=AMOUNTS, doc="numbers that are clustered as they are"),
        "logs": Key("texts", default=(), choices=AMOUNTS, doc="… by their logarithm (all above 0)"),
        "logs_plus_one": Key(
            "texts", default=(), choices=AMOUNTS, doc="… by ln(1 + x), where 0 is among them"
        ),
        "words": Key("texts", default=(), doc="words that are clustered, with distance gower"),
        "scale": Key(
            "text",
            required=True,
            choices=("standardise", "robust", "range", "none"),
            doc="what makes one unit",
        ),
        "distance": Key(
            "text", default="euclidean", choices=DISTANCES, doc="gower where words are among them"
        ),
        "missing": Key("text", default="", choices=("", "drop"), doc="what is done with cases that lack one"),
        "method": Key("text", default="k_means", choices=METHODS, doc="how groups are formed"),
        "k": Key("integer", default=0, low=0, doc="number of clusters; 0: that of the gap statistic"),
        "most": Key("integer", default=8, low=2, high=20, doc="the highest number that is tried"),
        "seed": Key("integer", required=True, low=0, doc="of starts and draws"),
        "sample": Key("integer", low=100, doc="cases that are fitted, at most; 10,000, or 2,000 in pairs"),
        "choice_rows": Key(
            "integer", low=50, high=10_000, doc="… and k is chosen on; 2,000, or 500 in pairs"
        ),
        "reference_draws": Key("integer", default=50, low=2, doc="of the gap statistic"),
        "stability_draws": Key("integer", default=100, low=2, doc="bootstrap draws"),
        "profile": Key("texts", default=(), choices=AMOUNTS, doc="further numbers that are described"),
        "dimensions": Key("texts", default=(), doc="words that are described, like sex or surgery"),
        "labels": LABELS,
        **PERIOD_KEYS,
        **NOTES,
    },
    label_en="Which cases are alike",
    label_zh="病例聚类",
)
