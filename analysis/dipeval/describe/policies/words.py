"""What measures, alone and together, are called."""

from __future__ import annotations

from collections.abc import Mapping

from dipeval.describe.labels import Labels
from dipeval.estimate.policies.measures import TOGETHER
from dipeval.estimate.policies.synergy import ALONE, BEYOND, TOGETHER_TERM
from dipeval.study.policies import REFORM

REFORM_LABEL = ("The reform", "支付方式改革")
HEADINGS = {
    ALONE: ("Each alone", "单独效应"),
    TOGETHER_TERM: ("Together", "联合效应"),
    BEYOND: ("Together less the sum of each alone", "联合效应减单独效应之和"),
}
FIGURE = ("Reform and concurrent policies, alone and together: {}", "改革与同期政策的单独与联合效应：{}")
TABLE = ("Reform and concurrent policies, alone and together", "改革与同期政策的单独与联合效应")
CALENDAR = ("When the reform and concurrent policies were in force", "改革与同期政策的实施时间")
IN_FORCE = (
    "100%: in force in the whole period; shares are of the months of the period, times the share affected.",
    "100%表示整期实施；比例为实施月份占比乘以影响份额。",
)
DUMMIES = (
    "A policy counts in full from the period on in which it starts.",
    "政策自开始实施的当期起按完全实施计。",
)
SHARES = (
    "Effects of policies are those on cost that is wholly affected: exposure is the share affected.",
    "政策效应为影响份额达到100%时的效应，暴露以影响份额计。",
)
UNKNOWN = ("Not identified: {}.", "无法识别：{}。")


def term_labels(policies: Labels, terms: Mapping[str, object] | list[str]) -> dict[str, tuple[str, str]]:
    """English and Chinese label of each term of `policy_synergy`."""
    named = {REFORM: REFORM_LABEL, **policies}
    found = {}
    for term in terms:
        start = next(start for start in HEADINGS if term.startswith(start))
        parts = [named[name] for name in term.removeprefix(start).split(TOGETHER)]
        english = " + ".join(part[0] for part in parts)
        found[term] = (english, "＋".join(part[1] for part in parts))
    return found


def heading(term: str) -> tuple[str, str]:
    """Which section a term stands in."""
    return next(words for start, words in HEADINGS.items() if term.startswith(start))
