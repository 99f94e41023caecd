"""Labels in two languages for the groups that a caller forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from dipeval.vocabulary import value_labels

Labels = Mapping[str, tuple[str, str]]


def label_of(word: str, labels: Labels | None = None) -> tuple[str, str]:
    """The (English, Chinese) label of a group: the caller's, a known one, or the word itself."""
    if labels is not None and word in labels:
        return labels[word]
    return value_labels().get(word, (word, word))


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
