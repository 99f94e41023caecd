"""Kind ``flows``: where the insured of each place are treated, and what leaves and enters each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dipeval.describe.cases.cells import where_word
from dipeval.describe.cases.flow_frames import AMOUNT, RATIO, VISITS, FlowWords, flow_grid, matrix
from dipeval.describe.cases.flow_table import FlowTable, flow_table
from dipeval.describe.cases.grid import TOTAL
from dipeval.describe.cases.ratio_outcome import ratio_outcomes
from dipeval.describe.given import require_columns
from dipeval.describe.kind import CASES, Kind
from dipeval.describe.selection import selected, told
from dipeval.errors import DataError, Problem
from dipeval.results.exhibit import Exhibit
from dipeval.study.grammar import Key
from dipeval.vocabulary import columns, outcomes

if TYPE_CHECKING:
    from dipeval.describe.given import Given
    from dipeval.study.descriptions import DescriptionChoice

STAGE = "flows"
PLACES = tuple(name for name, c in columns().items() if c.kind in ("text", "code") and c.role != "record")
MONEY = tuple(name for name, c in columns().items() if c.kind == "money")
RATIOS = tuple(name for name, outcome in outcomes().items() if outcome.kind == "ratio")


def make(given: Given, choice: DescriptionChoice) -> list[Exhibit]:
    """Matrices of visits, of an amount and of a ratio, and a table of each place.

    Raises
    ------
    DataError
        With all problems: columns that the cases lack, places in two sets of words, no case, too many places.

    Notes
    -----
    Cost: two passes; Python sees a row for each pair of places and hospital.
    """
    engine, cases = given.stays
    options = choice.options
    origin, destination = str(options["origin"]), str(options["destination"])
    amount, ratio = str(options["amount"]), str(options["ratio"])
    if origin == destination:
        raise DataError(
            STAGE, [Problem("destination", f"is {origin}, as the origin is", "name another column")]
        )
    base = selected(cases, choice.where)
    require_columns(base, [origin, destination, amount], STAGE)
    asked = ratio_outcomes([ratio], base.columns, 100)[0] if ratio else None
    table = flow_table(
        engine,
        base,
        origin,
        destination,
        amount=amount,
        ratio=asked,
        top=int(options["top"]),
        rest=f"other of {choice.name}",
    )
    words = FlowWords(
        where_word(choice.where),
        origin,
        destination,
        (columns()[amount].label_en, columns()[amount].label_zh),
        ("", "") if asked is None else (asked.outcome.label_en, asked.outcome.label_zh),
        "" if asked is None else asked.outcome.unit,
        given.labels,
    )
    return _exhibits(given, choice, table, words)


def _exhibits(given: Given, choice: DescriptionChoice, table: FlowTable, words: FlowWords) -> list[Exhibit]:
    notes = _notes(choice, table, words)
    said = (tuple(n[0] for n in notes), tuple(n[1] for n in notes), given.synthetic)
    title = choice.titles("Insured and treated by place", "参保地与就医地")
    common = {"currency": given.currency, "margin": TOTAL.key}
    made = []
    shown = [
        (VISITS, ("Visits", "就医人次"), "count"),
        (AMOUNT, words.amount, "currency"),
        (RATIO, words.ratio, words.ratio_unit),
    ]
    for what, label, unit in shown:
        if not label[0]:
            continue
        frame, sums = matrix(table, words, what)
        axes = {**common, "axis_en": label[0], "axis_zh": label[1], "unit": unit}
        titles = f"{title[0]}: {label[0][:1].lower()}{label[0][1:]}", f"{title[1]}：{label[1]}"
        made.append(Exhibit(f"{choice.name}_{what}", "matrix", *titles, frame, *said, axes, sums))
    grid, sums, derived = flow_grid(table, words)
    stub = {**common, "stub_en": "Place", "stub_zh": "地区", "unit_heads": True}
    made.append(Exhibit(f"{choice.name}_table", "grid", *title, grid, *said, stub, sums, derived))
    return made


def _notes(choice: DescriptionChoice, table: FlowTable, words: FlowWords) -> list[tuple[str, str]]:
    notes = [told(choice.where)] if choice.where else []
    origin, destination = columns()[words.origin], columns()[words.destination]
    notes.append(
        (
            f"Rows: {origin.label_en.lower()}; columns: {destination.label_en.lower()}. Out over in: what is paid for the "
            "insured of a place who are treated elsewhere, over what is paid for those who come to it.",
            f"行：{origin.label_zh}；列：{destination.label_zh}。支出÷收入：本地参保人在外就医的支付额÷外来就医者的支付额。",
        )
    )
    if table.has_missing:
        english = "Cases that lack a place stay at home for nobody: they are in the margins only."
        notes.append((english, "缺参保地或就医地的病例仅计入合计，不计入流入、流出。"))
    if table.misses_amounts:
        notes.append(("Amounts that are not known are not added.", "无金额记录者不计入金额。"))
    if table.folded:
        notes.append(
            (
                "Other places are counted together; flows among them cross places.",
                "其他地区合并列示，其间流动仍计为异地。",
            )
        )
    return notes


KIND = Kind(
    layer=CASES,
    make=make,
    keys={
        "origin": Key("text", default="insured_place", choices=PLACES, doc="where a patient is insured"),
        "destination": Key(
            "text", default="treatment_place", choices=PLACES, doc="where a patient is treated"
        ),
        "amount": Key("text", default="fund_paid", choices=MONEY, doc="the money that flows"),
        "ratio": Key("text", default="fund_share", choices=("", *RATIOS), doc="a ratio outcome of each flow"),
        "top": Key("integer", default=0, low=0, doc="places by themselves, 0 for all"),
    },
    label_en="Flows between places",
    label_zh="异地就医流向",
)
