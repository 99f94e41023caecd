"""Packed raw files, unpacked while they are read, and never without end."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

FREE = 1 << 26
"""Bytes that any packed file may unpack to."""
MOST_RATIO = 100
"""Beyond them: bytes out for one byte in. Tables of text pack by 5 to 20, zeros without end by 1,000."""
BUFFER = 1 << 20
CUT_OFF = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile)
"""What reading a damaged packed file raises."""
NOT_TABLES = ("__MACOSX/",)
"""Folders that packing programs add."""


class CannotUnpack(Exception):
    """A packed file that is not unpacked: `what` is wrong with it and what is `todo`."""

    def __init__(self, what: str, todo: str):
        super().__init__(what)
        self.what, self.todo = what, todo


class Bounded(io.RawIOBase):
    """An unpacking stream that stops once far more has come out than tables can hold.

    Parameters
    ----------
    stream : binary stream
    packed : int
        Bytes of the packed file.
    free : int
        Bytes that may come out in any case.
    most_ratio : int
        Beyond them: bytes out for one of `packed`.
    """

    def __init__(self, stream: BinaryIO, packed: int, free: int, most_ratio: int):
        self._stream = stream
        self._left = max(free, most_ratio * packed)
        self._ratio = most_ratio

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview) -> int:
        """Fill the buffer.

        Raises
        ------
        CannotUnpack
            When the bound is passed.
        """
        got = self._stream.readinto(buffer)
        self._left -= got
        if self._left < 0:
            what = f"unpacks to more than {self._ratio} times its size: it may expand without end"
            raise CannotUnpack(what, "obtain the file again, or unpack it and look at it")
        return got

    def close(self) -> None:
        """Close the stream below as well."""
        self._stream.close()
        super().close()


def open_bytes(path: Path) -> BinaryIO:
    """Open a raw file for reading, unpacking ``.gz`` and a ``.zip`` with one member.

    Raises
    ------
    CannotUnpack
        When an archive holds no file, several, or a locked one; while reading, when it expands
        without end.
    """
    suffix = path.suffix.lower()
    if suffix not in (".gz", ".zip"):
        return open(path, "rb")
    packed = gzip.open(path, "rb") if suffix == ".gz" else _member(path)
    return io.BufferedReader(Bounded(packed, path.stat().st_size, FREE, MOST_RATIO), BUFFER)


def inner_name(path: Path) -> str:
    """Name of the file inside a packed one; the file's own name if it is not packed.

    Raises
    ------
    CannotUnpack
        As `open_bytes`.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return path.stem
    if suffix != ".zip":
        return path.name
    with zipfile.ZipFile(path) as archive:
        return _only(archive).filename


def _only(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith(NOT_TABLES)]
    if len(members) != 1:
        what = f"is an archive of {len(members)} files, and one is read"
        raise CannotUnpack(what, "pack each table by itself, or unpack them and declare each")
    if members[0].flag_bits & 1:
        raise CannotUnpack("is an archive locked with a password", "unpack it and declare the table")
    return members[0]


def _member(path: Path) -> BinaryIO:
    """The one member of an archive; the archive closes with it."""
    archive = zipfile.ZipFile(path)
    try:
        stream = archive.open(_only(archive))
    except (CannotUnpack, NotImplementedError) as error:
        archive.close()
        if isinstance(error, CannotUnpack):
            raise
        raise CannotUnpack("is packed in a way that is not read", "unpack it and declare the table") from None
    # The stream keeps the archive's file open by itself; closing the archive now only drops its list.
    archive.close()
    return stream
