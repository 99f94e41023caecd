"""Kind ``oster``: how strong selection on what is not observed must be, judged by the movement of the
coefficient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.check.kind import CheckKind
from dipeval.study.grammar import Key

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject
    from dipeval.study.descriptions import DescriptionChoice


def check(subject: Subject, choice: DescriptionChoice) -> Finding:
    """A table ``<name>`` and a figure ``<name>_effects``.

    Under the first R squared of `ceilings` and the first δ of `deltas`: failed where the adjusted effect is not on the
    side of `effect` on which the effect with covariates is. Passed where its interval by cluster is on that side, and
    covariates explain 1 % of the outcome and 0.1 % of the reform above what noise would, so that their movement could
    have told otherwise. Informative between the two, and where the interval of the effect with covariates holds
    `effect`: then there is nothing to lose.

    Cost: one estimate, and 2 G evaluations of small matrices for each row of the table.
    """
    from dipeval.check.omitted.oster_check import oster

    return oster(subject, choice)


KIND = CheckKind(
    check,
    {
        "covariates": Key(
            "texts",
            default=(),
            doc='outcomes, columns of numbers, "level:period"; beside those of the estimator',
        ),
        "unrelated": Key("texts", default=(), doc="of these: in both regressions, as fixed effects are"),
        "ceilings": Key("numbers", default=(1.3, 1.1, 1.5, 2.0), doc="Rmax as multiples of R squared"),
        "deltas": Key("numbers", default=(1.0,), doc="selection on what is missing over that on covariates"),
        "effect": Key("number", default=0.0, doc="the effect that selection is to explain"),
        "r_squared": Key(
            "text", default="within", choices=("within", "whole"), doc="net of fixed effects, or with them"
        ),
    },
    "Selection on what is not observed (Oster)",
    "不可观测变量选择（Oster）",
)
