"""Clean stays as a table of the engine, from a few lines."""

from pathlib import Path

import pandas as pd
import pytest

from dipeval.store.engine import Engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with Engine(threads=2, memory_limit="1GB", temp_directory=tmp_path_factory.mktemp("engine")) as opened:
        yield opened


@pytest.fixture
def stays(engine, tmp_path: Path):
    """A table of stays: hospital, date, total cost and whatever else is given."""

    def make(frame: pd.DataFrame):
        place = tmp_path / "stays.parquet"
        frame.assign(discharge_date=pd.to_datetime(frame["discharge_date"]).dt.date).to_parquet(place)
        return engine.scan_parquet(place)

    return make
