"""The bytes of a delimited file in blocks that end where a row ends, each row with its number.

A row is what a spreadsheet shows as a row: line breaks inside quotes belong to the cell, blank lines
count. Everything is found in the raw bytes: in UTF-8 and in GB18030 neither a line feed nor a quote
nor any of `SAFE_DELIMITERS` is ever part of another character. Memory is bounded by the size of a
block and of the longest row that is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

import numpy as np

from ..errors import Problem

BLOCK = 1 << 21
"""Bytes read at a time: some ten thousand rows, which stay in a core's cache while they are looked at."""
LONGEST_ROW = 1 << 21
"""Bytes; a longer row is no row of a table (a quote that never ends, a binary file)."""
SAFE_DELIMITERS = (",", "\t", ";", ":")
LINE_FEED, CARRIAGE_RETURN, QUOTE = 10, 13, 34


class UnreadableRow(Exception):
    """A row that has no end, so that nothing behind it can be told apart."""

    def __init__(self, problem: Problem):
        self.problem = problem
        super().__init__(str(problem))


@dataclass(frozen=True)
class Block:
    """Whole rows of a file.

    Attributes
    ----------
    content : bytes
        The rows, each closed by a line feed.
    first_row : int
        Number of the first row in the file, counted from 1.
    ends : array of int64, shape (rows,)
        Position of the line feed that closes each row.
    is_quoted : bool
        Whether a quote stands anywhere in it.
    """

    content: bytes
    first_row: int
    ends: np.ndarray
    is_quoted: bool

    @cached_property
    def bytes(self) -> np.ndarray:
        """The content as an array of uint8; nothing is copied."""
        return np.frombuffer(self.content, np.uint8)

    @cached_property
    def starts(self) -> np.ndarray:
        """Position of the first byte of each row."""
        return np.concatenate(([0], self.ends[:-1] + 1))

    @cached_property
    def is_blank(self) -> np.ndarray:
        """Which rows are blank lines."""
        lengths = self.ends - self.starts
        only_return = (lengths == 1) & (self.bytes[self.starts] == CARRIAGE_RETURN)
        return (lengths == 0) | only_return

    @property
    def row_numbers(self) -> np.ndarray:
        """Numbers of the rows that are not blank, int64."""
        return self.first_row + np.flatnonzero(~self.is_blank)

    def row_at(self, positions: np.ndarray) -> np.ndarray:
        """Numbers of the rows that hold the bytes at `positions`."""
        return self.first_row + np.searchsorted(self.ends, positions)

    def row(self, number: int) -> bytes:
        """The bytes of one row, without its line end."""
        k = number - self.first_row
        return self.content[self.starts[k] : self.ends[k]].removesuffix(b"\r")

    def without(self, numbers: Iterable[int]) -> tuple[Block, np.ndarray]:
        """The rows that are neither blank nor among `numbers`, and their own numbers."""
        kept = np.setdiff1d(self.row_numbers, np.fromiter(numbers, np.int64))
        rows = [self.row(number) for number in kept.tolist()]
        ends = np.cumsum([len(row) + 1 for row in rows], dtype=np.int64) - 1
        return Block(b"".join(row + b"\n" for row in rows), 1, ends, self.is_quoted), kept


def row_blocks(
    stream: BinaryIO, first_row: int = 1, *, size: int = BLOCK, longest: int = LONGEST_ROW
) -> Iterator[Block]:
    """Cut a stream at the ends of rows.

    Parameters
    ----------
    stream : binary stream
        In an encoding that keeps ASCII bytes to themselves; line ends of any kind.
    first_row : int
        Number of the first row wanted; rows before it are passed over.
    size, longest : int
        Bytes of a block and of the longest row.

    Yields
    ------
    Block
        In order. Cost: one look at each byte; memory: two blocks and one row.

    Raises
    ------
    UnreadableRow
        For a row longer than `longest`, and for a quote that is never closed.
    """
    rest, number = b"", 1
    for chunk in _chunks(stream, size):
        text = _line_feeds(rest + chunk)
        ends, is_quoted = _row_ends(text)
        cut = int(ends[-1]) + 1 if len(ends) else 0
        if len(text) - cut > longest:
            raise UnreadableRow(_too_long(number + len(ends), text[cut:], longest))
        rest = text[cut:]
        if cut:
            yield from _behind(Block(text[:cut], number, ends, is_quoted), first_row, longest)
            number += len(ends)
    if rest:
        ends, is_quoted = _row_ends(rest + b"\n")
        if not len(ends):
            raise UnreadableRow(_unclosed(number))
        yield from _behind(Block(rest + b"\n", number, ends, is_quoted), first_row, longest)


def up_to(blocks: Iterator[Block], last_row: int) -> Iterator[Block]:
    """The blocks without the rows behind `last_row`."""
    for block in blocks:
        rows = last_row - block.first_row + 1
        if rows <= 0:
            return
        if rows < len(block.ends):
            content = block.content[: int(block.ends[rows - 1]) + 1]
            block = Block(content, block.first_row, block.ends[:rows], b'"' in content)
        yield block


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    """The stream piece by piece; no piece ends between a carriage return and its line feed."""
    held = b""
    while chunk := stream.read(size):
        text, held = held + chunk, b""
        if text.endswith(b"\r"):
            text, held = text[:-1], b"\r"
        yield text
    if held:
        yield b"\n"


def _line_feeds(text: bytes) -> bytes:
    """The text with line feeds alone, where line ends are not all the same or may stand in cells."""
    if b"\r" not in text or (b'"' not in text and _returns_precede_feeds(text)):
        return text
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _returns_precede_feeds(text: bytes) -> bool:
    """Whether each carriage return stands before a line feed; arrays count faster than `bytes.count`."""
    content = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(content[1:] == LINE_FEED)
    return np.count_nonzero(content == CARRIAGE_RETURN) == np.count_nonzero(content[feeds] == CARRIAGE_RETURN)


def _row_ends(text: bytes) -> tuple[np.ndarray, bool]:
    """Positions of the line feeds outside quotes: those with an even number of quotes before them."""
    content = np.frombuffer(text, np.uint8)
    feeds = np.flatnonzero(content == LINE_FEED)
    if b'"' not in text:
        return feeds, False
    quotes = np.flatnonzero(content == QUOTE)
    return feeds[np.searchsorted(quotes, feeds) % 2 == 0], True


def _behind(block: Block, first_row: int, longest: int) -> Iterator[Block]:
    """The part of a block from a row on, after no row of it was found to be too long."""
    lengths = block.ends - block.starts
    if lengths.max() > longest:
        k = int(np.argmax(lengths > longest))
        row = block.content[block.starts[k] : block.ends[k]]
        raise UnreadableRow(_too_long(block.first_row + k, row, longest))
    skipped = first_row - block.first_row
    if skipped <= 0:
        yield block
    elif skipped < len(block.ends):
        cut = int(block.starts[skipped])
        content = block.content[cut:]
        yield Block(content, first_row, block.ends[skipped:] - cut, b'"' in content)


def _unclosed(row: int) -> Problem:
    what = f'a quote (") is opened in row {row} and never closed'
    return Problem(f"row {row}", what, "close it, or double it where it stands for itself")


def _too_long(row: int, text: bytes, longest: int) -> Problem:
    what = f"row {row} is longer than {longest:,} bytes"
    if text.count(b'"') % 2:
        what += ': a quote (") is opened in it and not closed'
    return Problem(f"row {row}", what, "look at that row: an open quote, or not a table at all")
