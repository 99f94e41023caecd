"""What the contract of engines promises, kept by Spark as by the embedded engine."""

import pandas as pd
import pytest

from dipeval.errors import DataError, StudyError
from dipeval.store.engine import Engine
from dipeval.store.engines import engine_name, open_engine
from dipeval.store.record_key import RecordKey

ODD = [
    "plain",
    "with, comma",
    'with "quotes"',
    " spaces ",
    "line\nbreak",
    "=1+1",
    "back\\slash",
    "",
    None,
    "医院",
]


def odd_frame() -> pd.DataFrame:
    return pd.DataFrame({"k": range(len(ODD), 0, -1), "t": ODD, "n": [1.5, None, 1e16, -0.0, 1e-7] * 2})


@pytest.fixture
def embedded(tmp_path):
    with Engine(temp_directory=tmp_path / "embedded") as engine:
        yield engine


def test_tables_come_back_with_the_types_of_the_embedded_engine(spark, embedded):
    frames = []
    for engine in (embedded, spark):
        table = engine.small_table(odd_frame())
        made = table.mutate(
            gap=(table.k > 3).ifelse(table.k, None),
            flag=(table.k > 3).ifelse(table.k > 5, None),
            day=(table.k > 3).ifelse("2019-03-01", None).cast("date"),
        )
        frames.append(engine.to_frame(engine.stage(made), ("k",)))
    pd.testing.assert_frame_equal(*frames)


def test_whole_numbers_are_as_wide_as_declared(spark):
    import ibis

    table = spark.small_table(odd_frame())
    numbered = table.mutate(
        row=ibis.row_number().over(order_by="k"), rank=ibis.dense_rank().over(order_by="k")
    )
    for made in (spark.stage(numbered), spark.named(numbered)):
        assert made.schema()["row"].is_int64() and made.schema()["rank"].is_int64()
    assert spark.to_frame(numbered)["row"].dtype == "int64"


def test_csv_is_the_same_on_both_engines(spark, embedded, tmp_path):
    written = []
    for engine in (embedded, spark):
        place = tmp_path / f"{engine.name}.csv"
        table = engine.small_table(odd_frame())
        engine.write_csv(table.select("k", "t"), place, ("k",))
        written.append(pd.read_csv(place, keep_default_na=False).to_dict("list"))
    assert written[0] == written[1]
    assert written[0]["t"] == [text or "" for text in reversed(ODD)]


def test_parquet_is_the_same_bytes_each_time_and_read_by_both_engines(spark, embedded, tmp_path):
    places = [tmp_path / "new" / f"{k}.parquet" for k in range(2)]
    table = spark.small_table(odd_frame())
    for place in places:
        for _ in range(2):
            spark.write_parquet(table, place, ("k",))
    assert places[0].read_bytes() == places[1].read_bytes()
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["0.parquet", "1.parquet"]
    frames = [engine.to_frame(engine.scan_parquet(places[0])) for engine in (spark, embedded)]
    pd.testing.assert_frame_equal(*frames)
    assert frames[0]["k"].is_monotonic_increasing


def test_a_large_table_is_a_folder_of_parts_and_a_small_one_replaces_it(spark, embedded, tmp_path):
    place = tmp_path / "a.parquet"
    table = spark.small_table(odd_frame())
    cuts = [table.k < 4, (table.k >= 4) & (table.k < 8), table.k >= 8, table.k > 100]
    bytes_of = []
    for _ in range(2):
        spark.write_parquet(table, place, ("k",), cuts)
        bytes_of.append([(p.name, p.read_bytes()) for p in sorted(place.iterdir())])
    assert bytes_of[0] == bytes_of[1]
    assert [name for name, _ in bytes_of[0]] == [f"part-{k:05d}.parquet" for k in range(3)]
    middle = embedded.to_frame(embedded.scan_parquet(place / "part-00001.parquet"))
    assert middle["k"].tolist() == [4, 5, 6, 7] and list(middle.columns) == ["k", "t", "n"]
    frames = [engine.to_frame(engine.scan_parquet(place), ("k",)) for engine in (spark, embedded)]
    pd.testing.assert_frame_equal(*frames)
    assert frames[0]["k"].tolist() == list(range(1, 11))
    spark.write_parquet(spark.small_table(odd_frame().head(2)), place, ("k",))
    assert place.is_file()


def test_tables_of_the_catalog_are_found_or_named_with_their_neighbour(spark):
    spark.session.sql("CREATE DATABASE IF NOT EXISTS warehouse")
    spark.session.sql("CREATE OR REPLACE TEMPORARY VIEW hidden AS SELECT 1 AS a")
    spark.session.range(3).write.mode("overwrite").saveAsTable("warehouse.discharges")
    assert spark.count(spark.table("warehouse.discharges")) == 3
    with pytest.raises(DataError, match=r"warehouse\.discharges"):
        spark.table("warehouse.dischages")
    with pytest.raises(DataError, match="holds no table"):
        spark.table("no_such_schema.x")
    spark.session.sql("DROP DATABASE warehouse CASCADE")


def test_the_key_stands_in_no_plan_and_goes_with_the_engine(spark, spark_folder, tmp_path):
    from dipeval.schema.functions import keyed_hash
    from dipeval.store.spark import SparkEngine

    key = RecordKey(b"MARKED-SECRET-OF-A-TEST")
    with SparkEngine(spark.master, tmp_path / "keyed", spark_folder) as engine:
        engine.bring_key(key)
        table = engine.small_table(pd.DataFrame({"t": ["V1"]}))
        frame = engine.session.sql(engine.backend.compile(table.select(h=keyed_hash(table.t))))
        plan = frame._jdf.queryExecution().toString()
        assert frame.collect()[0].h == key.hash("V1")
    assert "dipeval_keyed_hash" in plan
    for secret in (b"MARKED-SECRET", *key.pads):
        assert secret.hex() not in plan.lower() and repr(secret)[2:-1] not in plan
    assert not spark.session.catalog.functionExists("dipeval_keyed_hash")


def test_nothing_of_an_engine_stays_behind(spark, spark_folder, tmp_path):
    from dipeval.store.spark import SparkEngine

    before = {view.name for view in spark.session.catalog.listTables()}
    with SparkEngine(spark.master, tmp_path / "short", spark_folder) as engine:
        engine.stage(engine.small_table(odd_frame()))
    assert list((tmp_path / "short").iterdir()) == []
    assert {view.name for view in spark.session.catalog.listTables()} == before


def test_a_process_has_one_session(spark, tmp_path):
    from dipeval.store.spark import SparkEngine

    engine = SparkEngine("sc://127.0.0.1:1", tmp_path)
    with pytest.raises(StudyError, match="one engine a process"):
        engine.__enter__()


@pytest.mark.parametrize(
    "name", ["spark", "duck", "spark://", "spark:/h:1", "sc://h", "spark://h:1;x", "SPARK:LOCAL"]
)
def test_an_unknown_engine_is_one_error(name):
    with pytest.raises(StudyError) as caught:
        engine_name(name)
    assert "spark:local" in str(caught.value) and len(caught.value.problems) == 1


@pytest.mark.parametrize(
    "name", ["duckdb", "spark:local", "spark://h-1.example:7077,h2:7077", "sc://h:15002/;use_ssl=true"]
)
def test_known_engines(name, monkeypatch):
    assert engine_name(name) == name
    monkeypatch.setenv("DIPEVAL_ENGINE", name)
    assert engine_name() == name and engine_name("duckdb") == "duckdb"


def test_the_embedded_engine_is_the_default(monkeypatch, tmp_path):
    monkeypatch.delenv("DIPEVAL_ENGINE", raising=False)
    with open_engine(engine_name(), tmp_path) as engine:
        assert isinstance(engine, Engine)


@pytest.mark.parametrize(
    ("master", "missing", "told"),
    [
        ("spark:local", "pyspark", r"pip install 'dipeval\[spark\]'"),
        ("sc://h:1", "grpc", "pip install"),
        ("spark:local", "java", "JAVA_HOME"),
        ("spark://127.0.0.1:1", "", "nothing answers at 127.0.0.1:1"),
    ],
)
def test_what_is_missing_is_said_with_the_next_step(monkeypatch, tmp_path, master, missing, told):
    import importlib.util

    from dipeval.store import spark_session
    from dipeval.store.spark import SparkEngine

    real = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == missing else real(name))
    monkeypatch.setattr(spark_session, "has_java", lambda: missing != "java")
    monkeypatch.setattr(spark_session, "_open", spark_session._Open())
    with pytest.raises(StudyError, match=told) as caught:
        SparkEngine(master, tmp_path / "t").__enter__()
    assert len(caught.value.problems) == 1
    assert list((tmp_path / "t").iterdir()) == []
