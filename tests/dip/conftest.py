"""Fixtures of the mechanism's tests: an engine, random cases, and a city's payment file."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def engine(tmp_path):
    from dipeval.store.engine import Engine

    with Engine(threads=2, temp_directory=tmp_path / "engine") as opened:
        yield opened
