"""When a stage must run: its inputs, its part of the study, its code or its environment changed.

Everything here is standard library, so that a run with nothing to do ends in well under a second.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ..store.atomic import read_text
from ..store.fingerprint import same_file, text_sha256

PACKAGES = (
    "numpy",
    "pandas",
    "duckdb",
    "ibis-framework",
    "pyarrow",
    "matplotlib",
    "python-calamine",
    "scipy",
)


@dataclass(frozen=True)
class Key:
    """What a stage's outputs depend on.

    Attributes
    ----------
    inputs : dict of str to str
        SHA-256 by the input's name.
    study : str
        Fingerprint of the stage's part of the study, city and source files.
    code : str
        Fingerprint of the modules it runs, with their imports.
    environment : str
        Versions of Python and of the packages that can move a number.
    """

    inputs: Mapping[str, str]
    study: str
    code: str
    environment: str

    def reasons(self, old: Key | None) -> list[str]:
        """Say in words what changed since `old`; empty when nothing did."""
        if old is None:
            return ["it has not run here yet"]
        names = sorted(n for n in {*self.inputs, *old.inputs} if self.inputs.get(n) != old.inputs.get(n))
        found = [f"input changed: {', '.join(names[:3])}{' …' if len(names) > 3 else ''}"] if names else []
        if self.study != old.study:
            found.append("its part of the study changed")
        if self.code != old.code:
            found.append("its code changed")
        if self.environment != old.environment:
            found.append("the environment changed")
        return found


@dataclass(frozen=True)
class Record:
    """What a finished stage left behind: its key, and each output as (size, mtime in ns, SHA-256)."""

    key: Key
    outputs: Mapping[str, tuple[int, int, str]]

    def damaged(self, folder: Path) -> list[str]:
        """Outputs that are missing or are not what the stage wrote."""
        return [name for name, seen in self.outputs.items() if not same_file(folder / name, seen)]

    def checksums(self) -> dict[str, str]:
        """SHA-256 by output name."""
        return {name: seen[2] for name, seen in self.outputs.items()}

    def to_json(self) -> str:
        """The record as JSON text."""
        return json.dumps({"key": asdict(self.key), "outputs": self.outputs}, sort_keys=True, indent=1)


def read_record(path: Path) -> Record | None:
    """Read a record; None when there is none or it cannot be read."""
    try:
        found = json.loads(read_text(path))
        outputs = {name: (seen[0], seen[1], seen[2]) for name, seen in found["outputs"].items()}
        return Record(Key(**found["key"]), outputs)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def environment() -> dict[str, str]:
    """Versions of Python and of the packages that can move a number or a byte."""
    found = {"python": ".".join(str(v) for v in sys.version_info[:3])}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def environment_sha256() -> str:
    """Fingerprint of `environment`."""
    return text_sha256(json.dumps(environment(), sort_keys=True))
