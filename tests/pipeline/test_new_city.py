"""`new city`: a draft from files as they come, which a person confirms and a study then runs with."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from dipeval import run_study
from dipeval.errors import DataError, StudyError
from dipeval.pipeline.new_city import new_city
from dipeval.pipeline.registries import registries
from dipeval.store.project import open_project

PAGE = "synthetic_anlan/discharges.csv"
LIST = "synthetic_chunxi/settlements.csv"
BOOK = "synthetic_dongpu/settlements.xlsx"


def draft_of(project: Path, name: str = "demo") -> str:
    return (project / f"analysis/cities/{name}.toml").read_text(encoding="utf-8")


def rewritten(project: Path, name: str, change, encoding: str = "gb18030", raw: str = PAGE) -> Path:
    """A copy of a raw file under another name, its text changed."""
    place = project / "handed_over" / name
    place.parent.mkdir(exist_ok=True)
    text = (project / "given" / raw).read_bytes().decode("gb18030" if raw == PAGE else "utf-8-sig")
    place.write_bytes(change(text).encode(encoding))
    return place


def unchanged(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("raw", "source"), [(PAGE, "front_page"), (LIST, "settlement_list"), (BOOK, "settlement_list")]
)
def test_a_draft_from_each_format(small_project, raw, source):
    told = new_city("demo", [small_project / "given" / raw], root=small_project)
    draft = tomllib.loads(draft_of(small_project))
    assert draft["city"]["source"] == source
    assert draft["files"][0]["path"] == f"demo/{Path(raw).name}"
    assert re.fullmatch("[0-9a-f]{64}", draft["files"][0]["sha256"])
    assert "100%" in told and "2018-07 to 2022-06" in told
    assert "put " in told and f"data_raw/demo/{Path(raw).name}" in told


def test_a_draft_is_refused_until_a_person_has_filled_it_in(small_project):
    new_city("demo", [small_project / "given" / PAGE], root=small_project)
    project = open_project(small_project)
    with pytest.raises(StudyError) as error:
        project.city("demo", registries())
    said = str(error.value)
    assert all(key in said for key in ("city.scheme", "dates.source", "dates.payment"))
    assert project.city("demo", registries(), draft=True).source == "front_page"


def filled(text: str) -> str:
    """What a person does with a draft."""
    text = text.replace('scheme = ""', 'scheme = "DIP"', 1).replace(
        "[city]\n", "[city]\nsynthetic = true\n", 1
    )
    return text.replace('source = ""  ', 'payment = "2020-01"\nsource = "invented"  ', 1)


def test_the_drafted_city_runs_once_its_dates_are_filled_in(small_project):
    """The same panel as with the city's own file, under another name."""
    new_city("demo", [small_project / "given" / PAGE], root=small_project, copy=True)
    assert (small_project / "data_raw/demo/discharges.csv").is_file()
    place = small_project / "analysis/cities/demo.toml"
    place.write_text(filled(place.read_text(encoding="utf-8")), encoding="utf-8")
    study = small_project / "analysis/studies/small.toml"
    two = 'cities = ["demo", "synthetic_mulan"]'
    text, count = re.subn(r"(?m)^cities = \[[^\]]*\]", two, study.read_text(encoding="utf-8"))
    assert count == 1
    study.write_text(text, encoding="utf-8")
    run_study("small", root=small_project, data=small_project / "given", only="panel")
    ledger = (small_project / "data_clean/small/panel/ledger.csv").read_text(encoding="utf-8")
    assert "clean,demo,window" in ledger


def test_an_existing_city_is_never_written_over(small_project):
    before = draft_of(small_project, "synthetic_anlan")
    with pytest.raises(StudyError, match="--force"):
        new_city("synthetic_anlan", [small_project / "given" / PAGE], root=small_project)
    assert draft_of(small_project, "synthetic_anlan") == before
    new_city("demo", [small_project / "given" / PAGE], root=small_project)
    new_city("demo", [small_project / "given" / LIST], root=small_project, force=True)
    assert tomllib.loads(draft_of(small_project))["city"]["source"] == "settlement_list"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("gb18030", None)],
)
def test_another_encoding_is_declared_for_the_file(small_project, encoding, declared):
    place = rewritten(small_project, "a.csv", unchanged, encoding)
    told = new_city("demo", [place], root=small_project)
    assert tomllib.loads(draft_of(small_project))["files"][0].get("encoding") == declared
    assert "Hospitals (6)" in told


def test_an_encoding_that_cannot_be_told_stops_and_a_person_may_say_it(small_project):
    place = rewritten(small_project, "a.csv", lambda t: t.replace("X", "é", 1), "utf-8")
    place.write_bytes(place.read_bytes() + b"\xff\xfe")
    with pytest.raises(DataError, match="--encoding"):
        new_city("demo", [place], root=small_project)
    assert not (small_project / "analysis/cities/demo.toml").exists()
    with pytest.raises(DataError, match="did you mean 'latin-1'"):
        new_city("demo", [place], root=small_project, encoding="latin1")


def test_title_rows_and_another_delimiter_are_declared(small_project):
    def change(text: str) -> str:
        rows = [re.sub('"[^"]*"', "x", line).replace(",", "\t") for line in text.splitlines()]
        return "\n".join(["某市出院病人", "", *rows]) + "\n"

    told = new_city("demo", [rewritten(small_project, "a.txt", change)], root=small_project)
    file = tomllib.loads(draft_of(small_project))["files"][0]
    assert (file["delimiter"], file["header_row"]) == ("\t", 3)
    assert "delimiter           tab" in told


def renamed(text: str) -> str:
    header, rest = text.split("\n", 1)
    return header.replace("ZFJE", "患者自付金额").replace("USERNAME", "机 构 名 称") + "\n" + rest


def test_a_renamed_header_is_proposed_and_never_taken(small_project):
    """Missing by its own name, the format fits no longer: the error says what comes near."""
    place = rewritten(small_project, "a.csv", renamed)
    with pytest.raises(StudyError) as error:
        new_city("demo", [place], root=small_project)
    said = str(error.value)
    assert "'患者自付金额' is near '自付金额' of self_paid" in said and "front_page" in said
    assert "--source NEWNAME" in said and "total_cost" in said
    assert not (small_project / "analysis/cities/demo.toml").exists()


def test_a_format_of_its_own_is_drafted(small_project):
    place = rewritten(small_project, "a.csv", renamed)
    new_city("demo", [place], root=small_project, source="demo_page")
    text = (small_project / "analysis/sources/demo_page.toml").read_text(encoding="utf-8")
    drafted = tomllib.loads(text)
    assert drafted["source"]["title_en"] == "" and drafted["source"]["name"] == "demo_page"
    near = [line for line in text.splitlines() if "患者自付金额" in line]
    assert near and all(line.startswith("# ?") for line in near)
    assert not any("患者自付金额" in str(c["items"]) for c in drafted["columns"].values())
    assert tomllib.loads(draft_of(small_project))["city"]["source"] == "demo_page"
    project = open_project(small_project)
    with pytest.raises(StudyError, match="title_en"):
        project.source("demo_page")
    filled_in = text.replace('= ""    # fill in', '= "said by a person"')
    (small_project / "analysis/sources/demo_page.toml").write_text(filled_in, encoding="utf-8")
    assert project.source("demo_page").columns["total_cost"].unit == "yuan"


def test_unknown_codes_with_counts_and_small_ones_hidden(small_project):
    def change(text: str) -> str:
        header, *rows = text.splitlines()
        at = header.split(",").index("XB")
        made = []
        for k, row in enumerate(rows):
            cells = re.sub('"[^"]*"', "x", row).split(",")
            cells[at] = "男性" if k < 30 else "未说明的性别" if k < 33 else cells[at]
            made.append(",".join(cells))
        return "\n".join([header, *made]) + "\n"

    told = new_city("demo", [rewritten(small_project, "a.csv", change)], root=small_project)
    lines = {line.split()[1]: line for line in told.splitlines() if line.strip().startswith("sex ")}
    assert "30" in lines["'男性'"] and "nearest: '男' = male" in lines["'男性'"]
    assert "<10" in lines["'未说明的性别'"]


def test_a_coded_column_full_of_words_shows_none_of_them(small_project):
    def change(text: str) -> str:
        header, *rows = text.splitlines()
        at = header.split(",").index("XB")
        cells = [re.sub('"[^"]*"', "x", row).split(",") for row in rows]
        made = [",".join([*row[:at], f"某人{k}", *row[at + 1 :]]) for k, row in enumerate(cells)]
        return "\n".join([header, *made]) + "\n"

    told = new_city("demo", [rewritten(small_project, "a.csv", change)], root=small_project)
    assert "某人" not in told and "某人" not in draft_of(small_project)
    assert "so it is no coded column" in told


def test_ten_thousand_yuan_is_proposed_as_a_comment(small_project):
    told = new_city("demo", [small_project / "given" / BOOK], root=small_project)
    text = draft_of(small_project)
    assert '# total_cost = "ten_thousand_yuan"' in text and '# drug_cost = "ten_thousand_yuan"' in text
    assert "units" not in tomllib.loads(text)
    assert "the median stay would cost" in told


def test_units_that_headers_name_are_proposed_for_their_file(small_project):
    def change(text: str) -> str:
        header, rest = text.split("\n", 1)
        return header.replace("ZFY,", "总费用（万元）,").replace("ZFJE", "ZFJE(元)") + "\n" + rest

    told = new_city("demo", [rewritten(small_project, "a.csv", change)], root=small_project)
    text = draft_of(small_project)
    assert '# units = { total_cost = "ten_thousand_yuan" }' in text
    assert "units" not in tomllib.loads(text)["files"][0]
    assert "ten_thousand_yuan: the header says so" in told and "Reading stops" not in told


def test_no_value_of_an_identifying_column_is_in_the_draft(small_project):
    def hidden(text: str) -> str:
        header, rest = text.split("\n", 1)
        return header.replace("XM", "XM").replace("LXDH", "病人手机") + "\n" + rest

    place = rewritten(small_project, "a.csv", hidden)
    told = new_city("demo", [place], root=small_project)
    written = told + draft_of(small_project)
    lines = place.read_bytes().decode("gb18030").splitlines()
    assert "虚拟患者" in lines[1]
    for word in ("虚拟患者", "虚拟路", "XN0"):
        assert word not in written
    assert "'病人手机'" not in tomllib.loads(draft_of(small_project)).get("headers", {})
    assert "may identify a person" in written


def test_hostile_headers_stay_inside_their_comments(small_project):
    hostile = '"x\n[evil]\ny = ""1""\x1b[31m\u2028z"'

    def change(text: str) -> str:
        header, rest = text.split("\n", 1)
        return f"{header.rstrip()},{hostile}\n" + "\n".join(f"{row}," for row in rest.splitlines()) + "\n"

    told = new_city("demo", [rewritten(small_project, "a.csv", change)], root=small_project)
    text = draft_of(small_project)
    assert set(tomllib.loads(text)) == {"city", "files", "dates"}
    assert "evil" in text and "\x1b" not in text + told and "\u2028" not in text


def test_rows_that_are_no_table_are_told_in_the_draft(small_project):
    place = rewritten(small_project, "a.csv", lambda text: text + "1,2,3\n")
    told = new_city("demo", [place], root=small_project)
    assert "Reading stops here" in told and "too few fields" in told or "looks cut off" in told


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["nowhere.csv"], "no such file"),
        (["given"], "is a folder"),
        (["given/" + PAGE, "copy/discharges.csv"], "two files have this name"),
        (["empty.csv"], "0 bytes"),
    ],
)
def test_files_that_cannot_be_taken(small_project, files, said):
    (small_project / "empty.csv").touch()
    (small_project / "copy").mkdir()
    shutil.copy(small_project / "given" / PAGE, small_project / "copy/discharges.csv")
    with pytest.raises(DataError, match=said):
        new_city("demo", [small_project / name for name in files], root=small_project)


def test_a_wrong_name(small_project):
    for name in ("../demo", "Demo", ""):
        with pytest.raises(StudyError):
            new_city(name, [small_project / "given" / PAGE], root=small_project)


def test_the_same_files_give_the_same_draft(small_project):
    for name in ("one", "two"):
        new_city(
            name,
            [small_project / "given" / PAGE, small_project / "given/synthetic_mulan/discharges.csv"][:1],
            root=small_project,
        )
    assert draft_of(small_project, "one") == draft_of(small_project, "two").replace("two", "one")
