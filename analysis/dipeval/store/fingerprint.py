"""Fingerprints: checksums of files, of plain values, and of the code that a stage runs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CHUNK = 1 << 20
DATA = ("*.css", "*.js", "*.toml")
NAMED = re.compile(r"""["'](dipeval(?:\.\w+)+)(?::\w+)?["']""")
"""A module named in a string, to be imported when it is first needed."""
FROM = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]+)", re.MULTILINE)
PLAIN = re.compile(r"^[ \t]*import[ \t]+(dipeval\.[.\w]+)", re.MULTILINE)
FOR_TYPES = re.compile(r"^([ \t]*)if TYPE_CHECKING:\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)*", re.MULTILINE)
"""What stands under it never runs."""


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, read in chunks of 1 MiB."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def seen_file(path: Path) -> tuple[int, int, str]:
    """Size, modification time and checksum of a file."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, file_sha256(path)


def same_file(path: Path, seen: tuple[int, int, str]) -> bool:
    """Whether a file is the one seen before; it is hashed again only when size or time moved."""
    try:
        stat = path.stat()
    except OSError:
        return False
    if stat.st_size != seen[0]:
        return False
    return stat.st_mtime_ns == seen[1] or file_sha256(path) == seen[2]


def canonical(value: object) -> str:
    """Plain values (dataclasses, mappings, sequences, scalars) as JSON that is the same every time."""
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return str(value)
    return value


def text_sha256(*parts: str) -> str:
    """SHA-256 of texts, each closed by a zero byte."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode("utf-8") + b"\0")
    return digest.hexdigest()


@cache
def code_sha256(modules: tuple[str, ...]) -> str:
    """Fingerprint of the package's modules named, with all that they import from the package.

    The closure is read from the source text, so an edit of a helper three imports away changes
    the fingerprint, and nothing is imported to compute it. Data files (TOML, and what a page runs) beside
    the modules count as code.

    Parameters
    ----------
    modules : tuple of str
        Dotted names below ``dipeval``, for example ``"clean.city"``.
    """
    found: dict[Path, None] = {}
    waiting = [PACKAGE.joinpath(*m.split(".")) for m in modules]
    while waiting:
        for path in _files(waiting.pop()):
            if path in found:
                continue
            found[path] = None
            waiting.extend(_imports(path))
    digest = hashlib.sha256()
    for path in sorted(found):
        digest.update(str(path.relative_to(PACKAGE)).encode() + b"\0" + _bytes(path) + b"\0")
        for data in _data_beside(path):
            digest.update(str(data.relative_to(PACKAGE)).encode() + b"\0" + _bytes(data) + b"\0")
    return digest.hexdigest()


@cache
def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _files(place: Path) -> Iterable[Path]:
    """What runs when `place` is imported: the module or package, and the packages around it.

    Nothing for a name inside a module. The package's own ``__init__`` imports nothing by itself.
    """
    found = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
    if not found.is_file():
        return
    yield found
    around = place.parent
    while around != PACKAGE and PACKAGE in around.parents:
        yield around / "__init__.py"
        around = around.parent


def _data_beside(path: Path) -> list[Path]:
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return []
    return sorted(found for kind in DATA for found in path.parent.glob(kind))


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Places inside the package that a module imports, also inside functions.

    Read from the text line by line: parsing the whole package takes seconds, in each process anew. That nothing is missed is
    tested against Python's own parser on every module.
    """
    text = FOR_TYPES.sub("", _bytes(path).decode("utf-8"))
    found = [_inside(name) for name in (*NAMED.findall(text), *PLAIN.findall(text))]
    for module, names in FROM.findall(text):
        base = _base(path, module)
        if base is not None:
            listed = re.sub(r"#[^\n]*", "", names).strip("() \t\n").split(",")
            found.append(base)
            found.extend(base / name.split()[0] for name in listed if name.strip())
    return tuple(p for p in found if p != PACKAGE)


def _inside(dotted: str) -> Path:
    return PACKAGE.joinpath(*dotted.split(".")[1:])


def _base(path: Path, module: str) -> Path | None:
    """The place that a ``from`` import names, like ``..mid`` or ``dipeval.mid``; None for other packages."""
    name = module.lstrip(".")
    level = len(module) - len(name)
    if not level:
        return _inside(module) if module.split(".")[0] == "dipeval" else None
    base = path.parent
    for _ in range(level - 1):
        base = base.parent
    return base.joinpath(*name.split(".")) if name else base
