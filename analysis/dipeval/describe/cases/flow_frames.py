"""The exhibits of flows: matrices of origin by destination, and a table of what leaves and enters each place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dipeval.describe.cases.cells import cell_name, place_sums
from dipeval.describe.cases.flow_table import Flow, FlowTable
from dipeval.describe.cases.grid import COUNT, NUMBER, SHARE, TOTAL, Held, Word, entry, form_of
from dipeval.describe.cases.tally import ALL
from dipeval.describe.dimensions import MISSING, MISSING_LABEL
from dipeval.results.relations import Derived, Sum

VISITS, AMOUNT, RATIO = "visits", "amount", "ratio"
HOME = ("Treated where insured", "本地就医")
OUT = ("Insured here, treated elsewhere", "参保人外出就医")
INTO = ("Insured elsewhere, treated here", "外来就医")
BALANCE = ("Balance", "收支对比")


@dataclass(frozen=True)
class FlowWords:
    """What the cells of flows are called.

    Attributes
    ----------
    where : str
        Of the selection.
    origin, destination : str
        Columns.
    amount : (str, str)
        Label of the amount.
    ratio : (str, str)
        Label of the ratio; empty without one.
    labels : mapping of str to (str, str)
        Of places.
    """

    where: str
    origin: str
    destination: str
    amount: tuple[str, str]
    ratio: tuple[str, str]
    ratio_unit: str
    labels: Mapping[str, tuple[str, str]]

    def word(self, place: str, table: FlowTable) -> Word:
        """A place as the head of a row or column."""
        if place == ALL:
            return TOTAL
        if place == table.rest:
            return Word(place, f"Other ({table.folded} places)", f"其他（{table.folded}地）")
        if place == MISSING:
            return Word(place, *MISSING_LABEL)
        return Word(place, *self.labels.get(place, (place, place)))

    def cell(self, origin: str, destination: str, part: str = "") -> str:
        """The cases between two places."""
        return cell_name(self.where, {self.origin: origin, self.destination: destination}, part)


def held(flow: Flow, what: str, table: FlowTable, name: str, words: FlowWords) -> Held:
    """Who stands behind the number of cases, the amount or the ratio of a flow."""
    if what == AMOUNT and table.misses_amounts:
        return Held(flow.known, flow.known_share, f"{name}/known={words.amount[0]}")
    if what == RATIO and table.misses_pairs:
        return Held(flow.ratio_cases, flow.ratio_share, f"{name}/known={words.ratio[0]}")
    return Held(flow.cases, flow.largest_share, name)


def matrix(table: FlowTable, words: FlowWords, what: str) -> tuple[pd.DataFrame, tuple[Sum, ...]]:
    """The frame of a ``matrix`` exhibit of visits, amounts or ratios, and what adds up in it."""
    rows, places = [], []
    for origin in (*table.levels, ALL):
        for destination in (*table.levels, ALL):
            flow = table.flow("" if origin == ALL else origin, "" if destination == ALL else destination)
            row, column = words.word(origin, table), words.word(destination, table)
            behind = held(flow, what, table, words.cell(origin, destination), words)
            value = {VISITS: float(flow.cases), AMOUNT: flow.amount, RATIO: flow.ratio}[what]
            made = entry(row, column, COUNT, value, behind)
            gone = ("form", "unit", "section_en", "section_zh", "low", "high")
            rows.append({k: v for k, v in made.items() if k not in gone})
            rows[-1] |= {"label_en": f"{row.en} → {column.en}", "label_zh": f"{row.zh}→{column.zh}"}
            places.append({words.origin: origin, words.destination: destination})
    part = held(table.flow(), what, table, "", words).cell.removeprefix("/")
    return pd.DataFrame(rows), place_sums(pd.DataFrame(places), words.where, part)


def flow_grid(
    table: FlowTable, words: FlowWords
) -> tuple[pd.DataFrame, tuple[Sum, ...], tuple[Derived, ...]]:
    """The frame of a ``grid`` exhibit: what stays in, leaves and enters each place, and how they compare."""
    rows: list[dict[str, object]] = []
    derived: list[Derived] = []
    sums: set[Sum] = set()
    for place in (*table.places, ALL):
        head = words.word(place, table)
        part = _Parts(table, words, place)
        for name, flow, over in part.flows():
            rows += _cells(head, name, flow, over, table, words, part.cell(name))
        if place != ALL:
            balance, computed = _balance(head, part, table, words)
            rows += balance
            derived += computed
        sums |= part.sums()
    sums |= _whole_sums(table, words)
    ordered = tuple(sorted(sums, key=lambda s: (s.total, s.parts)))
    return pd.DataFrame(rows), ordered, tuple(derived)


def _whole_sums(table: FlowTable, words: FlowWords) -> set[Sum]:
    """All cases stay, cross, or lack a place; and where every place is shown, what crosses leaves and enters some."""
    whole = _Parts(table, words, ALL)
    unknown = [(MISSING, ALL), *((place, MISSING) for place in table.levels if place != MISSING)]
    lost = [words.cell(*pair) for pair in unknown] if table.has_missing else []
    kinds = [VISITS, AMOUNT, *([RATIO] if words.ratio[0] else [])]
    parts = dict.fromkeys(held(table.flow(), what, table, "", words).cell for what in kinds)
    made = set()
    for more in parts:
        every = [whole.cell("home"), whole.cell("out"), *lost]
        made.add(Sum(words.cell(ALL, ALL) + more, tuple(sorted(cell + more for cell in every))))
        for name, total in (("home", "home"), ("out", "out"), ("in", "out")) if not table.rest else ():
            cells = [_Parts(table, words, place).cell(name) + more for place in table.places]
            made.add(Sum(whole.cell(total) + more, tuple(sorted(cells))))
    return made


@dataclass(frozen=True)
class _Parts:
    """The cases of one place: treated there, elsewhere, and from elsewhere."""

    table: FlowTable
    words: FlowWords
    place: str

    def cell(self, name: str) -> str:
        """What these cases are called."""
        if self.place == ALL:
            return cell_name(
                self.words.where, {}, "treated where insured" if name == "home" else "across places"
            )
        if name == "home":
            return self.words.cell(self.place, self.place)
        inner = (self.place, ALL) if name == "out" else (ALL, self.place)
        return self.words.cell(*inner, "across places")

    def flows(self) -> list[tuple[str, Flow, tuple[str, str]]]:
        """Name, cases and heading; of all places what leaves is what enters."""
        if self.place == ALL:
            return [
                ("home", self.table.flow(crosses=False), HOME),
                ("out", self.table.flow(crosses=True), OUT),
            ]
        return [
            ("home", self.table.flow(self.place, self.place), HOME),
            ("out", self.leaving, OUT),
            ("in", self.entering, INTO),
        ]

    @property
    def leaving(self) -> Flow:
        """Insured here, treated elsewhere."""
        return self.table.flow(origin=self.place, crosses=True)

    @property
    def entering(self) -> Flow:
        """Insured elsewhere, treated here."""
        return self.table.flow(destination=self.place, crosses=True)

    def sums(self) -> set[Sum]:
        """Who is insured at a place is treated there, elsewhere, or it is not known where; the same of who is treated."""
        if self.place == ALL:
            return set()
        made = set()
        for name, whole, unknown in (
            ("out", (self.place, ALL), (self.place, MISSING)),
            ("in", (ALL, self.place), (MISSING, self.place)),
        ):
            parts = [self.cell("home"), self.cell(name)]
            if self.table.has_missing:
                parts.append(self.words.cell(*unknown))
            for what in (VISITS, AMOUNT, *([RATIO] if self.words.ratio[0] else [])):
                more = held(self.table.flow(), what, self.table, "", self.words).cell
                made.add(Sum(self.words.cell(*whole) + more, tuple(sorted(part + more for part in parts))))
        return made


def _cells(
    head: Word,
    name: str,
    flow: Flow,
    over: tuple[str, str],
    table: FlowTable,
    words: FlowWords,
    cell: str,
) -> list[dict[str, object]]:
    """Visits, amount and ratio of one flow of a place, below a common heading."""
    made = [
        entry(
            head,
            Word(f"{name}_visits", "Visits", "人次"),
            COUNT,
            flow.cases,
            held(flow, VISITS, table, cell, words),
        ),
        entry(
            head,
            Word(f"{name}_amount", *words.amount),
            form_of("currency"),
            flow.amount,
            held(flow, AMOUNT, table, cell, words),
            unit="currency",
        ),
    ]
    if words.ratio[0]:
        column = Word(f"{name}_ratio", *words.ratio)
        made.append(
            entry(head, column, form_of(words.ratio_unit), flow.ratio, held(flow, RATIO, table, cell, words))
        )
    return [row | {"over": name, "over_en": over[0], "over_zh": over[1]} for row in made]


def _balance(
    head: Word, part: _Parts, table: FlowTable, words: FlowWords
) -> tuple[list[dict[str, object]], list[Derived]]:
    """Share of the insured who leave, and what leaves beside what enters: computed from both."""
    out, into = part.leaving, part.entering
    home = table.flow(part.place, part.place)
    insured = home.cases + out.cases
    cells = [held(f, AMOUNT, table, part.cell(n), words) for n, f in (("out", out), ("in", into))]
    some = [c for c in cells if c.count]
    both = (min((c.count for c in some), default=0.0), max((c.largest_share for c in some), default=np.nan))
    name = f"balance of {part.place}/{words.origin}/{words.destination}/{words.amount[0]}"
    share_cell = f"share leaving {part.place}/{words.origin}/{words.destination}"
    made = [
        entry(
            head,
            Word("out_share", "Share of the insured treated elsewhere", "外出就医占比"),
            SHARE,
            out.cases / insured if insured else np.nan,
            Held(out.cases, out.largest_share, share_cell),
        ),
        entry(
            head,
            Word("net", "Out less in", "支出减收入"),
            form_of("currency"),
            out.amount - into.amount if some else np.nan,
            Held(*both, name),
            unit="currency",
        ),
        entry(
            head,
            Word("times", "Out over in", "支出÷收入（倍）"),
            NUMBER,
            out.amount / into.amount if into.amount > 0 else np.nan,
            Held(*both, name),
        ),
    ]
    derived = [
        Derived(name, tuple(sorted(c.cell for c in cells))),
        Derived(share_cell, tuple(sorted((part.cell("home"), part.cell("out"))))),
    ]
    return [row | {"over": "balance", "over_en": BALANCE[0], "over_zh": BALANCE[1]} for row in made], derived
