"""Every function that an engine brings gives the same on both engines, for all that people write."""

import itertools
import re

import pandas as pd

from dipeval.schema import functions
from dipeval.schema.text import may_change
from dipeval.store.embedded_functions import MOST_PLACES, macros
from dipeval.store.engine import Engine
from dipeval.store.record_key import RecordKey
from dipeval.store.spark_functions import STABLE, sql_functions

KEY = RecordKey(b"a key for tests, no secret")
SPACES = ("", " ", "\t", "\n", "\r\n", "\v", "\f", "\u00a0", "\u3000", "\u200b", "\ufeff", "\x1f")
DIGITS = (
    *(
        "0",
        "1",
        "-1",
        "+1",
        "--1",
        "1.",
        ".5",
        "-.5",
        ".",
        "-",
        "",
        "1.5",
        "1.50",
        "1.500",
        "12.345",
        "00012.50",
    ),
    *(
        "1_000",
        "1__0",
        "_1",
        "1_",
        "1_0.5",
        "1.5_0",
        "1,234",
        "1,234.50",
        "12,5",
        "1,23",
        "1,2345",
        "-1,234,567",
    ),
    *(
        "1e3",
        "1E+05",
        "1.2E+05",
        "1.2e-3",
        "1.e5",
        "e1",
        "1e",
        "1d",
        "1f",
        "1D",
        "1L",
        "0x1F",
        "0b1",
        "1 2",
        "- 1",
    ),
    *("999999999999999", "9999999999999", "99999999999999.99", "123456789012.345678", "-9999999999999.99"),
    *(
        "9007199254740993",
        "0.1",
        "2.5",
        "0.30000000000000004",
        "1e400",
        "-1e-400",
        "4.9e-324",
        "inf",
        "-inf",
        "NaN",
    ),
    *(
        "Infinity",
        "nan",
        "１２．５",
        "①",
        "½",
        "￥1,234.50",
        "-¥12",
        "$ 5",
        "¥-5",
        "1.2万",
        "١٢",
        "五",
        "1\x00",
        "1'1",
        '"1"',
    ),
)
TEXTS = (
    *(
        "plain",
        "ＡＢＣ",
        "㈱某",
        "ﾊﾟ",
        "e\u0301",
        "각",
        "가",
        "𝐀",
        "某医院（东院）",
        "ﬁ",
        "Ǆ",
        "ß",
        "ſ",
        "İ",
        "x",
        "X",
        "a\\b",
    ),
    *("\ufffd", "🏥", "\ud7a3", "H0012", "47.0100", "张三", "$1", "\\1", "${Y}", "%Y"),
)
DAYS = (
    *(
        "2019-03-01",
        "2019-3-1",
        "2019/03/01",
        "2019/3/1",
        "2019 03 01",
        "2019-03/01",
        "20190301",
        "2019301",
        "201931",
    ),
    *(
        "2019-02-29",
        "2020-02-29",
        "2019-00-10",
        "2019-13-01",
        "2019-04-31",
        "0001-01-01",
        "9999-12-31",
        "19-03-01",
    ),
    *(
        "02019-03-1",
        "2019-003-1",
        "2019-03-1T",
        "2019-3-1 x",
        "2019-03-01 10:20:30",
        "2019-03-01 1:2:3",
        "epoch",
    ),
    *(
        "2019-03-01 25:00:00",
        "2019-03-01T10:20:30",
        "01/03/2019",
        "1/3/19",
        "2019年3月1日",
        "201903",
        "20193",
        "2019Q1",
    ),
    *(
        "2019-03-01x",
        "-2019-3-1",
        "2019-3-1 BC",
        "2019\\3\\1",
        "２０１９-03-01",
        "2019.03.01",
        "infinity",
        "1582-10-10",
    ),
    *("2019-03-01 10:20:30.5", "2019-03-01 10:20", "99999-1-1", "2019--3-1", "2019-3-", "2019"),
)
FORMS = (
    *("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d/%m/%Y", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m", "%Y-%m-%d %H:%M:%S"),
    *("%Y-%m-%dT%H:%M:%S",),
)


def texts() -> pd.DataFrame:
    """Every text, alone and with white space around it; and none."""
    around = [
        f"{one}{text}{two}"
        for text in ("1.5", "2019-3-1", "某")
        for one, two in itertools.product(SPACES, SPACES)
    ]
    known = list(dict.fromkeys([*DIGITS, *TEXTS, *DAYS, *around]))
    return pd.DataFrame({"k": range(len(known) + 1), "t": [*known, None]})


def everything(table):
    """All functions of one text, beside it."""
    text = table.t
    made = {
        "folded": functions.folded(text),
        "plain_decimal": functions.plain_decimal(text),
        "iso_day": functions.iso_day(text),
        "finite_number": functions.finite_number(text),
        "keyed_hash": functions.keyed_hash(text),
    }
    made |= {f"minor_{p}": functions.minor_units(p)(text) for p in range(MOST_PLACES + 1)}
    made |= {f"day_{k}": functions.parsed_day(text, form) for k, form in enumerate(FORMS)}
    made["minor_of_plain"] = functions.minor_units(2)(functions.plain_decimal(text))
    return table.select("k", "t", **made)


def test_each_function_of_one_engine_is_brought_by_the_other():
    brought = {name.removeprefix("dipeval_") for name in sql_functions()}
    assert brought == set(macros())


def in_python(pattern: str) -> re.Pattern:
    """A class of characters of an engine, in Python's words."""
    return re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda m: f"\\U{int(m[1], 16):08X}", pattern))


def test_what_spark_does_not_fold_is_never_folded():
    stable, changed = in_python(f"[{STABLE}]"), in_python(may_change())
    told = [c for c in map(chr, range(0x11_0000)) if stable.match(c)]
    assert len(told) > 20_000
    assert not [c for c in told if changed.match(c)]


def test_both_engines_read_every_text_alike(spark, tmp_path):
    frame = texts()
    found = []
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            engine.bring_key(KEY)
            found.append(engine.to_frame(everything(engine.small_table(frame)), ("k",)))
    one, two = found
    assert list(one.columns) == list(two.columns)
    wrong = {}
    for name in one.columns:
        differ = ~(
            (one[name] == two[name]).fillna(False).astype(bool) | (one[name].isna() & two[name].isna())
        )
        if differ.any():
            pairs = zip(one.loc[differ, "t"], one.loc[differ, name], two.loc[differ, name], strict=True)
            wrong[name] = [tuple(map(repr, pair)) for pair in pairs]
    assert not wrong
    assert one["iso_day"].notna().sum() > 5 and one["minor_2"].notna().sum() > 20
    assert one["keyed_hash"].dropna().tolist() == [hashed(t) for t in frame["t"].dropna()]


def hashed(text: str) -> str:
    """The hash that the engines make of a text that is folded already."""
    from dipeval.store.record_key import HASH_DIGITS, UPPER

    return KEY._digest(text.translate(UPPER).encode()).hex()[:HASH_DIGITS]


def test_both_engines_round_shares_alike(spark, tmp_path):
    numbers = [0, 1, 2, 3, 7, 999, 10**6 + 1, 2**53 + 1, 10**15 + 3, 2**61 - 1]
    known = [
        (a, b, c) for a in numbers for b in numbers for c in numbers if c and 2 * a * b < c * (2**64 - 2)
    ]
    frame = pd.DataFrame(known, columns=["a", "b", "c"]).reset_index(names="k")
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            table = engine.small_table(frame)
            share = functions.rounded_share(table.a, table.b, table.c)
            found = engine.to_frame(table.select("k", share=share), ("k",))["share"]
            assert found.tolist() == [(2 * a * b + c) // (2 * c) for a, b, c in known]


def test_both_engines_write_floats_alike(spark, tmp_path):
    values = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        0.1,
        0.3,
        1 / 3,
        1e-4,
        0.00012,
        1234.5,
        1e7,
        12345678.91,
        123456789012.34,
        1e14,
    ]
    values += [
        -99999999.99,
        999999999999999.0,
        2.5e-3,
        100.0,
        1000000.0,
        0.30000000000000004,
        float("nan"),
        None,
    ]
    frame = pd.DataFrame({"k": range(len(values)), "x": values})
    frame["x"] = frame["x"].astype("float64")
    found = []
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            table = engine.small_table(frame)
            text = engine.to_frame(table.select("k", t=functions.float_text(table.x)), ("k",))["t"]
            found.append(text.iloc[:-2].tolist())
    assert found[0] == found[1]
    assert [float(text) for text in found[0]] == values[:-2]
    assert "12345678.91" in found[0] and "10000000" in found[0] and "100" in found[0]


def test_plain_hashes_are_equal_where_texts_are_and_nowhere_else(spark, tmp_path):
    frame = pd.DataFrame({"k": range(20_002), "t": [*(f"V{k}" for k in range(20_000)), "v7", "V7x"]})
    with Engine(temp_directory=tmp_path / "embedded") as embedded:
        for engine in (embedded, spark):
            table = engine.small_table(frame)
            hashes = engine.to_frame(table.select("k", h=functions.plain_hash(table.t)), ("k",))["h"]
            assert hashes.dtype == "int64" and hashes.nunique() == 20_001
            assert hashes[7] == hashes[20_000] != hashes[20_001]
