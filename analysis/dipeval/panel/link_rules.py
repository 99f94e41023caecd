"""May two chains of sightings be one hospital? The evidence at the change-over, and the verdict.

Rules, in the order in which they are tried. In all of them the two report in adjoining periods,
never in the same one, and no third hospital was merged in or split off.

``same_name``, ``moved``
    The same words in the name, in the same place or in another one of the region.
``renamed``
    The same place, names alike, the same kind or street, and no break in size.
``same_address``
    The same place, street and kind, no break in size, whatever the name.
``only_one``
    The same place and kind, of which each is the only hospital; no street known for one of them at
    least; hardly any change in size.
``renamed_and_moved``
    Names almost equal, the same kind, hardly any change in size.

Size is discharges. They may change by a factor f beyond counting noise:
|ln(b/a)| ≤ ln f + 2·sqrt(1/a + 1/b), with two standard errors of the logarithm of a ratio of Poisson
counts. A merger moves size much more, or leaves other hospitals of the place without a successor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ..study.model import Link
from .names import similarity
from .sightings import Sighting

NEARLY_EQUAL = 0.85
SMALL_CHANGE = 1.25


@dataclass(frozen=True)
class Evidence:
    """What is known of a change-over from sighting `a` to the next period's sighting `b`."""

    a: Sighting
    b: Sighting
    similarity: float
    same_words: bool
    same_place: bool
    same_street: bool
    same_kind: bool
    log_ratio: float

    @property
    def score(self) -> float:
        """How good a successor b is for a; name, street, kind, place and size each add to it."""
        size = 0.0 if math.isnan(self.log_ratio) else max(0.0, 1 - self.log_ratio)
        return (
            self.similarity
            + 0.5 * self.same_street
            + 0.5 * self.same_kind
            + 0.25 * self.same_place
            + 0.5 * size
        )

    @property
    def rank(self) -> tuple:
        """Sort key, the best first; ties are broken by content, never by the order of rows."""
        return (
            not self.same_words,
            -self.score,
            self.a.region,
            self.a.time,
            self.a.name,
            self.b.name,
            self.b.place,
        )

    def in_words(self) -> str:
        """The evidence as a sentence for the person who reviews the link."""
        parts = [f"name {self.similarity:.2f}"]
        parts.append(
            "same street" if self.same_street else "same place" if self.same_place else "another place"
        )
        parts.append(self.a.kind if self.same_kind else f"{self.a.kind} → {self.b.kind}")
        parts.append(f"discharges {_count(self.a.size)} → {_count(self.b.size)}")
        return "; ".join(parts)


def gather(a: Sighting, b: Sighting, weights: Mapping[str, float]) -> Evidence:
    """Compare two sightings of adjoining periods."""
    sized = a.size > 0 and b.size > 0
    town = {*a.town, *b.town} if a.same_place(b) else ()
    return Evidence(
        a,
        b,
        similarity=similarity(a.words, b.words, weights, town),
        same_words=a.words == b.words,
        same_place=a.same_place(b),
        same_street=a.same_street(b),
        same_kind=a.kind == b.kind,
        log_ratio=abs(math.log(b.size / a.size)) if sized else math.nan,
    )


def plausible(e: Evidence, link: Link) -> bool:
    """Whether the pair deserves a verdict at all: alike in name, or at one address."""
    return e.same_words or e.similarity >= link.similarity or e.same_street or _only_one(e)


def verdict(e: Evidence, link: Link) -> tuple[str, str]:
    """Return the rule that links the two and an empty reason, or no rule and why they are parted."""
    if e.same_words:
        return ("same_name" if e.same_place else "moved"), ""
    if not size_goes_on(e, link.size_factor):
        return "", "discharges break off: a merger, a split or another hospital"
    if e.same_place and e.similarity >= link.similarity and (e.same_kind or e.same_street):
        return "renamed", ""
    if e.same_street and e.same_kind and not math.isnan(e.log_ratio):
        return "same_address", ""
    if _only_one(e) and size_goes_on(e, SMALL_CHANGE):
        return "only_one", ""
    if e.similarity >= NEARLY_EQUAL and e.same_kind and not math.isnan(e.log_ratio):
        if size_goes_on(e, SMALL_CHANGE):
            return "renamed_and_moved", ""
    if not e.same_kind:
        return "", "another kind of hospital"
    return "", "another place and not the same name"


def _only_one(e: Evidence) -> bool:
    """Each the only hospital of its kind at one place, and no streets that would tell them apart."""
    alone = e.same_place and e.same_kind and e.a.alone and e.b.alone
    return alone and not (e.a.street and e.b.street) and not math.isnan(e.log_ratio)


def size_goes_on(e: Evidence, factor: float) -> bool:
    """Whether discharges change by no more than `factor` beyond counting noise; true if unknown."""
    if math.isnan(e.log_ratio):
        return True
    return e.log_ratio <= math.log(factor) + 2 * math.sqrt(1 / e.a.size + 1 / e.b.size)


def _count(size: float) -> str:
    return "unknown" if math.isnan(size) else f"{size:,.0f}"
