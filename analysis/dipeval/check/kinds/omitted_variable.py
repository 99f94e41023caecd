"""Kind ``omitted_variable``: how strong a confounder must be, in partial R squared, beside covariates that
are known.
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
    """Tables ``<name>`` and ``<name>_benchmarks``, figures ``<name>_contours`` and ``<name>_extreme``.

    Failed where a confounder as strong as some benchmark (at the first of `times`) leaves an interval by cluster that
    holds zero, or turns the sign. Passed where none does, and some benchmark explains 1 % of the outcome and 0.1 % of the
    reform above what noise would, so that it could have. Informative where none explains so much, where there are no
    covariates, or where the interval of the effect holds zero to begin with.

    Cost: one estimate, O(p³) for each benchmark, and 2 G evaluations of small matrices.
    """
    from dipeval.check.omitted.confounder_check import omitted_variable

    return omitted_variable(subject, choice)


KIND = CheckKind(
    check,
    {
        "covariates": Key(
            "texts",
            default=(),
            doc='outcomes, columns of numbers, "level:period"; beside those of the estimator',
        ),
        "benchmarks": Key(
            "texts",
            default=(),
            doc='covariates, or several as "one + another"; default: each by itself',
        ),
        "times": Key("numbers", default=(1.0, 2.0, 3.0), doc="how many times as strong as a benchmark"),
        "share": Key("number", default=1.0, low=0.01, high=10, doc="of the effect that is to be taken away"),
    },
    "Omitted variables (Cinelli and Hazlett)",
    "遗漏变量敏感性（Cinelli–Hazlett）",
)
