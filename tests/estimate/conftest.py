"""Panels and reference values of the estimators' tests."""

import json

import pandas as pd
import pytest

from dipeval.design import build_design


def never(column: pd.Series) -> pd.Series:
    """The reference data write 0 for never treated."""
    return column.where(column > 0)


@pytest.fixture(scope="session")
def reference(shared):
    """Stored records of one file by id."""

    def load(name: str) -> dict[str, dict]:
        text = (shared / "reference" / "values" / f"{name}.json").read_text(encoding="utf-8")
        return {record["id"]: record for record in json.loads(text)["records"]}

    return load


@pytest.fixture(scope="session")
def hospitals(shared) -> pd.DataFrame:
    """Generated hospital panel with 5 % of its rows missing."""
    frame = pd.read_csv(shared / "reference" / "data" / "hospital_panel.csv")
    return frame.assign(cohort=never(frame["cohort"]))


@pytest.fixture(scope="session")
def counties(shared) -> pd.DataFrame:
    """County teen employment, 2003-2007."""
    frame = pd.read_csv(shared / "reference" / "data" / "mpdta.csv")
    return frame.assign(start=never(frame["first.treat"]))


@pytest.fixture(scope="session")
def hospital_design(hospitals):
    """A design on the hospital panel."""

    def build(**options):
        columns = {"unit": "hospital", "time": "month", "cohort": "cohort", "clusters": ["city", "hospital"]}
        return build_design(hospitals, **{**columns, **options})

    return build


@pytest.fixture(scope="session")
def county_design(counties):
    """A design on the county panel."""

    def build(**options):
        columns = {"unit": "countyreal", "time": "year", "cohort": "start", "clusters": ["countyreal"]}
        return build_design(counties, **{**columns, "event_window": (-4, 3), **options})

    return build
