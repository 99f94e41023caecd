"""Bad input: one clear error, exit code 2, nothing written. Tried through the command, as a user would."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dipeval import cli

PAGE = "given/synthetic_anlan/discharges.csv"
LIST = "given/synthetic_chunxi/settlements.csv"
BOOK = "given/synthetic_dongpu/settlements.xlsx"


def command(project: Path, monkeypatch, capsys, *words: str) -> tuple[int, str]:
    """Run the command in a project; return its exit code and what it printed."""
    monkeypatch.setenv("DIPEVAL_PROJECT", str(project))
    monkeypatch.setattr("sys.argv", ["dipeval", *words])
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    printed = capsys.readouterr()
    return code, printed.out + printed.err


def written(project: Path) -> list[str]:
    """Everything a user can see that a run has written."""
    return sorted(
        str(p.relative_to(project))
        for folder in ("data_clean", "figures", "data_raw")
        for p in (project / folder).rglob("*")
        if p.is_file() and not any(part.startswith(".") for part in p.relative_to(project).parts)
    )


def contents(project: Path) -> dict[str, bytes]:
    return {name: (project / name).read_bytes() for name in written(project)}


def text_in(place: Path, encoding: str) -> list[str]:
    return place.read_bytes().decode(encoding).split("\n")


def rewrite(place: Path, lines: list[str], encoding: str) -> None:
    place.write_bytes("\n".join(lines).encode(encoding))


def missing(project: Path) -> None:
    (project / PAGE).unlink()


def empty(project: Path) -> None:
    (project / PAGE).write_bytes(b"")


def truncated_text(project: Path) -> None:
    place = project / PAGE
    whole = place.read_bytes()
    place.write_bytes(whole[: whole.rfind(b",", 0, len(whole) * 2 // 3) - 40])


def truncated_book(project: Path) -> None:
    place = project / BOOK
    place.write_bytes(place.read_bytes()[:-3000])


def other_encoding(project: Path) -> None:
    place = project / PAGE
    place.write_bytes(place.read_bytes().decode("gb18030").encode("utf-8"))


def other_encoding_of_the_list(project: Path) -> None:
    place = project / LIST
    place.write_bytes(place.read_bytes().decode("utf-8-sig").encode("gb18030"))


def missing_column(project: Path) -> None:
    lines = text_in(project / PAGE, "gb18030")
    lines[0] = lines[0].replace("ZFY", "ZFX", 1)
    rewrite(project / PAGE, lines, "gb18030")


def doubled_column(project: Path) -> None:
    lines = text_in(project / PAGE, "gb18030")
    lines[0] = lines[0].replace("ZFJE", "ZFY", 1)
    rewrite(project / PAGE, lines, "gb18030")


def text_in_a_number(project: Path) -> None:
    lines = text_in(project / PAGE, "gb18030")
    position = lines[0].split(",").index("ZFY")
    address = '"[^"]*"'
    cells = re.sub(address, "x", lines[4]).split(",")
    lines[4] = lines[4].replace(f",{cells[position]},", ",about five thousand,", 1)
    rewrite(project / PAGE, lines, "gb18030")


def code_in_scientific_notation(project: Path) -> None:
    lines = text_in(project / PAGE, "gb18030")
    position = lines[0].split(",").index("JBDM")
    code = re.sub('"[^"]*"', "x", lines[7]).split(",")[position]
    lines[7] = lines[7].replace(f",{code},", ",4.70E+01,", 1)
    rewrite(project / PAGE, lines, "gb18030")


def two_encodings(project: Path) -> None:
    place = project / PAGE
    rows = place.read_bytes().split(b"\n")
    half = len(rows) // 2
    place.write_bytes(b"\n".join(rows[:half] + [r.decode("gb18030").encode("utf-8") for r in rows[half:]]))


def renamed_sheet(project: Path) -> None:
    edit(project, "cities", "synthetic_dongpu", 'sheets = ["结算清单"]', 'sheets = ["nowhere"]')


def a_folder(project: Path) -> None:
    (project / PAGE).unlink()
    (project / PAGE).mkdir()


def total_row(project: Path) -> None:
    lines = text_in(project / PAGE, "gb18030")
    last = len(lines) - 1 if lines[-1] else len(lines) - 2
    width = len(lines[0].split(","))
    lines.insert(last + 1, ",".join(["合计", *["0"] * (width - 1)]))
    rewrite(project / PAGE, lines, "gb18030")


RAW: list[tuple[Callable[[Path], None], list[str]]] = [
    (missing, ["synthetic_anlan/discharges.csv", "--data", "dipeval simulate"]),
    (empty, ["synthetic_anlan/discharges.csv", "empty"]),
    (truncated_text, ["synthetic_anlan/discharges.csv"]),
    (truncated_book, ["synthetic_dongpu/settlements.xlsx"]),
    (other_encoding, ["synthetic_anlan/discharges.csv", "utf-8", "gb18030"]),
    (other_encoding_of_the_list, ["synthetic_chunxi/settlements.csv", "utf-8", "gb18030"]),
    (missing_column, ["synthetic_anlan/discharges.csv", "total_cost", "ZFX"]),
    (doubled_column, ["synthetic_anlan/discharges.csv", "ZFY"]),
    (text_in_a_number, ["synthetic_anlan/discharges.csv", "about five thousand", "5"]),
    (total_row, ["synthetic_anlan/discharges.csv", "合计"]),
    (code_in_scientific_notation, ["synthetic_anlan/discharges.csv", "JBDM", "row 8: '4.70E+01'"]),
    (two_encodings, ["synthetic_anlan/discharges.csv", "gb18030", "utf-8"]),
    (renamed_sheet, ["synthetic_dongpu/settlements.xlsx", "no sheet 'nowhere'"]),
    (a_folder, ["synthetic_anlan/discharges.csv", "is a folder"]),
]


def without_other_cities(project: Path, file: str) -> None:
    """Leave the study the city of the file: what is wrong with it is said before anything is compared."""
    place = project / "analysis/studies/small.toml"
    city = file.split("/")[0]
    text, count = re.subn(r"(?m)^cities = \[[^\]]*\]", f'cities = ["{city}"]', place.read_text("utf-8"))
    assert count == 1
    if not PAGE.endswith(file):  # only front pages bring the cost of blood
        assert '"blood_cost", ' in text
        text = text.replace('"blood_cost", ', "")
    place.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("spoil", "said"), RAW, ids=lambda v: getattr(v, "__name__", ""))
def test_a_spoilt_raw_file(small_project, monkeypatch, capsys, spoil, said):
    spoil(small_project)
    without_other_cities(small_project, said[0])
    code, printed = command(
        small_project, monkeypatch, capsys, "run", "small", "--data", str(small_project / "given")
    )
    assert code == 2
    for part in said:
        assert part.lower() in printed.lower(), printed
    assert "Traceback" not in printed
    assert "do:" in printed
    assert written(small_project) == []


def edit(project: Path, kind: str, name: str, old: str, new: str) -> None:
    place = project / f"analysis/{kind}/{name}.toml"
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new), encoding="utf-8")


def no_data_before(project: Path) -> None:
    edit(project, "cities", "synthetic_anlan", 'payment = "2020-01"', 'payment = "2018-07"')
    edit(project, "cities", "synthetic_anlan", 'announced = "2019-01"\n', "")
    edit(project, "cities", "synthetic_anlan", 'simulated = "2019-07"\n', "")


def nobody_to_compare_with(project: Path) -> None:
    for name in ("synthetic_mulan", "synthetic_chunxi", "synthetic_dongpu"):
        place = project / f"analysis/cities/{name}.toml"
        text = place.read_text(encoding="utf-8")
        text = re.sub(r'(announced|simulated|payment) = "[^"]*"\n', "", text).replace("never = true\n", "")
        place.write_text(text.replace("[dates]\n", '[dates]\npayment = "2020-01"\n'), encoding="utf-8")


DESIGNS = [
    (no_data_before, ["synthetic_anlan", "before"]),
]


@pytest.mark.parametrize(("spoil", "said"), DESIGNS, ids=lambda v: getattr(v, "__name__", ""))
def test_a_design_that_cannot_answer(run_project, monkeypatch, capsys, spoil, said):
    before = contents(run_project)
    spoil(run_project)
    code, printed = command(
        run_project, monkeypatch, capsys, "run", "small", "--data", str(run_project / "given")
    )
    assert code == 2, printed
    for part in said:
        assert part.lower() in printed.lower(), printed
    assert "Traceback" not in printed
    assert contents(run_project) == before


def test_nothing_left_to_compare_with(run_project, monkeypatch, capsys):
    """All cities start in the same month: after it nobody is untreated."""
    before = contents(run_project)
    nobody_to_compare_with(run_project)
    code, printed = command(
        run_project, monkeypatch, capsys, "run", "small", "--data", str(run_project / "given")
    )
    assert code == 2, printed
    assert "comparison" in printed.lower() or "compare" in printed.lower(), printed
    assert contents(run_project) == before


def test_a_study_that_does_not_exist(small_project, monkeypatch, capsys):
    code, printed = command(small_project, monkeypatch, capsys, "run", "smal")
    assert code == 2 and "did you mean 'small'" in printed


def test_a_data_folder_that_does_not_exist(small_project, monkeypatch, capsys):
    code, printed = command(
        small_project, monkeypatch, capsys, "run", "small", "--data", str(small_project / "nowhere")
    )
    assert code == 2 and "does not exist" in printed


def test_an_error_leaves_the_results_of_the_last_run(run_project, monkeypatch, capsys):
    before = contents(run_project)
    assert "figures/small/index.html" in before
    total_row(run_project)
    code, printed = command(
        run_project, monkeypatch, capsys, "run", "small", "--data", str(run_project / "given")
    )
    assert code == 2 and "合计" in printed
    assert contents(run_project) == before


def test_a_hospital_year_twice(project, shared, tmp_path, monkeypatch, capsys):
    """A report in which one hospital stands twice in one year."""
    place = project / "analysis/cities/switzerland.toml"
    declared = re.sub(r'sha256 = "[^"]*"\n', "", place.read_text(encoding="utf-8"))
    place.write_text(declared, encoding="utf-8")
    raw = (shared / "real/swiss_kzp/kzp-2008-2020-timeseries.csv").read_bytes()
    rows = raw.split(b"\n")
    given = tmp_path / "given/swiss_kzp"
    given.mkdir(parents=True)
    (given / "kzp-2008-2020-timeseries.csv").write_bytes(b"\n".join([*rows[:6], rows[5], *rows[6:]]))
    code, printed = command(
        project, monkeypatch, capsys, "run", "swissdrg", "--data", str(tmp_path / "given")
    )
    assert code == 2, printed
    assert "twice" in printed and "2008" in printed, printed
    assert "Traceback" not in printed
    assert written(project) == []


def test_a_published_total_that_does_not_agree(project, shared, monkeypatch, capsys):
    edit(project, "studies", "swissdrg", 'value = "170,928"', 'value = "170,929"')
    code, printed = command(project, monkeypatch, capsys, "run", "swissdrg", "--data", str(shared / "real"))
    assert code == 2, printed
    assert "170,929" in printed and "170,928" in printed
    assert written(project) == []
