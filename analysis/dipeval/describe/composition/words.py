"""What the exhibits of a composition call their parts, rules and routes, in two languages."""

from __future__ import annotations

from collections.abc import Sequence

from dipeval.describe.event_study import ESTIMATORS
from dipeval.describe.labels import label_of
from dipeval.estimate.composition.amounts import ALL_ZERO, NOT_SENT, REST
from dipeval.estimate.composition.effects import ALL_PARTS
from dipeval.estimate.composition.zeros import LEAVE_OUT, ZeroRule
from dipeval.vocabulary import columns

Words = tuple[str, str]
OWN = {REST: ("Not itemised", "未分项"), ALL_PARTS: ("All parts", "合计")}
ABSENT = {
    NOT_SENT: ("absent: this format has no such item", "缺：该格式无此项"),
    ALL_ZERO: ("absent: zero in every hospital-period", "缺：全部医院时期均为零"),
}
CLUSTERS = {"city": ("city", "城市"), "hospital": ("hospital", "医院")}


def part_words(part: str) -> Words:
    """English and Chinese label of a part."""
    if part in OWN:
        return OWN[part]
    column = columns().get(part)
    return (column.label_en, column.label_zh) if column else (part, part)


def listed(parts: Sequence[str]) -> Words:
    """Several parts in a sentence."""
    words = [part_words(part) for part in parts]
    return "; ".join(word[0].lower() for word in words), "、".join(word[1] for word in words)


def balance_words(sides: tuple[Sequence[str], Sequence[str]], parts: Sequence[str]) -> Words:
    """What a balance holds against what; `parts` are all, in order."""
    above, below = sides
    if len(above) == 1 and len(below) > 1 and tuple(below) == tuple(parts)[parts.index(above[0]) + 1 :]:
        english, chinese = part_words(above[0])
        return f"{english} against the {len(below)} parts that follow", f"{chinese} 对其后{len(below)}项"
    words = [listed(side) for side in sides]
    english = f"{words[0][0]} against {words[1][0]}"
    return english[:1].upper() + english[1:], f"{words[0][1]} 对 {words[1][1]}"


def rule_words(rule: ZeroRule) -> Words:
    """A rule for zeros."""
    if rule.rule == LEAVE_OUT:
        return "Hospital-periods with a zero left out", "剔除含零的医院时期"
    size = f"{100 * rule.fraction:g}"
    return (
        f"Replaced by {size} % of the part's smallest share",
        f"以该项最小占比的{size}%替换",
    )


def route_words(estimator: str) -> dict[str, Words]:
    """The three routes to an effect on shares."""
    english, chinese = label_of(estimator, ESTIMATORS)
    return {
        "shares": (f"Shares, {_small(english)}", f"占比，{chinese}"),
        "log_ratios": (f"Log-ratios, {_small(english)}", f"对数比，{chinese}"),
        "fractional": ("Fractional multinomial logit", "分数多项Logit"),
    }


def _small(text: str) -> str:
    """A label inside a sentence; names of people keep their capital."""
    return text if text[1:2].isupper() or "–" in text or "-" in text else text[:1].lower() + text[1:]


def cluster_words(cluster: str) -> Words:
    """What errors are clustered by."""
    column = columns().get(cluster)
    return CLUSTERS.get(cluster) or (
        (column.label_en.lower(), column.label_zh) if column else (cluster, cluster)
    )
