"""Property: whatever seed, rates, layout and encoding, cleaning finds exactly what was put in."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from proof_of_cleaning import KEY, VERSIONS, city_with, ordinary, prove, source

from dipeval.simulate.faulty import faulty_city
from dipeval.study.model import OtherUnit, RawFile
from dipeval.vocabulary import columns

FORMATS = (
    "front_page",
    "front_page_tcm",
    "settlement_list",
    "settlement_list_long",
    "clearing_export",
)
ENCODINGS = ("utf-8", "gb18030", "utf-16")
OTHER_UNITS = (
    OtherUnit("ten_thousand_yuan", since="2019-03", reason="invented"),
    OtherUnit("fen", hospital="XNWUTONG001", until="2018-10", reason="invented"),
    OtherUnit("yuan", columns=("total_cost",), file="w/0.csv", reason="invented"),
)
SEEDS = st.integers(0, 2**31)
few = settings(
    max_examples=2,
    derandomize=True,
    database=None,
    deadline=None,
    # An example costs seconds, and the assertion names the rule or the cells: it needs no shrinking.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
many = settings(few, max_examples=60)


@st.composite
def files(draw) -> tuple[RawFile, ...]:
    """One to three files, each text in some encoding or a spreadsheet."""
    sent = []
    for k in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from((*ENCODINGS, "xlsx")))
        if kind == "xlsx":
            sent.append(RawFile(f"w/{k}.xlsx", sheets=("一",)))
        else:
            ending, depth = draw(st.sampled_from(("csv", "tsv", "txt"))), draw(st.sampled_from((0, 2)))
            own = draw(st.sampled_from(("", "", "yuan", "ten_thousand_yuan")))
            units = {"total_cost": own} if own else {}
            sent.append(RawFile(f"w/{k}.{ending}", encoding=kind, header_rows=depth, units=units))
    return tuple(sent)


@dataclass(frozen=True)
class World:
    """All that may vary of a faulty city, in words short enough to read in a failure."""

    format: str
    files: tuple[RawFile, ...]
    delimiter: str
    unit: str
    other: OtherUnit | None
    versions: bool
    options: dict

    def check(self) -> None:
        """Make it, clean it, compare everything."""
        format_ = replace(source(self.format), delimiter=self.delimiter)
        money = [name for name in format_.columns if columns()[name].kind == "money"]
        units = dict.fromkeys(money, self.unit) if self.unit else {}
        others = (self.other,) if self.other else ()
        versions = {"diagnosis": VERSIONS} if self.versions else {}
        city = city_with(format_, self.files, units=units, other_units=others, code_versions=versions)
        with tempfile.TemporaryDirectory() as folder:
            prove(Path(folder), format_, self.files, city, **self.options)


@st.composite
def worlds(draw) -> World:
    """Any format, files, seed, size and selection of faults."""
    key = draw(st.sampled_from((None, KEY)))
    known = [*ordinary(), "split_stay"] if key else ordinary()
    chosen = draw(st.lists(st.sampled_from(known), unique=True, max_size=len(known)))
    options = {
        "key": key,
        "seed": draw(SEEDS),
        "rows": draw(st.integers(250, 900)),
        "hospitals": draw(st.integers(3, 9)),
        "chinese": draw(st.booleans()),
        "asked": {name: round(draw(st.floats(0.001, 0.02)), 4) for name in chosen},
    }
    delimiter, unit = (
        draw(st.sampled_from((",", "\t", ";"))),
        draw(st.sampled_from(("", "ten_thousand_yuan"))),
    )
    other = draw(st.sampled_from((None, *OTHER_UNITS)))
    return World(
        draw(st.sampled_from(FORMATS)), draw(files()), delimiter, unit, other, draw(st.booleans()), options
    )


@few
@given(worlds())
def test_cleaning_finds_exactly_what_was_put_in(world):
    world.check()


@pytest.mark.slow
@many
@given(worlds())
def test_cleaning_finds_exactly_what_was_put_in_many_worlds(world):
    world.check()


@settings(few, max_examples=2)
@given(SEEDS, st.sampled_from(FORMATS))
def test_the_same_seed_gives_the_same_bytes(seed, name):
    sent = (RawFile("w/0.csv"), RawFile("w/1.xlsx", sheets=("一",)))
    format_ = source(name)
    one, two = (faulty_city(city_with(format_, sent), format_, seed=seed, rows=120) for _ in range(2))
    assert one.files == two.files and one.faults.equals(two.faults)
    assert one.truth.equals(two.truth)
