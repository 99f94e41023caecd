"""Labels in two languages for the groups that a caller forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

Labels = Mapping[str, tuple[str, str]]

KNOWN: Labels = {
    "treated": ("Treated", "改革组"),
    "control": ("Comparison", "对照组"),
    "never": ("Never treated", "从未改革"),
    "before": ("Before", "改革前"),
    "after": ("After", "改革后"),
    "acute": ("Acute care", "急性期医院"),
    "psychiatry": ("Psychiatry", "精神专科"),
    "rehabilitation": ("Rehabilitation", "康复医院"),
    "birth_centre": ("Birth centre", "分娩中心"),
    "other_special": ("Other special clinics", "其他专科"),
    "tertiary": ("Tertiary", "三级"),
    "secondary": ("Secondary", "二级"),
    "primary": ("Primary", "一级"),
    "unrated": ("Unrated", "未定级"),
    "public": ("Public", "公立"),
    "non_profit": ("Non-profit", "非营利"),
    "business": ("Business", "营利"),
    "employee": ("Employee scheme", "职工医保"),
    "resident": ("Resident scheme", "居民医保"),
    "self_pay": ("Self-pay", "自费"),
    "other": ("Other", "其他"),
}


def label_of(word: str, labels: Labels | None = None) -> tuple[str, str]:
    """The (English, Chinese) label of a group: the caller's, a known one, or the word itself."""
    if labels is not None and word in labels:
        return labels[word]
    return KNOWN.get(word, (word, word))


def order_of(words: Iterable[object], labels: Labels | None = None) -> list[str]:
    """Distinct words, missing ones left out: in the caller's order where given, else sorted."""
    found = {str(word) for word in words if not pd.isna(word)}
    first = [word for word in labels or {} if word in found]
    return first + sorted(found - set(first))


def period_word(period: str) -> tuple[str, str]:
    """What one period is called, in both languages: ``month``, ``quarter`` or ``year``."""
    if "Q" in period:
        return "quarter", "季度"
    return ("month", "月") if "-" in period else ("year", "年")
