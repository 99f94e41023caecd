"""Raw discharges in bulk: a front page of 24 columns in GB18030, with the faults of real files.

Everything is invented, and the same for the same number of rows. Numbers are drawn and put into text
column by column, so that a million rows take seconds; memory is that of one block.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

SEED = 20_240_601
BLOCK = 200_000
HOSPITALS, DAYS = 400, 1826
FIRST_DAY = "2019-01-01"
START, END = "2019-01", "2023-12"
PARTS = {"XYF": 7.0, "HCYYCLF": 6.0, "SYSZDF": 7.0, "FSSZLXMF": 6.0, "YLFUF": 6.0, "XF": 3.0, "QTF": 3.0}
"""Fees by header, with the mean of their logarithm in yuan."""
HEADERS = (
    *("ZZJGDM", "USERNAME", "YLJGDJ", "BAH", "XM", "SFZH", "YLFKFS", "XB", "NL", "RYSJ", "CYSJ", "SJZYTS"),
    *("JBDM", "SSJCZBM1", "LYFS", "ZFY", "ZFJE", *PARTS),
)
FAULTS = {
    "duplicate": 0.002,
    "reversal": 0.002,
    "sum": 0.001,
    "date_order": 0.001,
    "no_hospital": 0.0005,
    "blank_amount": 0.002,
    "full_width": 0.0001,
}
"""Share of the rows with each fault."""


def write_discharges(path: Path, rows: int, say: Callable[[str], None]) -> None:
    """Write a raw file.

    Parameters
    ----------
    say : callable
        Told the progress, about every ten seconds of work.
    """
    partial = path.with_suffix(".partial")
    with open(partial, "wb") as file:
        file.write((",".join(HEADERS) + "\r\n").encode("gb18030"))
        for first in range(0, rows, BLOCK):
            table = _block(first, min(BLOCK, rows - first))
            text = io.BytesIO()
            options = arrow_csv.WriteOptions(include_header=False, quoting_style="none", eol="\r\n")
            arrow_csv.write_csv(table, text, options)
            file.write(text.getvalue().decode("utf-8").encode("gb18030"))
            if (first // BLOCK) % 15 == 14:
                say(f"  {first + table.num_rows:,} of {rows:,} rows written")
    partial.rename(path)


def _block(first: int, rows: int) -> pa.Table:
    """One block of rows; drawn from a stream of its own, so that files of all sizes begin alike."""
    draw = np.random.default_rng([SEED, first])
    drawn = _drawn(draw, first, rows)
    _spoil(draw, drawn, rows)
    return pa.table(_texts(drawn)).select(list(HEADERS))


def _drawn(draw: np.random.Generator, first: int, rows: int) -> dict[str, np.ndarray]:
    hospital = draw.integers(0, HOSPITALS, rows)
    days = 1 + draw.poisson(7, rows)
    discharged = draw.integers(0, DAYS, rows) + np.datetime64(FIRST_DAY, "D").astype(int)
    fees = {
        name: np.round(np.exp(draw.normal(mean, 1.0, rows)) * 100).astype(np.int64)
        for name, mean in PARTS.items()
    }
    fees["XF"] *= draw.random(rows) < 0.1
    total = sum(fees.values())
    return {
        "hospital": hospital,
        "visit": first + np.arange(rows),
        "person": draw.integers(0, 10**12, rows),
        "name": draw.integers(0, 60, rows),
        "payer": draw.choice(4, rows, p=[0.5, 0.35, 0.13, 0.02]),
        "sex": draw.integers(0, 2, rows),
        "age": draw.integers(0, 99, rows),
        "admitted": discharged - days,
        "discharged": discharged,
        "days": days,
        "diagnosis": draw.zipf(1.3, rows) % 5600,
        "procedure": np.where(draw.random(rows) < 0.5, 0, 1 + draw.integers(0, 3600, rows)),
        "way": draw.choice(3, rows, p=[0.93, 0.05, 0.02]),
        "ZFY": total,
        "ZFJE": total // 3,
        **fees,
    }


def _spoil(draw: np.random.Generator, drawn: dict[str, np.ndarray], rows: int) -> None:
    """Put the faults in: a row that copies or reverses the one before it, or is wrong by itself."""

    def chosen(fault: str) -> np.ndarray:
        return (
            np.flatnonzero(draw.random(rows - 1) < FAULTS[fault])[::2] + 1 if rows > 1 else np.array([], int)
        )

    for row in (chosen("duplicate"), reversed_ := chosen("reversal")):
        for column in drawn.values():
            column[row] = column[row - 1]
    for name in ("ZFY", "ZFJE", *PARTS):
        drawn[name][reversed_] *= -1
    drawn["ZFY"][chosen("sum")] += 100
    drawn["admitted"][chosen("date_order")] += 400
    for fault in ("no_hospital", "blank_amount", "full_width"):
        drawn[fault] = np.zeros(rows, bool)
        drawn[fault][chosen(fault)] = True


def _texts(drawn: dict[str, np.ndarray]) -> dict[str, pa.Array]:
    codes = _numbered("H", drawn["hospital"], 9)
    ages = pa.array(drawn["age"]).cast(pa.string())
    wide = pc.utf8_replace_slice(ages, 0, 1, "５")
    blood = pc.if_else(pa.array(drawn["blank_amount"] & (drawn["XF"] == 0)), "", _money(drawn["XF"]))
    return {
        "ZZJGDM": pc.if_else(pa.array(drawn["no_hospital"]), "", codes),
        "USERNAME": _picked([f"虚拟市第{k}人民医院" for k in range(HOSPITALS)], drawn["hospital"]),
        "YLJGDJ": _picked(
            ["三级甲等", "三级乙等", "二级甲等", "二级乙等", "一级", "未定级"], drawn["hospital"] % 6
        ),
        "BAH": _numbered("XN", drawn["visit"], 10),
        "XM": _picked(_names(), drawn["name"]),
        "SFZH": _numbered("000000", drawn["person"], 12),
        "YLFKFS": _picked(["1", "2", "3", "7"], drawn["payer"]),
        "XB": _picked(["1", "2"], drawn["sex"]),
        "NL": pc.if_else(pa.array(drawn["full_width"]), wide, ages),
        "RYSJ": _days(drawn["admitted"]),
        "CYSJ": _days(drawn["discharged"]),
        "SJZYTS": pa.array(drawn["days"]).cast(pa.string()),
        "JBDM": _picked(_diagnoses(), drawn["diagnosis"]),
        "SSJCZBM1": _picked(_procedures(), drawn["procedure"]),
        "LYFS": _picked(["1", "2", "5"], drawn["way"]),
        **{name: _money(drawn[name]) for name in ("ZFY", "ZFJE", *PARTS)},
        "XF": blood,
    }


def _names() -> list[str]:
    return [a + b for a in "赵钱孙李周吴郑王冯陈" for b in ("伟", "芳", "秀英", "建国", "丽华", "志强")]


def _diagnoses() -> list[str]:
    return [f"{letter}{k:02d}.{j}00" for letter in "IJKCEMN" for k in range(100) for j in range(8)]


def _procedures() -> list[str]:
    return ["-", *(f"{k:02d}.{j:02d}00" for k in range(90) for j in range(40))]


def _picked(words: list[str], places: np.ndarray) -> pa.Array:
    coded = pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), pa.array(words))
    return coded.dictionary_decode()


def _numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def _days(days: np.ndarray) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32()).cast(pa.string())


def _money(minor: np.ndarray) -> pa.Array:
    """Minor units with two digits behind the point; decimals are made of their bytes, low half first."""
    halves = np.stack([minor, minor >> 63], axis=1)
    kind = pa.decimal128(18, 2)
    return pa.Array.from_buffers(kind, len(minor), [None, pa.py_buffer(halves.tobytes())]).cast(pa.string())
