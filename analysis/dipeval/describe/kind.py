"""A kind of description: what a study file says of it, and what makes its exhibits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dipeval.study.descriptions import CASES, DESCRIBE, EFFECTS, PANEL, DescriptionChoice

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.results.exhibit import Exhibit

__all__ = ["CASES", "DESCRIBE", "EFFECTS", "PANEL", "Kind"]


@dataclass(frozen=True)
class Kind:
    """How one kind of description is declared and made.

    Attributes
    ----------
    layer : {"cases", "panel"}
        What it describes; descriptions of cases also take ``where`` and ``bins``.
    make : callable
        From what is given and what is asked to exhibits, whose names begin with the description's.
    keys : mapping
        Its own keys, as rules of `study.grammar`.
    label_en, label_zh : str
    heading : {"describe", "effects"}
        Where it stands in a study file; what stands under effects has a design.
    """

    layer: str
    make: Callable[[Given, DescriptionChoice], list[Exhibit]]
    keys: Mapping[str, object]
    label_en: str
    label_zh: str
    heading: str = DESCRIBE
