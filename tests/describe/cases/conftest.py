"""Invented cases, an engine that holds them, and what a study would ask of them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

HOSPITALS = 14
DEPARTMENTS = "ABCDEFGHIJKL"


def invented(n: int = 1_500, seed: int = 7) -> pd.DataFrame:
    """Cases with everything that descriptions ask for, some of it missing."""
    draw = np.random.default_rng(seed)
    sizes = 0.75 ** np.arange(len(DEPARTMENTS))
    cost = (draw.lognormal(8, 1, n) * 100).astype("int64")
    paid = (cost * draw.uniform(0.3, 0.8, n)).astype("int64")
    return pd.DataFrame(
        {
            "city": draw.choice(["a", "b"], n, p=[0.6, 0.4]),
            "hospital": draw.choice([f"h{k}" for k in range(HOSPITALS)], n),
            "level": draw.choice(["primary", "secondary", "tertiary"], n),
            "insurance_type": draw.choice(["employee", "resident"], n),
            "department": draw.choice(list(DEPARTMENTS), n, p=sizes / sizes.sum()),
            "discharge_date": [datetime.date(2021, int(m), 5) for m in draw.integers(1, 5, n)],
            "case_weight": draw.lognormal(-0.5, 0.8, n).round(4),
            "loss_case": pd.array([None if u < 0.05 else int(u < 0.35) for u in draw.random(n)], "Int64"),
            "profit": draw.integers(-(10**6), 10**5, n),
            "disposition": draw.choice(["home", "death"], n, p=[0.9, 0.1]),
            "care_days": draw.integers(1, 30, n),
            "total_cost": cost,
            "fund_paid": pd.array(np.where(draw.random(n) < 0.04, None, paid), "Int64"),
        }
    )


@pytest.fixture(scope="session")
def case_engine():
    with Engine(memory_limit="500MB", threads=1) as made:
        yield made


@pytest.fixture(scope="session")
def stays() -> pd.DataFrame:
    return invented()


@pytest.fixture(scope="session")
def given(case_engine, stays) -> Given:
    return given_of(case_engine, stays)


def given_of(engine: Engine, frame: pd.DataFrame) -> Given:
    """A study's material made of a frame."""
    table = engine.small_table(frame)
    day = table.discharge_date
    table = table.mutate(period=day.strftime("%Y-%m"), year=day.strftime("%Y"))
    return Given(pd.DataFrame(), "month", "2021-01", "2021-04", "CNY", True, {}, engine, table)


@pytest.fixture(scope="session")
def asked():
    """A description as the parser would hand it on, defaults filled in."""

    def choose(kind: str, where=None, bins=None, name="d", **options) -> DescriptionChoice:
        rules = KINDS[kind].keys
        assert set(options) <= set(rules)
        defaults = {key: getattr(rule, "default", {}) for key, rule in rules.items()}
        return DescriptionChoice(name, kind, {**defaults, **options}, where or {}, bins or {})

    return choose


@pytest.fixture(scope="session")
def make(given, asked):
    """The exhibits of a description by name; made once, since they are frozen."""
    kept: dict[str, dict] = {}

    def made(kind: str, where=None, bins=None, **options):
        key = repr((kind, where, bins, sorted(options.items())))
        if key not in kept:
            kept[key] = {e.name: e for e in KINDS[kind].make(given, asked(kind, where, bins, **options))}
        return kept[key]

    return made


@pytest.fixture(scope="session")
def make_of(case_engine, asked):
    """The same of another frame of cases."""

    def made(frame: pd.DataFrame, kind: str, where=None, bins=None, name="d", **options):
        choice = asked(kind, where, bins, name, **options)
        return {e.name: e for e in KINDS[kind].make(given_of(case_engine, frame), choice)}

    return made


@pytest.fixture(scope="session")
def cell():
    """The row of a grid or matrix at a row and column."""

    def find(exhibit, row: str, column: str) -> pd.Series:
        found = exhibit.frame.query("row == @row and column == @column")
        assert len(found) == 1
        return found.iloc[0]

    return find
