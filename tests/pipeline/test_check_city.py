"""`check city`: one city cleaned and shown, for itself or for a study."""

import csv
import io
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.city_plan import check_city
from dipeval.pipeline.new_city import new_city

ANLAN = "synthetic_anlan"
HOSTILE = "<script>alert(1)</script>"
PLANTED = ("虚拟患者", "虚拟路", "虚拟小区", "XN0")


@pytest.fixture(scope="module")
def checked(simulated_small, tmp_path_factory):
    """A draft of a city from spoilt files, checked by itself: the project, the page and the table."""
    project = tmp_path_factory.mktemp("check") / "project"
    shutil.copytree(simulated_small / "analysis", project / "analysis")
    given = project / "given"
    given.mkdir()
    spoil(simulated_small / f"data_raw/{ANLAN}/discharges.csv", given / "a.csv")
    new_city("demo", [given / "a.csv"], root=project)
    told, page = check_city("demo", root=project, data=given)
    return project, told, (project / page).read_text(encoding="utf-8")


def spoil(source: Path, target: Path) -> None:
    """Months of one hospital gone, a column blank from 2021 on, a hostile name."""
    rows = list(csv.reader(io.StringIO(source.read_bytes().decode("gb18030"))))
    at = {name: k for k, name in enumerate(rows[0])}
    kept = [rows[0]]
    for row in rows[1:]:
        month = row[at["CYSJ"]][:7]
        if row[at["ZZJGDM"]].endswith("001") and month in ("2020-03", "2020-04"):
            continue
        if month >= "2021-01":
            row[at["LYFS"]] = "-"
        row[at["USERNAME"]] += HOSTILE
        kept.append(row)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(kept)
    target.write_bytes(text.getvalue().encode("gb18030"))


def ledger(project: Path) -> pd.DataFrame:
    return pd.read_csv(project / "data_clean/demo/clean/ledger.csv")


def test_the_page_and_the_table_hold_the_ledger_and_it_adds_up(checked):
    project, told, page = checked
    entries = ledger(project)
    read = entries.loc[entries["rule"] == "rows_read", "rows_before"].sum()
    kept = entries["rows_after"].iloc[-1]
    stays = pd.read_parquet(project / "data_clean/demo/clean/discharges.parquet")
    rejects = pd.read_csv(project / "data_clean/demo/clean/rejects.csv")
    assert len(stays) == kept and read == kept + len(rejects) and len(rejects) > 0
    said = f"{read:,} rows read = {kept:,} clean stays + {len(rejects):,} rejected"
    assert said in told and said in page
    for entry in entries[entries["rows_rejected"] > 0].itertuples():
        assert re.search(rf"{entry.rule} .*{entry.rows_rejected:,} .*{entry.rows_after:,}", told)
        assert f'<td class="n">{entry.rows_rejected:,}</td>' in page


def test_rejected_rows_are_named_by_file_and_row(checked):
    project, told, page = checked
    rejects = pd.read_csv(project / "data_clean/demo/clean/rejects.csv")
    for rule, rows in rejects.groupby("rule"):
        first = sorted(rows["source_row"])[0]
        assert f"demo/a.csv: {first}" in told and f"demo/a.csv: {first}" in page, rule


def test_what_is_wrong_is_said(checked):
    _, told, page = checked
    for said in (
        "no stay in 2 months",
        "2020-03, 2020-04",
        "disposition (Discharge disposition) moved from 2020Q4",
    ):
        assert said in told and said in page
    assert re.search(r"disposition +Discharge disposition +3\d\.\d% +100\.0%", told)
    assert "The city file is a draft" in told


def test_the_page_asks_for_nothing_and_escapes_what_files_say(checked):
    _, told, page = checked
    assert HOSTILE not in page and "&lt;script&gt;alert(1)" in page
    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [] and "http" not in page.replace("http-equiv", "")
    assert page.count("<script>") == 1 and "default-src 'none'" in page


def test_both_languages(checked):
    project, told, page = checked
    chinese, _ = check_city("demo", language="zh", root=project, data=project / "given")
    assert "需要核对的问题" in chinese and "需要核对的问题" in page and "What to look at" in page
    with pytest.raises(StudyError, match="did you mean"):
        check_city("demo", language="zhh", root=project)


def test_a_second_call_does_nothing(checked):
    project, told, _ = checked
    lines = []
    again, _ = check_city("demo", root=project, data=project / "given", say=lines.append)
    assert again == told and lines == []


def test_a_second_run_gives_the_same_bytes(checked):
    project, _, _ = checked
    folder = project / "data_clean/demo"
    before = {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    shutil.rmtree(project / "data_clean")
    check_city("demo", root=project, data=project / "given")
    after = {p.relative_to(folder): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    assert after == before and len(after) > 8


def test_small_cells_are_nowhere_on_the_page(checked):
    """A hospital's month of fewer than ten stays is hidden, in the page and in the frame beside it."""
    project, _, page = checked
    stays = pd.read_parquet(project / "data_clean/demo/clean/discharges.parquet")
    months = stays.groupby(["hospital", pd.to_datetime(stays["discharge_date"]).dt.strftime("%Y-%m")]).size()
    small, large = months[months < 10], months[months >= 10]
    assert len(small) > 20 and len(large) > 20
    frame = pd.read_csv(project / "data_clean/demo/check/coverage.csv").set_index(["line", "period"])
    assert frame.loc[small.index, ["value", "count"]].isna().all(axis=None)
    assert (frame.loc[large.index, "value"] == large).all()
    coverage = page[page.index('id="coverage"') : page.index('id="missing"')]
    assert not re.search(r'title="\d{4}-\d{2}: [1-9]"', coverage)
    assert coverage.count("fewer than 10, hidden") == len(small) + 1


def test_no_identifier_in_any_byte(checked):
    project, told, _ = checked
    raw = (project / "given/a.csv").read_bytes().decode("gb18030")
    assert all(word in raw for word in PLANTED)
    for path in sorted((project / "data_clean").rglob("*")):
        if path.is_file() and path.suffix != ".parquet":
            content = path.read_bytes()
            found = [
                word for word in PLANTED if word.encode() in content or word.encode("gb18030") in content
            ]
            assert found == [], path


def test_for_a_study_its_window_and_population_hold(checked):
    project, _, _ = checked
    place = project / "given" / ANLAN
    place.mkdir(exist_ok=True)
    shutil.copy(project / "given/a.csv", place / "discharges.csv")
    text = (project / "analysis/studies/small.toml").read_text(encoding="utf-8")
    (project / "analysis/studies/short.toml").write_text(
        text.replace('"small"', '"short"', 1)
        .replace('start = "2018-07"', 'start = "2019-01"', 1)
        .replace('end = "2022-06"', 'end = "2020-12"', 1),
        encoding="utf-8",
    )
    told, page = check_city(ANLAN, study="short", root=project, data=project / "given")
    assert page == f"data_clean/short/check/{ANLAN}/index.html"
    assert "for the study short" in told and "2019-01 – 2020-12" in told
    assert re.search(r"\n +window ", told) and re.search(r"\n +population ", told)


def test_what_cannot_be_checked(checked):
    project, _, _ = checked
    with pytest.raises(StudyError, match="has no city 'demo'"):
        check_city("demo", study="small", root=project, data=project / "given")
    with pytest.raises(StudyError, match="dipeval check STUDY"):
        check_city("switzerland", root=project)
    with pytest.raises(StudyError, match="did you mean"):
        check_city("synthetic_anlam", root=project)
