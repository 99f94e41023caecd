"""The raw files, read back here with other tools than those that wrote them."""

import csv
import io
import re
import unicodedata
from collections import Counter, defaultdict

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from dipeval.simulate.effects import LEVELS
from dipeval.vocabulary import columns, units

PAGE_PARTS = {"WLZLF": "FSSZLXMF", "KJYWF": "XYF", "MAF": "SSZLF", "SSF": "SSZLF"}


def rows_of(example, city, content: bytes) -> list[list]:
    """Header and rows as a user sees them."""
    path = city.files[0].path
    if path.endswith(".xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert book.sheet_names == list(city.files[0].sheets)
        return book.get_sheet_by_index(0).to_python()
    encoding = example.sources[city.source].encoding
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text)))


@pytest.fixture(scope="module")
def raw(small, small_files):
    """Rows of every city, header first."""
    return {
        name: rows_of(small, city, small_files[city.files[0].path]) for name, city in small.cities.items()
    }


def fen(cell, per_unit: int) -> int:
    """Any way of writing an amount → minor units, exactly."""
    if isinstance(cell, float):
        cell = f"{cell:.6f}"
    text = unicodedata.normalize("NFKC", str(cell)).replace(",", "")
    whole, _, rest = text.partition(".")
    digits = len(str(per_unit)) - 1
    assert not rest[digits:].strip("0"), f"{cell} is finer than a fen"
    return int(whole) * per_unit + int(rest[:digits].ljust(digits, "0"))


def read(example, name, rows) -> pd.DataFrame:
    """Columns by vocabulary, items summed; money in fen, the rest as text."""
    city = example.cities[name]
    source = example.sources[city.source]
    place = {header: k for k, header in enumerate(rows[0])}
    body = [row for row in rows[1:] if row[0] != "合计"]
    found = {}
    for column, rule in source.columns.items():
        at = [place[a] for item in rule.items for a in item if a in place]
        if not at:
            assert not rule.required, column
            continue
        if columns()[column].kind == "money":
            per_unit = units()[city.units.get(column, rule.unit)].minor_per_unit
            found[column] = [sum(fen(row[k], per_unit) for k in at) for row in body]
        else:
            found[column] = [str(row[at[0]]).removesuffix(".0") for row in body]
    frame = pd.DataFrame(found)
    for column in source.codes.keys() & set(frame):
        frame[column] = frame[column].map(source.codes[column])
    return frame.assign(row=np.arange(2, len(body) + 2))


@pytest.fixture(scope="module")
def tables(small, raw):
    return {name: read(small, name, rows) for name, rows in raw.items()}


def components(example, name):
    return [c for c in example.sources[example.cities[name].source].columns if columns()[c].component]


def total_place(example, name, header) -> int:
    """Where the total cost stands, under any of its headers."""
    (aliases,) = example.sources[example.cities[name].source].columns["total_cost"].items
    return header.index(next(alias for alias in aliases if alias in header))


def faults_of(files) -> dict[str, set[tuple[int, str]]]:
    listed = defaultdict(set)
    for line in csv.DictReader(io.StringIO(files["faults.csv"].decode("utf-8"))):
        listed[line["file"]].add((int(line["row"]), line["fault"]))
    return listed


def test_files_are_those_that_the_cities_declare(small, small_files):
    declared = [file.path for city in small.cities.values() for file in city.files]
    assert list(small_files) == [*declared, "faults.csv", "truth.json"]


def test_same_seed_same_bytes_and_another_seed_others(small):
    first, again, other = (small.of_size(6_000, **seed).files() for seed in ({}, {}, {"seed": 1}))
    assert again == first
    assert all(other[path] != content for path, content in first.items())


def test_a_city_added_at_the_end_changes_no_other(small, small_files):
    """Sizes are shared out by city, so the totals grow with the study."""
    fewer = tuple(small.study.cities[:-1])
    shorter = small.of_size(
        round(40_000 * (9 + 2 * 0.19) / (10 + 2 * 0.19)), hospitals=round(110 * (9 + 1.1) / 11.1)
    )
    study = type(shorter.study)(**{**vars(shorter.study), "cities": fewer})
    files = type(small)(study, small.cities, small.sources).files()
    assert len(files) == len(small_files) - 1
    for path in set(files) - {"faults.csv", "truth.json"}:
        assert files[path] == small_files[path], path


def test_headers_are_declared_once_each(small, raw):
    for name, rows in raw.items():
        source = small.sources[small.cities[name].source]
        aliases = {a for rule in source.columns.values() for item in rule.items for a in item}
        known = aliases | set(source.ignored) | set(source.identifiers)
        assert set(rows[0]) <= known and len(set(rows[0])) == len(rows[0])
        for rule in source.columns.values():
            here = [len(set(item) & set(rows[0])) for item in rule.items]
            assert set(here) == {1} if rule.required else set(here) <= {0, 1}, (name, rule.name)
        assert len(set(rows[0]) & set(source.identifiers)) >= 3, "identifying columns must be there"
        assert {len(row) for row in rows} == {len(rows[0])}


def test_cities_write_their_format_in_different_ways(small, raw, small_files):
    kinds = Counter((small.cities[name].source, rows[0][0].isascii()) for name, rows in raw.items())
    assert set(kinds) == {(s, ascii_) for s in small.sources for ascii_ in (True, False)}
    text = {p: c for p, c in small_files.items() if p.endswith("settlements.csv")}
    assert sum(content.startswith(b"\xef\xbb\xbf") for content in text.values()) == 1
    pages = {p: c for p, c in small_files.items() if p.endswith("discharges.csv")}
    assert len(pages) == 6
    for content in pages.values():
        with pytest.raises(UnicodeDecodeError):
            content.decode("utf-8")
    zeros = {
        cell
        for name, rows in raw.items()
        if small.cities[name].source == "front_page"
        for row in rows[1:200]
        for cell in row[18:]
        if cell in ("0", "0.00", "-", "")
    }
    assert zeros == {"0", "0.00"}, "fees that are empty are zero, never a dash"


def test_empty_cells_that_are_no_fees(small, tables):
    for name, table in tables.items():
        empty = "-" if small.cities[name].source == "front_page" else ""
        procedures = table["principal_procedure"]
        assert (procedures == empty).mean() > 0.5
        written = procedures[procedures != empty]
        assert written.str.fullmatch(r"\d\d\.\w{4}").all() and written.str.endswith("00").mean() > 0.5


def test_listed_faults_are_those_in_the_files(small, raw, tables, small_files):
    listed = faults_of(small_files)
    assert set(listed) == {city.files[0].path for city in small.cities.values()}
    for name, rows in raw.items():
        found = set()
        table = tables[name]
        total = total_place(small, name, rows[0])
        for number, row in enumerate(rows[1:], start=2):
            if row[0] == "合计":
                found.add((number, "total_row"))
                continue
            if row == rows[number - 2]:
                found.add((number, "duplicate_row"))
            if re.search("[０-９]", str(row[total])):
                found.add((number, "full_width_digits"))
            if "," in str(row[total]):
                found.add((number, "thousands_commas"))
        off = table["total_cost"] != table[components(small, name)].sum(axis=1)
        found |= {(int(row), "costs_do_not_add_up") for row in table.loc[off, "row"]}
        assert found == listed[small.cities[name].files[0].path], name


def test_every_fault_occurs_at_about_its_rate(small_files):
    counts = Counter(fault for found in faults_of(small_files).values() for _, fault in found)
    assert set(counts) == {
        "duplicate_row",
        "full_width_digits",
        "thousands_commas",
        "costs_do_not_add_up",
        "total_row",
    }
    assert counts["total_row"] == 2
    assert all(10 <= counts[fault] <= 40 for fault in counts if fault != "total_row"), counts


def test_total_rows_say_the_sums(small, raw, tables):
    for name in ("synthetic_dongpu", "synthetic_lanting"):
        last, header = raw[name][-1], raw[name][0]
        assert last[0] == "合计"
        place = total_place(small, name, header)
        assert fen(last[place], 1_000_000) == tables[name]["total_cost"].sum()
        assert max(float(row[place]) for row in raw[name][1:-1] if isinstance(row[place], float)) < 100


def test_sub_items_are_part_of_their_items(raw):
    rows = raw["synthetic_anlan"]
    place = {header: k for k, header in enumerate(rows[0])}
    for part, whole in PAGE_PARTS.items():
        small = [fen(row[place[part]], 100) for row in rows[1:]]
        large = [fen(row[place[whole]], 100) for row in rows[1:]]
        assert all(a <= b for a, b in zip(small, large, strict=True)) and sum(small) > 0
    both = [
        fen(row[place["MAF"]], 100) + fen(row[place["SSF"]], 100) <= fen(row[place["SSZLF"]], 100)
        for row in rows[1:]
    ]
    assert all(both)


def test_dates_days_and_ages_agree(tables):
    for table in tables.values():
        admission = pd.to_datetime(table["admission_date"], format="%Y-%m-%d")
        discharge = pd.to_datetime(table["discharge_date"], format="%Y-%m-%d")
        between = (discharge - admission).dt.days
        days = table["care_days"].astype(int)
        assert (days == between.clip(lower=1)).all()
        assert (between[days == 1] == 0).any() and (between[days == 1] == 1).any()
        assert discharge.min() >= pd.Timestamp("2018-07-01") and discharge.max() <= pd.Timestamp("2022-06-30")
        assert discharge.is_monotonic_increasing
        assert table["age"].astype(int).between(0, 100).all()


def test_what_identifies_is_plainly_invented(small, raw):
    plain = {
        "name": r"虚拟患者\d{6}",
        "number": r"0{6}\d{12}",
        "insurance": r"XN000\d{8}",
        "telephone": r"000\d{8}",
        "address": r"虚拟省虚拟市虚拟路\d+号, 虚拟小区",
    }
    forms = {
        **dict.fromkeys(("XM", "姓名", "psn_name"), plain["name"]),
        **dict.fromkeys(("SFZH", "身份证号", "certno", "证件号码"), plain["number"]),
        **dict.fromkeys(("hi_no", "医保编号"), plain["insurance"]),
        **dict.fromkeys(("LXDH", "联系电话", "tel"), plain["telephone"]),
        **dict.fromkeys(("XZZ", "现住址"), plain["address"]),
    }
    for name, rows in raw.items():
        identifiers = small.sources[small.cities[name].source].identifiers
        for k, header in enumerate(rows[0]):
            if header in identifiers:
                cells = [row[k] for row in rows[1:] if row[0] != "合计"]
                assert all(re.fullmatch(forms[header], cell) for cell in cells), header


def test_hospitals_are_plainly_invented_and_their_codes_unique(tables):
    seen = Counter()
    for table in tables.values():
        pairs = table[["hospital", "hospital_name", "level"]].drop_duplicates()
        assert pairs["hospital"].is_unique
        assert pairs["hospital_name"].str.contains("虚拟").all()
        assert pairs["hospital"].str.fullmatch(r"XN[A-Z]+\d{3}").all()
        assert set(pairs["level"]) == set(LEVELS)
        seen.update(pairs["hospital"])
    assert max(seen.values()) == 1 and len(seen) == 110


def test_the_files_hold_the_panel_that_is_invented_directly(small, tables, small_files):
    """An independent little cleaning of the raw files gives the same integers, cell by cell."""
    panel, _ = small.panel()
    listed = faults_of(small_files)
    for name, table in tables.items():
        faulty = listed[small.cities[name].files[0].path]
        out = {row for row, fault in faulty if fault in ("duplicate_row", "costs_do_not_add_up")}
        kept = table[~table["row"].isin(out) & table["insurance_type"].isin(["employee", "resident"])]
        kept = kept.assign(
            period=kept["discharge_date"].str[:7],
            discharges=1,
            deaths=(kept["disposition"] == "death").astype(int),
            care_days=kept["care_days"].astype(int),
            age=kept["age"].astype(float),
            log_total_cost=np.rint(np.log(kept["total_cost"]) * 1e9).astype("int64"),
            log_drug_cost=np.rint(np.log(kept["drug_cost"]) * 1e9).astype("int64"),
        )
        sums = ["discharges", "deaths", "care_days", "age", "total_cost", "self_paid"]
        sums += [*components(small, name), "log_total_cost", "log_drug_cost"]
        by_hand = kept.groupby(["hospital", "period"])[sums].sum().reset_index()
        mine = panel[panel["city"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine[by_hand.columns], by_hand, check_dtype=False)
        assert ("blood_cost" in sums) == mine["blood_cost"].notna().all()


def test_several_files_of_a_city_share_its_rows(small, small_files):
    page = small.cities["synthetic_anlan"]
    first = page.files[0]
    parts = tuple(type(first)(path=f"synthetic_anlan/part{k}.csv") for k in range(3))
    changed = {**small.cities, "synthetic_anlan": type(page)(**{**vars(page), "files": parts})}
    whole, split = small_files, type(small)(small.study, changed, small.sources).files()
    bodies = [split[file.path].decode("gb18030").split("\r\n")[1:-1] for file in parts]
    assert sum(bodies, []) == whole[first.path].decode("gb18030").split("\r\n")[1:-1]
    assert min(map(len, bodies)) > 100
    listed, before = faults_of(split), faults_of(whole)[first.path]
    assert sum(len(listed[file.path]) for file in parts) == len(before)
    lines = {
        (file.path, k): line
        for file, body in zip(parts, bodies, strict=True)
        for k, line in enumerate(body, 2)
    }
    original = whole[first.path].decode("gb18030").split("\r\n")
    assert sorted(original[row - 1] for row, _ in before) == sorted(
        lines[file.path, row] for file in parts for row, _ in listed[file.path]
    )
