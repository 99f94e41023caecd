"""Does a raw file really have the encoding that its declaration names? Streaming, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

from ..errors import Problem
from .compressed import open_bytes

KNOWN = ("utf-8", "gb18030", "utf-16", "latin-1")
CODECS = {"utf-8": "utf-8-sig"}
CHUNK = 1 << 22


def codec_of(encoding: str) -> str:
    """Python's codec for a declared encoding; a byte order mark of UTF-8 is no part of the text."""
    return CODECS.get(encoding, encoding)


def open_text(path: Path, encoding: str) -> TextIO:
    """Open a raw text file, unpacked and decoded, with every kind of line end as ``\\n``."""
    return io.TextIOWrapper(open_bytes(path), encoding=codec_of(encoding), newline=None)


def looks_like_utf8(path: Path, encoding: str, where: str) -> Problem | None:
    """Refuse a file that is declared otherwise and is valid UTF-8 with characters beyond ASCII.

    Other codecs would read it as nonsense without any error. Other encodings fail to be UTF-8 within
    their first characters beyond ASCII, so this reads little of them.
    """
    if encoding == "utf-8" or first_undecodable(path, "utf-8") is not None or not _is_beyond_ascii(path):
        return None
    what = f"looks like UTF-8, but is declared as {encoding}"
    return Problem(where, what, 'write encoding = "utf-8" for it')


def undecodable(path: Path, encoding: str, where: str) -> Problem:
    """Say where a file that cannot be decoded departs from its encoding, and which ones would fit.

    Parameters
    ----------
    encoding : str
        As declared.
    where : str
        The file, for the message.
    """
    offset, row = first_undecodable(path, encoding) or (0, 1)
    what = f"is not {encoding}: byte {offset} (row {row}) cannot be decoded"
    fits = fitting(path, encoding)
    if fits:
        return Problem(where, what, f"declare the right encoding; it can be read as {' or '.join(fits)}")
    told = "none of utf-8, gb18030 and utf-16 fits (latin-1 fits any file); is it damaged?"
    return Problem(where, what, f"declare the right encoding; {told}")


def fitting(path: Path, encoding: str) -> list[str]:
    """Which other encodings decode a whole file.

    Latin-1 decodes any bytes, and UTF-16 nearly any: the one is never named, the other with its mark.
    """
    others = [name for name in ("utf-8", "gb18030") if name != encoding]
    if encoding != "utf-16" and _first_bytes(path) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        others.insert(0, "utf-16")
    return [name for name in others if first_undecodable(path, name) is None]


def _first_bytes(path: Path) -> bytes:
    with open_bytes(path) as file:
        return file.read(2)


def first_undecodable(path: Path, encoding: str) -> tuple[int, int] | None:
    """Offset (from 0) and row (from 1) of the first byte that cannot be decoded; None when all can."""
    decoder = codecs.getincrementaldecoder(codec_of(encoding))()
    offset, rows = 0, 1
    with open_bytes(path) as file:
        for chunk, last in _chunks(file):
            held = len(decoder.getstate()[0])
            try:
                text = decoder.decode(chunk, final=last)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].count(b"\n")
                return offset - held + error.start, rows + before
            except UnicodeError:
                return offset, rows
            offset += len(chunk)
            rows += text.count("\n")
    return None


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Chunks with the news whether each is the last; an empty one closes the file."""
    while chunk := file.read(CHUNK):
        yield chunk, False
    yield b"", True


def _is_beyond_ascii(path: Path) -> bool:
    with open_bytes(path) as file:
        return any(not chunk.isascii() for chunk, _ in _chunks(file))
