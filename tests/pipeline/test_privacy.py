"""No name, number, phone or address of a patient reaches anything that a run writes.

Here the marks are those of the simulator; `test_marked_identifiers` plants them in every format.
"""

from pathlib import Path

import pandas as pd
import pytest

from dipeval.study import parse_source

ROOT = Path(__file__).resolve().parents[2]
PLANTED = ("虚拟患者", "虚拟路", "虚拟小区")  # what the simulator writes into identifying columns


def written(project: Path) -> list[Path]:
    return [p for top in ("data_clean", "figures") for p in sorted((project / top).rglob("*")) if p.is_file()]


def texts(frame: pd.DataFrame) -> pd.Series:
    columns = [c for c in frame.columns if frame[c].dtype.kind not in "iufbM"]
    return pd.concat([frame[c].dropna().astype(str) for c in columns]) if columns else pd.Series(dtype=str)


def test_the_raw_files_do_hold_them(synthetic_project):
    """Otherwise the tests below could not fail."""
    raw = (synthetic_project / "data_raw/synthetic_anlan/discharges.csv").read_bytes().decode("gb18030")
    assert all(word in raw for word in PLANTED)


def test_no_planted_identifier_in_any_byte(synthetic_project):
    for path in written(synthetic_project):
        if path.suffix == ".parquet":
            found = texts(pd.read_parquet(path))
            assert not any(found.str.contains(word, regex=False).any() for word in PLANTED), path
        else:
            content = path.read_bytes()
            assert not any(
                word.encode(code) in content for word in PLANTED for code in ("utf-8", "gb18030")
            ), path


@pytest.mark.parametrize("name", ["front_page", "settlement_list"])
def test_no_identifying_column_in_clean_data(synthetic_project, name):
    source = parse_source((ROOT / f"analysis/sources/{name}.toml").read_text(encoding="utf-8"), name, name)
    raw = {alias for item in source.columns["visit"].items for alias in item}
    for path in sorted((synthetic_project / "data_clean/synthetic/discharges").glob("*/discharges.parquet")):
        columns = set(pd.read_parquet(path).columns)
        assert not columns & {*source.identifiers, *raw, "visit", "settlement"}, path


def test_record_numbers_are_not_in_the_clean_data(synthetic_project):
    """The visit numbers of the raw file serve to find duplicates, and go no further."""
    raw = (synthetic_project / "data_raw/synthetic_anlan/discharges.csv").read_bytes().decode("gb18030")
    visit = raw.splitlines()[1].split(",")[3]
    assert visit.startswith("XN")
    frame = pd.read_parquet(
        synthetic_project / "data_clean/synthetic/discharges/synthetic_anlan/discharges.parquet"
    )
    assert not texts(frame).str.contains(visit, regex=False).any()
    rejects = synthetic_project / "data_clean/synthetic/discharges/synthetic_anlan/rejects.csv"
    assert "XN0" not in rejects.read_text(encoding="utf-8")
