"""Delimited text of any known encoding: first examined whole, then read as columns of text.

Examining counts rows and finds everything that is wrong with the file, its bytes, quotes and fields,
so that reading cannot fail. Neither writes anything: columns that are not asked for leave no trace.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from .blocks import BLOCK, LONGEST_ROW, SAFE_DELIMITERS, Block, row_blocks, up_to
from .compressed import open_bytes
from .damage import Damage, Tally, damage_of
from .encodings import CHUNK, codec_of
from .fields import TOO_FEW, binary_columns, faulty_rows
from .footers import SUM, is_sum
from .in_order import in_order
from .text_table import SOURCE_ROW, TextTable, field_name

if TYPE_CHECKING:
    import pyarrow as pa

    Show = Callable[[int, pa.Array], pa.Array]


@dataclass(frozen=True)
class Delimited:
    """A delimited text file as it is declared.

    Attributes
    ----------
    path : Path
        May be packed.
    encoding, delimiter : str
    first_row : int
        Number of the first row of data, behind the header.
    fields : int
        Fields of each row.
    size, longest : int
        Bytes read at a time, and of the longest row that is allowed.
    workers : int, optional
        Threads; no result depends on it.
    total_words : tuple of str
        By which a short row at the end is known as a sum.
    last_row : int
        Number of the last row of data; 0 where it is not known, or the last of the file.
    """

    path: Path
    encoding: str
    delimiter: str
    first_row: int
    fields: int
    size: int = BLOCK
    longest: int = LONGEST_ROW
    workers: int | None = None
    total_words: tuple[str, ...] = ()
    last_row: int = 0

    @property
    def byte_encoding(self) -> str:
        """Encoding of the blocks: as declared where bytes tell rows and cells apart, else UTF-8."""
        is_safe = self.encoding == "utf-8" or (
            self.encoding == "gb18030" and self.delimiter in SAFE_DELIMITERS
        )
        return self.encoding if is_safe else "utf-8"

    def blocks(self, stream: BinaryIO) -> Iterator[Block]:
        """The rows of data, block by block."""
        given = stream if self.byte_encoding == self.encoding else _Recoded(stream, self.encoding)
        blocks = row_blocks(given, self.first_row, size=self.size, longest=self.longest)
        return up_to(blocks, self.last_row) if self.last_row else blocks


@dataclass
class Examined:
    """What is known of a file after it was examined.

    Attributes
    ----------
    rows, blank : int
        Rows of data, and blank lines among them that are passed over.
    last_row : int
        Number of the last row.
    faults : dict of str to Tally
        Rows that do not have the fields of the header, by kind of fault.
    damage : Damage
    sums : list of int
        Short rows of sums below the data; they are not among `rows`.
    last_data_row : int
        Number of the last row that is no such sum.
    """

    rows: int = 0
    blank: int = 0
    last_row: int = 0
    faults: dict[str, Tally] = field(default_factory=dict)
    damage: Damage = field(default_factory=Damage)
    sums: list[int] = field(default_factory=list)
    last_data_row: int = 0


def leading_rows(path: Path, encoding: str, delimiter: str, count: int) -> list[list[str]]:
    """The cells of the first rows of a file, where its header stands.

    Bytes that cannot be decoded become U+FFFD here; `examine` finds them.

    Raises
    ------
    UnreadableRow
        As `row_blocks`.
    csv.Error
        When a cell is longer than `csv` reads.
    """
    rows: list[list[str]] = []
    with open_bytes(path) as stream:
        declared = Delimited(path, encoding, delimiter, 1, 0, size=1 << 16)
        for block in declared.blocks(stream):
            codec = codec_of(declared.byte_encoding) if block.first_row == 1 else declared.byte_encoding
            for end, start in zip(block.ends, block.starts, strict=True):
                text = block.content[start:end].decode(codec, errors="replace").removesuffix("\r")
                rows.append(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
                codec = declared.byte_encoding
                if len(rows) == count:
                    return rows
    return rows


def examine(file: Delimited) -> Examined:
    """Look at every byte of a file once.

    Returns
    -------
    Examined
        Cost: some 4 ns a byte, on all cores; memory: a few blocks.

    Raises
    ------
    UnreadableRow
        For a row without end: what stands behind it cannot be told apart.
    UnicodeDecodeError
        For undecodable bytes of encodings that must be decoded to tell rows apart (UTF-16).
    """
    whole = Examined()
    with open_bytes(file.path) as stream:
        for block, faults, damage in in_order(_examined(file), file.blocks(stream), file.workers):
            blank = int(block.is_blank.sum())
            whole.rows += len(block.ends) - blank
            whole.blank += blank
            whole.last_row = block.first_row + len(block.ends) - 1
            whole.damage.add(damage)
            sums = [row for kind, row in faults if kind == SUM]
            data = [number for number in block.row_numbers[-len(sums) - 1 :].tolist() if number not in sums]
            whole.last_data_row = data[-1] if data else whole.last_data_row
            whole.sums += sums
            for kind, row in faults:
                if kind != SUM:
                    whole.faults.setdefault(kind, Tally()).add([row])
    return _with_sums_below(whole)


def _with_sums_below(whole: Examined) -> Examined:
    """Sums stand below the data; a short row among the data is a fault, whatever it says."""
    among = [row for row in whole.sums if row < whole.last_data_row]
    if among:
        whole.faults.setdefault(TOO_FEW, Tally()).add(among)
    whole.sums = [row for row in whole.sums if row > whole.last_data_row]
    whole.rows -= len(whole.sums)
    return whole


def _examined(file: Delimited) -> Callable[[Block], tuple[Block, list[tuple[str, int]], Damage]]:
    def look(block: Block) -> tuple[Block, list[tuple[str, int]], Damage]:
        faults = [_told(file, block, *fault) for fault in faulty_rows(block, file.fields, file.delimiter)]
        rows = [row for _, row in faults]
        return block, faults, damage_of(block, file.byte_encoding, file.fields, file.delimiter, rows)

    return look


def _told(file: Delimited, block: Block, kind: str, row: int) -> tuple[str, int]:
    """The kind of a faulty row; a short one may be a sum."""
    if kind != TOO_FEW or not file.total_words:
        return kind, row
    known = is_sum(block.row(row), file.delimiter, file.byte_encoding, file.total_words)
    return (SUM if known else kind), row


def text_of(file: Delimited, fields: Sequence[int], shown: Show = lambda position, cells: cells) -> TextTable:
    """Columns of an examined file as text.

    Parameters
    ----------
    fields : sequence of int
        Positions (from 0); the others are never made text.
    shown : callable
        From a position and its column to what may be read of it.

    Returns
    -------
    TextTable
        Columns ``field_<position>``. Each pass parses the file anew, on all cores; memory: a few blocks.
    """
    names = tuple(field_name(position) for position in fields)

    def texts(block: Block) -> pa.RecordBatch:
        import pyarrow as pa

        table = binary_columns(block, file.fields, file.delimiter, fields)
        cells = (_text(column.combine_chunks(), file.byte_encoding) for column in table.columns)
        made = [shown(position, column) for position, column in zip(fields, cells, strict=True)]
        return pa.RecordBatch.from_arrays([pa.array(block.row_numbers), *made], names=[SOURCE_ROW, *names])

    def read() -> Iterator[pa.RecordBatch]:
        with open_bytes(file.path) as stream:
            yield from in_order(texts, file.blocks(stream), file.workers)

    return TextTable(names, read)


def _text(cells: pa.BinaryArray, encoding: str) -> pa.StringArray:
    """Cells of bytes as text; every distinct cell beyond ASCII is decoded once."""
    import numpy as np
    import pyarrow as pa

    content = cells.buffers()[2]
    is_ascii = content is None or content.size == 0 or np.frombuffer(content, np.uint8).max() < 0x80
    if is_ascii or encoding == "utf-8":
        return cells.view(pa.string())
    coded = cells.dictionary_encode()
    texts = _decoded(coded.dictionary.to_pylist(), encoding)
    return pa.DictionaryArray.from_arrays(coded.indices, pa.array(texts, pa.string())).dictionary_decode()


def _decoded(cells: list[bytes], encoding: str) -> Iterable[str]:
    """Decode many cells at once; a separator that none of them holds keeps them apart."""
    texts = b"\0".join(cells).decode(encoding).split("\0")
    return texts if len(texts) == len(cells) else [cell.decode(encoding) for cell in cells]


class _Recoded(io.RawIOBase):
    """A stream in another encoding as UTF-8, decoded strictly."""

    def __init__(self, stream: BinaryIO, encoding: str):
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(codec_of(encoding))()

    def read(self, size: int = -1) -> bytes:
        """About `size` bytes; none at the end."""
        while chunk := self._stream.read(size if size > 0 else CHUNK):
            if text := self._decoder.decode(chunk):
                return text.encode("utf-8")
        return self._decoder.decode(b"", final=True).encode("utf-8")
