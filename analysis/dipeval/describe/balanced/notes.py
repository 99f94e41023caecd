"""What stands below the exhibits of comparable hospitals: how they were made alike, and what errors know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.balanced.covariates import CovariateTable
from dipeval.describe.balanced.words import ERRORS, TO_MATCHED
from dipeval.errors import DataError, Problem, nearest
from dipeval.estimate.balancing.balanced import Balanced
from dipeval.estimate.balancing.plan import MATCHING, BalancePlan
from dipeval.vocabulary import columns

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

Words = tuple[str, str]


def how_made(choice: DescriptionChoice, table: CovariateTable, every: dict[str, Balanced]) -> list[Words]:
    """Which covariates of when, how matched and trimmed."""
    low = float(choice.options["trim"])
    notes = [
        (
            f"Covariates are measured from {table.first} to {table.last}, before the first reform; propensity score: "
            "logit. Treated are hospitals whose reform comes within the window.",
            f"协变量取自{table.first}至{table.last}（首次改革之前）；倾向得分用logit模型。窗口期内实施改革者为改革医院。",
        )
    ]
    if MATCHING in every:
        notes += [_matching_note(every[MATCHING].plan), TO_MATCHED]
    if low:
        notes.append(
            (
                f"Hospitals with a score below {low:g} or above {1 - low:g} are left out and the score is fitted again "
                "(Crump et al. 2009).",
                f"剔除得分低于{low:g}或高于{1 - low:g}的医院后重新拟合得分。",
            )
        )
    return notes


def what_errors_know(given: Given, choice: DescriptionChoice, every: dict[str, Balanced]) -> list[Words]:
    """What the errors know."""
    cluster = cluster_of(given, choice)
    column = columns().get(cluster)
    label = (column.label_en.lower(), column.label_zh) if column else (cluster, cluster)
    notes = [(f"Errors are clustered by {label[0]} (CR1).", f"标准误按{label[1]}聚类（CR1）。")]
    if MATCHING in every:
        notes.append(ERRORS["matches"])
    if set(every) - {MATCHING}:
        notes.append(ERRORS["weights"])
    return notes


def cluster_of(given: Given, choice: DescriptionChoice) -> str:
    """The declared clustering variable, or the first of the design.

    Raises
    ------
    DataError
        The design has no such variable.
    """
    known = list(given.designed.unit_clusters)
    name = str(choice.options["cluster"]) or known[0]
    if name not in known:
        what = f"{name} is no clustering variable of the design"
        raise DataError("describe", [Problem("cluster", what, nearest(name, known))])
    return name


def _matching_note(plan: BalancePlan) -> Words:
    limit = (f" within {plan.caliper:g} standard deviations of it", f"，卡钳{plan.caliper:g}个标准差")
    if not plan.has_caliper:
        limit = (", without caliper", "，无卡钳")
    again = ("with", "有放回") if plan.replacement else ("without", "无放回")
    return (
        f"Matching: {plan.neighbours} nearest on the logit of the score{limit[0]}, {again[0]} replacement.",
        f"匹配：按得分logit取最近{plan.neighbours}家{limit[1]}，{again[1]}。",
    )
