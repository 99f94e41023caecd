"""One thread for linear algebra: matrix products split between threads add up in another order.

The matrices here are small or skinny, where a second thread costs more than it brings.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@cache
def _libraries() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    import_module("scipy.linalg")  # brings a library of its own, which is found only once it is loaded
    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """A context in which linear algebra runs on one thread, so that bytes do not depend on the machine."""
    return _libraries().limit(limits=1, user_api="blas")
