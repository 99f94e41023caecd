"""Streams of random numbers by name: one for each city and purpose, from one seed.

A stream's key is made of words and not of a position, so a city added to a study, or one more
thing drawn about a city, leaves every other stream as it was. NumPy may change the draws of a
generator between versions (NEP 19): the same bytes need the same NumPy, which the constraints pin.
"""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, *words: str) -> np.random.Generator:
    """Return the generator that belongs to a seed and a key.

    Parameters
    ----------
    seed : int
        Not negative.
    words : str
        The key, for example a city's name and a purpose.
    """
    digest = hashlib.sha256("\0".join(words).encode("utf-8")).digest()
    key = tuple(int(word) for word in np.frombuffer(digest[:16], dtype="<u4"))
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
