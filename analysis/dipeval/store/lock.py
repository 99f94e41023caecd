"""One process at a time: a lock that goes with the process, also when it is killed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DipevalError, Problem


@contextmanager
def lock(path: Path, what: str) -> Iterator[None]:
    """Hold a lock file while the block runs.

    Raises
    ------
    DipevalError
        When another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DipevalError(
                "run", [Problem(what, "is being run by another process", "wait for it to end")]
            ) from None
        yield
