"""Stored values of other packages on omitted variables."""

import json
from pathlib import Path

import numpy as np
import pytest

from dipeval.check.omitted.partialled import Partialled

VALUES = Path(__file__).resolve().parents[2] / "oracles" / "values" / "omitted_variables.json"


@pytest.fixture
def stored():
    """From the name of a record to the record and its products, in one cluster."""
    records = {record["id"]: record for record in json.loads(VALUES.read_text("utf-8"))["records"]}

    def of_name(name):
        record = records[name]
        products, raw = np.array(record["products"]), np.array(record["raw_squares"][:1])
        covariates = tuple(record["columns"][2:])
        return record, Partialled(covariates, products[None], raw, record["n_obs"], record["n_effects"])

    return of_name
