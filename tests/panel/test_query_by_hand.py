"""The benchmark's raw file, cleaned and summed, equals its query by hand; at a size that takes seconds."""

import sys
from pathlib import Path

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        import discharges

        yield discharges
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_the_panel_equals_the_query_by_hand(benchmark, tmp_path):
    root = benchmark.prepare(tmp_path, 6_000)
    for step in benchmark.STEPS.values():
        step(root, 2)
    benchmark.compare(root / "panel.parquet", root / "by_hand.parquet")
    ledger = pd.read_csv(root / "clean/ledger.csv").set_index("rule")
    for rule in ("duplicate", "date_order", "reversal", "missing_needed", "cost_parts_sum_to_total"):
        assert ledger.loc[rule, "rows_rejected"] > 0, rule
    wrong = pd.read_parquet(root / "by_hand.parquet").assign(deaths=lambda frame: frame["deaths"] + 1)
    wrong.to_parquet(tmp_path / "wrong.parquet")
    with pytest.raises(SystemExit, match="differ in deaths"):
        benchmark.compare(root / "panel.parquet", tmp_path / "wrong.parquet")


def test_the_table_goes_between_its_marks(benchmark, tmp_path, monkeypatch):
    place = tmp_path / "README.md"
    monkeypatch.setitem(benchmark.record.__globals__, "README", place)
    place.write_text("a\n<!-- discharges: begin -->\nold\n<!-- discharges: end -->\nz\n")
    measured = [benchmark.Measured(1000, step, 2.0, 3.0, 400.0, {}) for step in benchmark.STEPS]
    benchmark.record("discharges", benchmark.table_of(measured))
    text = place.read_text()
    assert text.startswith("a\n") and text.endswith("\nz\n") and "old" not in text
    assert "| 1,000 | clean | 2.0 | 500 | 3000.00 | 400 |" in text and "1.00 at 1,000" in text
