"""Every identifying cell of every format carries a mark; no byte that a run writes holds one.

Searched are all files that a run leaves below its project and its folder for the system's temporary
files, the tables inside Parquet files, the engine's own database while it is open, what is said on the
way, and every error. With a key and without one.
"""

import shutil
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dipeval import run_study
from dipeval.errors import DipevalError
from dipeval.pipeline.city_plan import check_city
from dipeval.pipeline.new_city import new_city
from dipeval.store.engine import Engine
from dipeval.store.record_key import RecordKey
from dipeval.study import parse_source

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"a key of the tests, no secret"
CODECS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


def source_of(name: str):
    return parse_source((ROOT / f"analysis/sources/{name}.toml").read_text(encoding="utf-8"), name, name)


FORMATS = [
    name
    for name in sorted(p.stem for p in (ROOT / "analysis/sources").glob("*.toml"))
    if source_of(name).layer == "discharges"
]


def some_at_once(*names: str) -> list:
    """All formats; those not named take their turn with the slow tests."""
    return [pytest.param(name, marks=() if name in names else pytest.mark.slow) for name in FORMATS]


CITY = """
[city]
name = "marked"
label_en = "Marked"
label_zh = "标注"
synthetic = true
scheme = "DIP"
source = "{source}"
obtain = "written by a test"
[[files]]
path = "marked/{file}"
[dates]
never = true
source = "invented"
"""


@pytest.fixture
def words(marked_files):
    return [*marked_files.WORDS, marked_files.NUMBER]


@pytest.fixture
def prepare(project, tmp_path, marked_files, monkeypatch):
    """A project with one city whose file is marked; its temporary files lie in a folder of their own."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))

    def make(name: str, **options):
        source = source_of(name)
        marked = marked_files.marked_file(source, **options)
        file = f"stays.{source.format}"
        place = project / "given/marked" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(marked.content)
        city = CITY.format(source=name, file=file)
        (project / "analysis/cities/marked.toml").write_text(city, encoding="utf-8")
        text = (project / "analysis/studies/synthetic.toml").read_text(encoding="utf-8")
        head, rest = text.split("cities = [", 1)
        rest = rest.split("]", 1)[1].split("[data.keep]")[0]
        tail = text.split("[design]")[1].split("[simulate]")[0]
        outcome = 'names = ["mean_log_total_cost"]\n\n[estimate]' + tail.split("[estimate]")[1]
        study = head.replace('name = "synthetic"', 'name = "marked"') + 'cities = ["marked"]' + rest
        study += "[design]" + tail.split("[outcomes]")[0] + "[outcomes]\n" + outcome
        study = study.replace('start = "2018-07"', 'start = "2019-01"').replace('"2022-06"', '"2019-12"')
        (project / "analysis/studies/marked.toml").write_text(study, encoding="utf-8")
        return project, temporary, marked

    return make


def holds(content: bytes, words: list[str]) -> list[str]:
    return [word for word in words if any(word.encode(codec) in content for codec in CODECS)]


def searched(folder: Path, words: list[str]) -> int:
    """Search every file below a folder, Parquet also decoded; return how many there were."""
    count = 0
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        count += 1
        assert not holds(path.read_bytes(), words), path
        assert not holds(str(path).encode(), words), path
        if path.suffix == ".parquet":
            frame = pd.read_parquet(path)
            for column in frame:
                assert not holds("\n".join(map(str, frame[column])).encode(), words), (path, column)
    return count


def search_database(place: Path, words: list[str]) -> int:
    """Search all columns of all tables of an engine's database; return how many tables there were."""
    with duckdb.connect(str(place)) as database:
        tables = [row[0] for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        for table in tables:
            frame = database.execute(f'SELECT * FROM "{table}"').df()
            for column in frame:
                assert not holds("\n".join(map(str, frame[column])).encode(), words), (table, column)
    return len(tables)


@pytest.fixture
def while_open(monkeypatch, tmp_path, words):
    """Search what the engine has on disk, and its tables, each time it is about to be closed."""
    seen = []
    close = Engine.close

    def searching(engine: Engine) -> None:
        engine.run("CHECKPOINT")
        left = tmp_path / f"left_{len(seen)}"
        shutil.copytree(engine.folder, left)
        close(engine)
        files = searched(left, words)
        seen.append((files, sum(search_database(p, words) for p in left.rglob("*.duckdb"))))
        shutil.rmtree(left)

    monkeypatch.setattr(Engine, "close", searching)
    return seen


@pytest.mark.parametrize("name", some_at_once("front_page", "settlement_list_long", "clearing_export"))
@pytest.mark.parametrize("is_keyed", [False, True], ids=["without", "keyed"])
def test_no_mark_in_any_byte(prepare, tmp_path, words, while_open, name, is_keyed):
    spoil = {3: "copy", 5: "negative"}
    project, temporary, marked = prepare(name, spoil=spoil)
    assert all(word in marked.text for word in words)
    key = tmp_path / "one.key"
    key.write_bytes(SECRET)
    said: list[str] = []
    options = {"data": project / "given", "root": project, "say": said.append}
    run_study("marked", only="panel", key_file=key if is_keyed else None, **options)
    assert searched(project / "data_clean", words) > 5
    searched(project / "figures", words)
    searched(temporary, words)
    assert while_open and any(tables for _, tables in while_open)
    assert not holds("\n".join(said).encode(), words)
    frame = pd.read_parquet(project / "data_clean/marked/discharges/marked/discharges.parquet")
    assert len(frame) >= 55
    records = [name for name in marked.numbers if name in frame]
    assert records == (list(marked.numbers) if is_keyed else [])
    for column in records:
        expected = {RecordKey(SECRET).hash(number) for number in marked.numbers[column]}
        assert set(frame[column]) <= expected and frame[column].notna().all()


@pytest.mark.slow
def test_no_mark_in_the_check_of_a_city_or_its_draft(prepare, words, while_open):
    """With rows to reject, a person's number as it is drafted, and every page and table of the check."""
    project, temporary, _ = prepare("front_page", spoil={3: "copy", 5: "negative"})
    said: list[str] = []
    told, _ = check_city("marked", root=project, data=project / "given", say=said.append)
    assert not holds("\n".join([told, *said]).encode(), words)
    assert searched(project / "data_clean", words) > 8
    drafted = new_city("drafted", [project / "given/marked/stays.csv"], root=project)
    assert not holds(drafted.encode(), words)
    for path in [*project.glob("analysis/*/drafted*"), *project.glob("analysis/*/marked*")]:
        assert not holds(path.read_bytes(), words), path
    searched(project / "data_clean", words)
    searched(temporary, words)


@pytest.mark.parametrize("name", some_at_once("front_page"))
@pytest.mark.parametrize("spoil", ["fields", "number", "date", "code"])
def test_no_mark_in_an_error(prepare, words, name, spoil):
    if spoil == "fields" and source_of(name).format == "xlsx":
        pytest.skip("a row of a sheet has as many fields as it has cells")
    if spoil == "code" and not {"sex", "disposition"} & {*source_of(name).columns}:
        pytest.skip("the format has no code that the file spoils")
    project, temporary, _ = prepare(name, spoil={4: spoil}, rows=8)
    with pytest.raises(DipevalError) as caught:
        run_study("marked", root=project, data=project / "given", only="panel")
    assert not holds(str(caught.value).encode(), words) and "stays." in str(caught.value)
    assert not (project / "data_clean/marked").exists()
    searched(project / "data_clean", words)
    searched(temporary, words)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda text: text.replace("\n", '\n"', 1),
        lambda text: text.split("\n", 1)[1],
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("MARKED", "MARKED\udce9"),
    ],
    ids=["open quote", "no header", "cut off", "undecodable"],
)
def test_no_mark_in_an_error_of_the_whole_file(prepare, words, spoiled):
    project, temporary, marked = prepare("front_page", rows=8)
    place = project / "given/marked/stays.csv"
    place.write_bytes(spoiled(marked.text).encode("utf-8", "surrogateescape"))
    with pytest.raises(DipevalError) as caught:
        run_study("marked", root=project, data=project / "given", only="panel")
    assert not holds(str(caught.value).encode(), words)
    searched(project / "data_clean", words)
    searched(temporary, words)


def test_a_mark_would_be_found(tmp_path, words):
    """In every encoding, and inside a compressed page."""
    for codec in CODECS:
        (tmp_path / "a.bin").write_bytes(b"\0\1" + f"x{words[0]}y".encode(codec))
        with pytest.raises(AssertionError):
            searched(tmp_path, words)
    (tmp_path / "a.bin").unlink()
    pd.DataFrame({"a": [words[0]] * 1000}).to_parquet(tmp_path / "a.parquet", compression="zstd")
    with pytest.raises(AssertionError):
        searched(tmp_path, words)
    with duckdb.connect(str(tmp_path / "e.duckdb")) as database:
        database.execute(f"CREATE TABLE t AS SELECT '{words[0]}' || range AS a FROM range(10)")
    with pytest.raises(AssertionError):
        search_database(tmp_path / "e.duckdb", words)
