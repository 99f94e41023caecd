"""Hospitals of a report linked over its periods, with a list of the links made and refused.

A report names its hospitals anew in each period: spellings change, legal forms come and go, clinics
are bought and renamed, move, merge and split. A missed link costs a hospital its history; a false
one mixes two hospitals, which is worse: in doubt a link is refused, and the list says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..errors import Problem, StudyError
from ..study.model import Link
from .link_rules import Evidence, gather, plausible, verdict
from .mergers import change_overs, merged_or_split
from .names import word_weights
from .sightings import Chain, Sighting, identities, read_sightings, same_name_chains

COLUMNS = (
    "canton",
    "place_a",
    "name_a",
    "last_year_a",
    "place_b",
    "name_b",
    "first_year_b",
    "similarity",
    "evidence",
    "decision",
    "rule",
    "reason",
    "hospital",
)


@dataclass(frozen=True)
class Linked:
    """Who is who over the periods of a report.

    Attributes
    ----------
    hospital : pandas.Series of str
        Identity of each row, on the index of the report.
    links : pandas.DataFrame
        One row a change of name or place, with the columns of `COLUMNS`: ``decision`` is ``made``
        or ``refused``; ``rule`` says what made it; ``reason`` why it was refused, or why a person
        decided so; ``hospital`` is the identity of the earlier one.
    """

    hospital: pd.Series
    links: pd.DataFrame


@dataclass
class _Book:
    """The chains as they grow, and what was decided about each change-over."""

    chain: dict[int, Chain]
    made: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    refused: list[tuple[Evidence, str]] = field(default_factory=list)

    @property
    def chains(self) -> list[Chain]:
        """Every chain once, in an order that depends on the content alone."""
        return sorted({id(c): c for c in self.chain.values()}.values(), key=Chain.sort_key)

    def join(self, a: Sighting, b: Sighting, rule: str, reason: str = "") -> str:
        """Join the chains of two sightings; return why it cannot be, or an empty text."""
        one, other = self.chain[a.row], self.chain[b.row]
        if one is not other and one.overlaps(other):
            return "elsewhere in their history both report in one period"
        if one is not other:
            one.by_time.update(other.by_time)
            self.chain.update(dict.fromkeys((s.row for s in other.by_time.values()), one))
        self.made[a.row, b.row] = (rule, reason)
        return ""


def link_hospitals(frame: pd.DataFrame, link: Link) -> Linked:
    """Link the rows of a report over its periods.

    First every name keeps its own rows: same region, same place, same words (`names.name_words`).
    Then the decisions of persons are taken; then each remaining change-over from one period to the
    next is judged by `link_rules` and `mergers`, the best pairs first; last, a name that comes back
    after a silence is joined with itself.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, …)
        With ``period``, ``discharges`` and the columns that `link` names; rows in any order.
    link : Link
        Which columns, how alike, and the decisions of persons.

    Returns
    -------
    Linked

    Raises
    ------
    DataError
        If a name stands twice in one region, place and period.
    StudyError
        If a person's decision names a hospital that is not in the report, or cannot be.

    Notes
    -----
    Cost: the names that end times those that begin, within a region and period; here some 10³
    comparisons of short names.
    """
    sightings = read_sightings(frame, link)
    book = _Book({s.row: chain for chain in same_name_chains(sightings) for s in chain.by_time.values()})
    weights = word_weights(s.words for s in sightings)
    _check_persons(link, sightings)
    for decision in link.accepted:
        _join_by_person(decision, sightings, book)
    _judge([e for e in _adjoining(book, weights) if plausible(e, link)], link, book)
    _join_returned(book)
    names = identities(book.chains)
    hospital = pd.Series(
        [names[i] for i in range(len(frame))], index=frame.index, dtype="str", name="hospital"
    )
    return Linked(hospital, _list(book, weights, names))


def _check_persons(link: Link, sightings: list[Sighting]) -> None:
    """Every decision of a person is two names of the report and a reason."""
    known = {s.name for s in sightings}
    problems = []
    for key, decision in [("accepted", d) for d in link.accepted] + [("refused", d) for d in link.refused]:
        if len(decision) != 3:
            todo = 'write ["earlier name", "later name", "reason"]'
            problems.append(Problem(f"key link.{key}", f"{list(decision)} is no decision", todo))
            continue
        for name in sorted(set(decision[:2]) - known):
            todo = "write the name as it stands in the file"
            problems.append(Problem(f"key link.{key}", f"no hospital is called '{name}'", todo))
    if problems:
        raise StudyError("link hospitals", problems)


def _join_by_person(decision: tuple[str, ...], sightings: list[Sighting], book: _Book) -> None:
    """Join the last sighting of the earlier name with the first later one of the later name."""
    a_name, b_name, reason = decision
    pairs = [
        (a, b)
        for a in sightings
        if a.name == a_name
        for b in sightings
        if b.name == b_name and a.time < b.time
    ]
    conflict = "the first does not come before the second"
    if pairs:
        a, b = min(pairs, key=lambda p: (p[1].time - p[0].time, p[0].time, p[0].place, p[1].place))
        conflict = book.join(a, b, "person", reason)
    if conflict:
        what = f"'{a_name}' and '{b_name}' cannot be one hospital: {conflict}"
        raise StudyError(
            "link hospitals", [Problem("key link.accepted", what, "mend or remove the decision")]
        )


def _judge(candidates: list[Evidence], link: Link, book: _Book) -> None:
    """Take the verdict on every change-over, the best first, and note why one is refused."""
    known = change_overs(candidates, book.chains)
    parted = {(a, b): reason for a, b, reason in link.refused}
    for e in sorted(candidates, key=lambda e: e.rank):
        rule, reason = verdict(e, link)
        if (e.a.name, e.b.name) in parted:
            rule, reason = "", "parted by a person: " + parted[e.a.name, e.b.name]
        elif rule and rule != "same_name":
            reason = merged_or_split(e, known, link.similarity)
        reason = reason or book.join(e.a, e.b, rule)
        if reason:
            book.refused.append((e, reason))


def _adjoining(book: _Book, weights: Mapping[str, float]) -> Iterator[Evidence]:
    """Pairs in one region: a falls silent in the period in which b begins, and they never overlap."""
    ending: dict[tuple[str, int], list[Sighting]] = {}
    for chain in book.chains:
        for time, s in chain.by_time.items():
            if time + 1 not in chain.by_time:
                ending.setdefault((s.region, time), []).append(s)
    for chain in book.chains:
        for time, b in sorted(chain.by_time.items()):
            for a in ending.get((b.region, time - 1), ()) if time - 1 not in chain.by_time else ():
                if not chain.overlaps(book.chain[a.row]):
                    yield gather(a, b, weights)


def _join_returned(book: _Book) -> None:
    """A name that falls silent, with nobody in its place, and comes back at the same place."""
    last: dict[tuple, Sighting] = {}
    for chain in sorted(book.chains, key=lambda c: (c.first.time, c.sort_key())):
        b = chain.first
        a = last.get((b.region, b.town, b.words))
        if a is not None and a.time < b.time and book.chain[a.row].last is a:
            book.join(a, b, "returned")
        end = book.chain[b.row].last
        last[end.region, end.town, end.words] = end


def _list(book: _Book, weights: Mapping[str, float], names: Mapping[int, str]) -> pd.DataFrame:
    """Every change of name or place within a hospital, and every change-over that was refused."""
    rows = []
    for chain in book.chains:
        seen = [chain.by_time[t] for t in sorted(chain.by_time)]
        for a, b in zip(seen, seen[1:], strict=False):
            if (a.name, a.place) != (b.name, b.place) or b.time > a.time + 1:
                rule, reason = book.made.get((a.row, b.row), ("same_name", ""))
                rows.append(_row(gather(a, b, weights), "made", rule, reason, names))
    for e, reason in book.refused:
        if book.chain[e.a.row] is not book.chain[e.b.row]:
            rows.append(_row(e, "refused", "", reason, names))
    rows.sort(
        key=lambda r: tuple(str(r[c]) for c in ("canton", "last_year_a", "name_a", "name_b", "place_b"))
    )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(e: Evidence, decision: str, rule: str, reason: str, names: Mapping[int, str]) -> dict[str, object]:
    return {
        "canton": e.a.region,
        "place_a": e.a.place,
        "name_a": e.a.name,
        "last_year_a": e.a.period,
        "place_b": e.b.place,
        "name_b": e.b.name,
        "first_year_b": e.b.period,
        "similarity": round(e.similarity, 3),
        "evidence": e.in_words(),
        "decision": decision,
        "rule": rule,
        "reason": reason,
        "hospital": names[e.a.row],
    }
