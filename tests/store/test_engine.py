"""The engine: no result depends on threads, nothing is downloaded, nothing stays behind."""

import unicodedata

import pytest

from dipeval.errors import DataError
from dipeval.store.engine import Engine
from dipeval.store.workbook import cell_text


def numbers(engine):
    query = "SELECT i AS k, (i * 7919) % 1000 AS v, 'name ' || (i % 13) AS t FROM range(400000) r(i)"
    return engine.view(query)


def test_written_bytes_do_not_depend_on_threads(tmp_path):
    written = []
    for k, threads in enumerate((1, 2, 4)):
        with Engine(threads=threads, memory_limit="500MB") as engine:
            place = tmp_path / f"{k}.parquet"
            staged = engine.stage(numbers(engine))
            engine.write_parquet(staged, place, ("v", "k"))
            written.append(place.read_bytes())
    assert written[0] == written[1] == written[2]


def test_a_table_can_be_written_over_and_read(tmp_path):
    with Engine(temp_directory=tmp_path / "t") as engine:
        place = tmp_path / "new folder" / "a'b.parquet"
        for _ in range(2):
            engine.write_parquet(numbers(engine), place, ("k",))
        back = engine.scan_parquet(place)
        assert engine.count(back) == 400_000
        assert engine.to_frame(back.filter(back.k < 3), ("k",))["v"].tolist() == [0, 919, 838]


def test_extensions_are_never_installed():
    with Engine() as engine:
        names = ("autoinstall_known_extensions", "autoload_known_extensions")
        found = [engine.run(f"SELECT current_setting('{name}')")[0][0] for name in names]
    assert found == [False, False]


def test_memory_and_threads_are_as_asked():
    with Engine(memory_limit="512MiB", threads=3) as engine:
        assert engine.run("SELECT current_setting('threads')")[0][0] == 3
        assert engine.run("SELECT current_setting('memory_limit')")[0][0] == "512.0 MiB"


def test_the_folder_goes_even_when_an_error_ends_the_block(tmp_path):
    with pytest.raises(RuntimeError), Engine(temp_directory=tmp_path) as engine:
        engine.stage(numbers(engine))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_more_rows_than_memory(tmp_path):
    with Engine(memory_limit="120MB", threads=2, temp_directory=tmp_path) as engine:
        wide = engine.view("SELECT i, repeat('x', 100) || i AS t FROM range(3000000) r(i)")
        assert engine.count(engine.stage(wide)) == 3_000_000


ODD = [
    "plain",
    "ＡＢＣ",
    "①",
    "㈱某",
    "ﾊﾟ",
    "e\u0301",
    "가",
    "각",
    "𝐀",
    "某医院（东院）",
    " x\t",
    "\u3000x\u00a0",
    "ﬁ",
    "½",
]


@pytest.mark.parametrize("text", ODD)
def test_folding_is_exact(text):
    with Engine() as engine:
        literal = text.replace("'", "''")
        found = engine.run(f"SELECT dipeval_folded('{literal}')")[0][0]
    assert found == unicodedata.normalize("NFKC", text).strip(" \t\u00a0\u3000")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1234, "0.1234"),
        (15.0, "15"),
        (0.1 + 0.2, "0.3"),
        (123456.78, "123456.78"),
        (1e15, "1000000000000000"),
        (1e16, "10000000000000000"),
        (0.000012, "0.000012"),
        (-2.50, "-2.5"),
        (True, "1"),
        ("00123", "00123"),
    ],
)
def test_numbers_of_spreadsheets_are_text_without_artefacts(value, text):
    assert cell_text(value) == text


def test_a_csv_is_written_in_order_with_a_header(tmp_path):
    place = tmp_path / "rejects" / "a.csv"
    with Engine(temp_directory=tmp_path / "t") as engine:
        query = "SELECT * FROM (VALUES (2, 'a,\"b\"'), (1, NULL), (3, '医院')) r(k, t)"
        engine.write_csv(engine.view(query), place, ("k",))
    assert place.read_text(encoding="utf-8") == 'k,t\n1,\n2,"a,""b"""\n3,医院\n'


def test_a_table_of_a_database_file_is_read_and_never_written(tmp_path):
    import duckdb

    file = tmp_path / "it's a warehouse.duckdb"
    with duckdb.connect(str(file)) as other:
        other.execute('CREATE SCHEMA "2019"; CREATE TABLE "2019"."front page" AS SELECT 7 AS "住院费"')
        other.execute("CREATE VIEW seen AS SELECT 1 AS a")
    with Engine(temp_directory=tmp_path / "t") as engine:
        found = engine.to_frame(engine.table("2019.front page", file))
        assert found.to_dict("list") == {"住院费": [7]}
        assert engine.count(engine.table("seen", file)) == 1
        with pytest.raises(duckdb.Error, match="read-only"):
            engine.run("CREATE TABLE warehouse_1.main.new AS SELECT 2 AS a")


def test_a_table_that_is_not_there_is_named_with_its_neighbour(tmp_path):
    import duckdb

    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as other:
        other.execute("CREATE TABLE discharges AS SELECT 7 AS a")
    with Engine(temp_directory=tmp_path / "t") as engine, pytest.raises(DataError, match="discharges"):
        engine.table("dicharges", file)


def test_folding_is_exact_for_every_character_at_every_place():
    """What needs no folding passes by the exact function: no character may pass that it would change."""
    from dipeval.schema.text import normalised_cell

    points = [p for p in range(1, 0x11000) if not 0xD800 <= p < 0xE000]
    with Engine() as engine:
        engine.run(
            "CREATE TABLE given AS SELECT chr(p::INT) AS c FROM range(1, 69632) r(p)"
            " WHERE p NOT BETWEEN 55296 AND 57343"
        )
        columns = ", ".join(
            f"dipeval_folded({text})" for text in ("c", "'医' || c", "c || 'x'", "'x' || c || '医'")
        )
        found = engine.run(f"SELECT c, {columns} FROM given ORDER BY ord(c)")
    assert len(found) == len(points)
    for c, *folded in found:
        assert folded == [normalised_cell(text) for text in (c, "医" + c, c + "x", "x" + c + "医")], ascii(c)
