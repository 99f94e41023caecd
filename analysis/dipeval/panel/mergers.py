"""Does a third hospital belong to a change-over? Mergers and splits are never links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .link_rules import SMALL_CHANGE, Evidence, size_goes_on
from .sightings import Chain, Sighting

MINOR_PART = 0.05
EXACT = 0.03


@dataclass(frozen=True)
class ChangeOvers:
    """All plausible change-overs of a report, and the hospitals that end without any.

    Attributes
    ----------
    after, before : dict of int to Evidence
        The best successor of each ending sighting, the best predecessor of each beginning one, by row.
    lost : dict of (str, int) to tuple of Sighting
        Sightings after which a hospital reports no more and nobody plausible begins, by region and time.
    """

    after: dict[int, Evidence]
    before: dict[int, Evidence]
    lost: dict[tuple[str, int], tuple[Sighting, ...]]


def change_overs(candidates: Sequence[Evidence], chains: Iterable[Chain]) -> ChangeOvers:
    """Find the best partner of every sighting among `candidates`, and the sightings without one."""
    after: dict[int, Evidence] = {}
    before: dict[int, Evidence] = {}
    for e in sorted(candidates, key=lambda e: e.rank):
        after.setdefault(e.a.row, e)
        before.setdefault(e.b.row, e)
    lost: dict[tuple[str, int], tuple[Sighting, ...]] = {}
    for chain in chains:
        for time, s in chain.by_time.items():
            if time + 1 not in chain.by_time and s.row not in after:
                lost[s.region, time] = (*lost.get((s.region, time), ()), s)
    return ChangeOvers(after, before, lost)


def merged_or_split(e: Evidence, known: ChangeOvers, alike: float) -> str:
    """Say which other hospitals belong to the change-over `e`; empty if none does.

    A merger: another hospital ends whose best successor is b as well, or ends without a successor and
    explains by its size what b has more than a. A split: another hospital begins whose best predecessor is a.
    Others that make up less than `MINOR_PART` of the whole are let pass, and those that share no more
    than the address when the names of a and b are alike (`alike`, a similarity).
    """
    near = alike if e.similarity >= alike else 0.0
    after = (c for c in known.after.values() if c.b is e.b and c.a is not e.a and c.similarity >= near)
    before = (c for c in known.before.values() if c.a is e.a and c.b is not e.b and c.similarity >= near)
    joining = [c.a for c in after if _part(c.a, e.b)]
    leaving = [c.b for c in before if _part(c.b, e.a)]
    joining += [s for s in _explaining(e, known) if s not in joining]
    for others, own, word in ((joining, e.a.size, "a merger"), (leaving, e.b.size, "a split")):
        whole = sum(s.size for s in others)
        if others and whole > MINOR_PART * (whole + (own if own > 0 else 0.0)):
            told = sorted(f"{s.name} ({s.size:,.0f} discharges)" for s in others)
            return f"{word}, with " + ", ".join(told)
    return ""


def _part(part: Sighting, whole: Sighting) -> bool:
    """A part is no larger than the whole, up to a small change."""
    return part.size > 0 and not part.size > SMALL_CHANGE * whole.size


def _explaining(e: Evidence, known: ChangeOvers) -> list[Sighting]:
    """Hospitals that ended without a successor and whose discharges explain a jump from a to b.

    All of them at b's place together, if they bring a closer to b; or a single one of the region, if
    it closes the gap to within `EXACT`.
    """
    growth = e.b.size - e.a.size
    if size_goes_on(e, SMALL_CHANGE) or not growth > 0:
        return []
    ended = [s for s in known.lost.get((e.a.region, e.a.time), ()) if s.size > 0]
    here = [s for s in ended if s.same_place(e.b)]
    if here and abs(sum(s.size for s in here) - growth) < growth:
        return here
    closing = [s for s in ended if abs(s.size - growth) <= EXACT * e.b.size]
    return sorted(closing, key=lambda s: (abs(s.size - growth), s.name))[:1]
