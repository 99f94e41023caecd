"""A kind of check: what a study file says of it, and what makes its finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.study.descriptions import CASES, PANEL, DescriptionChoice

if TYPE_CHECKING:
    from dipeval.check.finding import Finding
    from dipeval.check.subject import Subject

__all__ = ["CASES", "PANEL", "CheckKind"]


@dataclass(frozen=True)
class CheckKind:
    """How one kind of check is declared and made.

    Attributes
    ----------
    check : callable
        From what is checked and what is asked to the finding.
    keys : mapping
        Its own keys, as rules of `study.grammar`.
    label_en, label_zh : str
    layer : {"panel", "cases"}
        ``cases`` where it reads the clean stays; it then takes ``where`` and ``bins`` too.
    """

    check: Callable[[Subject, DescriptionChoice], Finding]
    keys: Mapping[str, object]
    label_en: str
    label_zh: str
    layer: str = PANEL
