"""The same work on many pieces, several at once, results in the order of the pieces."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")
MOST_WORKERS = 4


def cores() -> int:
    """Cores that this process may use, at most `MOST_WORKERS`."""
    try:
        found = len(os.sched_getaffinity(0))
    except AttributeError:
        found = os.cpu_count() or 1
    return min(MOST_WORKERS, found)


def in_order(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], workers: int | None = None
) -> Iterator[Result]:
    """Apply a function to each piece in threads, and hand on what it gives in the order of the pieces.

    Parameters
    ----------
    function : callable
        Should spend its time outside of Python's lock (numpy, Arrow).
    workers : int, optional
        Threads; by default `cores`. No result depends on it.

    Yields
    ------
    result
        At most ``workers + 1`` pieces are held at a time.
    """
    count = workers or cores()
    if count == 1:
        yield from map(function, pieces)
        return
    with ThreadPoolExecutor(count) as pool:
        waiting: deque[Future[Result]] = deque()
        for piece in pieces:
            waiting.append(pool.submit(function, piece))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
