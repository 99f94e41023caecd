"""The user's key, which turns numbers of persons into hashes that only its holder can make again.

HMAC-SHA256 (RFC 2104, FIPS 198-1). Without a key nobody can try all 18-digit certificate numbers until
one gives the hash; with a plain hash anybody can.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from ..errors import Problem, StudyError
from ..schema.text import normalised_cell

KEY_VARIABLE = "DIPEVAL_KEY"
KEY_FILE_VARIABLE = "DIPEVAL_KEY_FILE"
LEAST_BYTES = 16
BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC fills the key up."""
HASH_DIGITS = 32
"""Hexadecimal digits kept: 128 bits, no two of 10^9 persons collide with a chance above 10^-20."""
CHECK_LABEL = b"dipeval: which key is this?"
CHECK_DIGITS = 8
UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
HOW = f"give it in the environment ({KEY_VARIABLE} or {KEY_FILE_VARIABLE}) or with --key-file"


class RecordKey:
    """A secret; it never shows itself, not in an error, a log, a fingerprint or a pickle.

    Parameters
    ----------
    secret : bytes
        At least `LEAST_BYTES`.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes):
        if len(secret) < LEAST_BYTES:
            raise ValueError(f"a key has at least {LEAST_BYTES} bytes")
        self._secret = secret

    def __repr__(self) -> str:
        return f"RecordKey({self.check})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a key is not written anywhere")

    @property
    def check(self) -> str:
        """Eight digits that tell two keys apart and nothing else of them."""
        return self._digest(CHECK_LABEL).hex()[:CHECK_DIGITS]

    @property
    def pads(self) -> tuple[bytes, bytes]:
        """Inner and outer padded key of RFC 2104, 64 bytes each: as secret as the key itself.

        The hash of a text is ``sha256(outer + sha256(inner + text))``; engines compute it so.
        """
        short = hashlib.sha256(self._secret).digest() if len(self._secret) > BLOCK else self._secret
        block = short.ljust(BLOCK, b"\0")
        return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)

    def hash(self, number: str) -> str:
        """The hash of a number as engines make it: NFKC, trimmed, a to z in upper case, 32 digits."""
        return self._digest(normalised_cell(number).translate(UPPER).encode("utf-8")).hex()[:HASH_DIGITS]

    def _digest(self, message: bytes) -> bytes:
        return hmac.new(self._secret, message, hashlib.sha256).digest()


def read_record_key(
    file: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[RecordKey | None, tuple[str, ...]]:
    """Find the user's key.

    Parameters
    ----------
    file : Path, optional
        From the command line; goes before the environment.
    environment : mapping of str to str, optional
        By default that of the process.

    Returns
    -------
    key : RecordKey or None
        None when no key is given.
    warnings : tuple of str
        A key file that others may read.

    Raises
    ------
    StudyError
        If the key file cannot be read, the key is too short, or two keys are given.
    """
    known = os.environ if environment is None else environment
    named = known.get(KEY_FILE_VARIABLE, "")
    text = known.get(KEY_VARIABLE, "")
    if file is None and named and text:
        what = f"stands in the environment beside {KEY_FILE_VARIABLE}: which of the two keys is meant?"
        raise _error(KEY_VARIABLE, what, "keep one of them")
    place = file or (Path(named) if named else None)
    if place is None:
        return (_key(text.encode("utf-8"), KEY_VARIABLE), ()) if text else (None, ())
    where = "--key-file" if file is not None else KEY_FILE_VARIABLE
    return _key(_secret_of(place, where), where), _open_to_others(place)


def _secret_of(place: Path, where: str) -> bytes:
    """The bytes of a key file; line ends behind them are no part of the key."""
    try:
        return place.read_bytes().rstrip(b"\r\n")
    except OSError:
        raise _error(
            where, f"the key file '{place.name}' cannot be read", "name a file that holds the key"
        ) from None


def _key(secret: bytes, where: str) -> RecordKey:
    if len(secret) < LEAST_BYTES:
        what = f"the key has {len(secret)} bytes; fewer than {LEAST_BYTES} can be guessed"
        raise _error(where, what, "make one: python -c 'import secrets; print(secrets.token_hex(32))'")
    return RecordKey(secret)


def _open_to_others(place: Path) -> tuple[str, ...]:
    if os.name != "posix" or not place.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ()
    return (f"the key file '{place.name}' is open to other users of this machine: chmod 600",)


def _error(where: str, what: str, todo: str) -> StudyError:
    return StudyError("read key", [Problem(where, what, todo)])
