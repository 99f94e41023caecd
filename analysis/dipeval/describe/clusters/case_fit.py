"""Cases → their clusters: what exhibits show, and what goes on with cases by cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.cluster.methods import OF_PAIRS
from dipeval.cluster.preparation import Prepared, prepare
from dipeval.cluster.rule import Rule
from dipeval.describe.clusters.case_assignment import assigned
from dipeval.describe.clusters.case_points import (
    CasePoints,
    case_points,
    refuse_logarithms,
    refuse_named_twice,
    sampled,
)
from dipeval.describe.clusters.fitting import Fitted, Settings, fitted
from dipeval.describe.clusters.mixed import Mixed, mixed
from dipeval.describe.dimensions import with_dimensions
from dipeval.describe.labels import Labels

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from dipeval.store.contract import TableEngine

WAYS = {"levels": "none", "logs": "log", "logs_plus_one": "log_plus_one"}
SAMPLE, SAMPLE_OF_PAIRS = 10_000, 2_000


@dataclass(frozen=True)
class CaseFit:
    """Clusters of cases.

    Attributes
    ----------
    points : CasePoints
        All cases, lazily.
    prepared : Prepared
        Numbers of the sample, and their scales.
    mixed : Mixed
        Points of the sample, words among them.
    found : Fitted
        On the sample.
    """

    points: CasePoints
    prepared: Prepared
    mixed: Mixed
    found: Fitted

    @property
    def rule(self) -> Rule:
        """How cases are put into the clusters."""
        return self.found.rule

    def cases(self) -> ir.Table:
        """All cases with the column ``cluster``: text, from ``"1"``, the largest of the sample; lazily.

        Raises
        ------
        ValueError
            Where there are no clusters.
        """
        if self.found.partition is None:
            raise ValueError("there are no clusters")
        return assigned(self.points, self.prepared, self.rule)


def case_fit(
    engine: TableEngine, cases: ir.Table, options: Mapping[str, object], labels: Labels | None = None
) -> CaseFit:
    """Cluster cases: fit on a sample of them.

    Parameters
    ----------
    engine : TableEngine
    cases : ibis table
        Those that the clusters are formed on.
    options : mapping of str to object
        The keys of kind ``clusters``.
    labels : mapping of str to (str, str), optional
        Of words of the study.

    Returns
    -------
    CaseFit

    Raises
    ------
    DataError
        With all problems: see `kinds.clusters.make`.

    Notes
    -----
    Cost: one sort and a few passes in the engine; in Python some thousand fits of at most `choice_rows` points.
    """
    groups = [list(options[name] or ()) for name in WAYS]
    words = list(options["words"] or ())
    refuse_named_twice([*groups, words])
    ways = {name: way for names, way in zip(groups, WAYS.values(), strict=True) for name in names}
    cases, dimensions = with_dimensions(engine, cases, words, {}, labels) if words else (cases, {})
    scale, method = str(options["scale"]), str(options["method"])
    points = case_points(engine, cases, ways, scale, str(options["missing"]), dimensions)
    refuse_logarithms(engine, points)
    usual = SAMPLE_OF_PAIRS if method in OF_PAIRS else SAMPLE
    numbers, of_words = sampled(engine, points, int(options["sample"] or usual))
    prepared = prepare(numbers, points.variables)
    made = mixed(prepared.points, str(options["distance"]), scale, of_words)
    rows = options["choice_rows"]
    settings = Settings(
        int(options["k"]),
        int(options["most"]),
        int(options["seed"]),
        method,
        int(options["reference_draws"]),
        int(options["stability_draws"]),
        None if rows is None else int(rows),
        made.space,
    )
    return CaseFit(points, prepared, made, fitted(made.points, settings))
