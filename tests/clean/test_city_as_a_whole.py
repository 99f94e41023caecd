"""A city as a whole: the ledger adds up, injected faults are found one by one, threads change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.clean.city import clean_city
from dipeval.clean.registry import rules, switches
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.study.model import RawFile

FAULTS = {
    "total_row": {"name": "合计"},
    "missing_needed": {"hospital": ""},
    "date_order": {"in": "2019-12-30"},
    "date_range": {"in": "1901-01-01"},
    "negative_amount": {"total": "-1", "drug": "-1", "other": "0", "visit": ""},
    "zero_total_cost": {"total": "0", "drug": "0", "other": "0"},
    "cost_parts_sum_to_total": {"total": "100.01"},
    "window": {"in": "2021-03-01", "out": "2021-03-05"},
    "population": {"payer": "self_pay"},
}
KEEP = {"insurance_type": ("employee", "resident")}


def invented(seed: int, rows: int = 400) -> tuple[list[dict[str, str]], dict[int, str]]:
    """Rows with faults, and which row (of the file) got which."""
    draw = np.random.default_rng(seed)
    names = list(FAULTS)
    made, known = [], {}
    for k in range(rows):
        row = {"hospital": f"H{draw.integers(8)}", "age": str(draw.integers(100)), "visit": f"V{k}"}
        if draw.random() < 0.3:
            fault = names[draw.integers(len(names))]
            row |= FAULTS[fault]
            known[len(made) + 2] = fault
        made.append(row)
        if draw.random() < 0.05 and len(made) + 1 not in known:
            made.append({**row, "settlement": f"S{len(made)}"})
            known[len(made) + 1] = "duplicate"
    return made, known


@pytest.mark.parametrize("seed", range(3))
def test_every_injected_fault_is_found_and_nothing_else(clean, seed):
    rows, known = invented(seed)
    got = clean(rows, keep=KEEP)
    assert got.rejected == known
    assert sorted(got.rows + list(known)) == list(range(2, len(rows) + 2))
    for name in {*FAULTS, "duplicate"}:
        assert got.entry(name).rows_rejected == sum(fault == name for fault in known.values()), name


def test_the_ledger_adds_up_and_counts_hospitals(clean):
    rows, known = invented(7)
    got = clean([{"hospital": "H99", "payer": "self_pay"}, *rows], keep=KEEP)
    entries = [e for e in got.ledger if e.stage == "clean"]
    assert entries[0].rows_before == len(rows) + 1
    assert entries[-1].rows_after == len(got.frame)
    for one, two in zip(entries, entries[1:], strict=False):
        assert (one.rows_after, one.hospitals_after) == (two.rows_before, two.hospitals_before)
    assert (entries[-1].hospitals_before, entries[-1].hospitals_after) == (9, 8)
    assert entries[-1].hospitals_after == got.frame["hospital"].nunique()


def test_threads_change_nothing(clean):
    rows, _ = invented(11)
    one, two = clean(rows, keep=KEEP, threads=1), clean(rows, keep=KEEP, threads=4)
    assert one.frame.equals(two.frame) and one.rejects.equals(two.rejects) and one.ledger == two.ledger


def test_the_written_files_are_the_same_bytes(tmp_path, clean, city, source):
    clean(invented(5)[0], keep=KEEP)
    place = tmp_path / "data" / "a.csv"
    written = []
    for k, threads in enumerate((1, 2, 2)):
        with Engine(threads=threads) as engine:
            raw = read_raw(engine, city, source, [("a.csv", place)])
            made = clean_city(engine, city, source, raw, start="2019-01", end="2019-12", keep=KEEP)
            target = tmp_path / f"{k}.parquet"
            engine.write_parquet(made.table, target, ("source_file", "source_row"))
            written.append(target.read_bytes())
    assert written[0] == written[1] == written[2]
    assert b"NAME-OF-A-PERSON" not in written[0]


def test_no_identifier_leaves_the_reading(clean):
    marked = {"visit": "RECORD-7", "settlement": "SETTLED-7"}
    got = clean([marked, {**marked, "name": "another"}, {**marked, "total": "5", "visit": "RECORD-8"}])
    assert len(got.rejects) == 2
    seen = f"{got.frame.to_csv()}{got.rejects.to_csv()}{got.ledger.rows()}{got.warnings}"
    assert not any(word in seen for word in ("RECORD", "SETTLED", "NAME-OF-A-PERSON"))


def test_two_files_of_one_city(tmp_path, clean, city, source):
    clean([{}, {}])
    place = tmp_path / "data" / "a.csv"
    other = tmp_path / "data" / "b.csv"
    other.write_bytes(place.read_bytes())
    both = replace(city, files=(RawFile("a.csv"), RawFile("b.csv")))
    with Engine(threads=2) as engine:
        raw = read_raw(engine, both, source, [("a.csv", place), ("b.csv", other)])
        made = clean_city(engine, both, source, raw, start="2019-01", end="2019-12", keep={})
        rejects = engine.to_frame(made.rejects, ("source_file", "source_row"))
    assert rejects[["source_file", "source_row", "rule"]].values.tolist() == [
        ["b.csv", 2, "duplicate"],
        ["b.csv", 3, "duplicate"],
    ]


def test_many_rejections_are_a_warning(clean):
    got = clean([{}] * 9 + [{"total": "1"}])
    assert got.warnings == ("small: the rule cost_parts_sum_to_total rejected 1 of 10 rows",)


def test_rules_are_documented_and_few_can_be_switched():
    always = {"total_row", "missing_needed", "duplicate", "date_order", "negative_amount", "window"}
    assert not always & {name for name, switch in switches().items() if switch.optional}
    assert {"same_day_counts_one", "stay_identity", "zero_total_cost"} <= set(switches())
    for name, rule in rules().items():
        assert rule.name == name
        assert rule.label_en and rule.label_zh and rule.source
        assert rule.action in ("reject", "fix", "flag", "convention", "stop")


def test_the_registry_loads_nothing_heavy():
    import subprocess
    import sys

    heavy = ("ibis", "pandas", "duckdb")
    code = f"import sys, dipeval.clean.registry; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
