"""A page of invented exhibits."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from dipeval.disclose import gate
from dipeval.ledger import Entry, Ledger
from dipeval.present import DRAWERS, draw, shown_csv, tabulate
from dipeval.report import Page, Shown

PLACE = Path(__file__).resolve().parents[1] / "present" / "conftest.py"
NAMES = ("event_monthly", "map_yearly", "table_one", "regression", "ledger", "validation")


def _invented():
    """The exhibits of the tests of `present`, which stand in another folder."""
    found = importlib.util.spec_from_file_location("invented_exhibits", PLACE)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.demo_exhibits()


def shown_of(exhibit) -> Shown:
    """An exhibit with all its files."""
    released, _ = gate(exhibit)
    files = {f"{exhibit.name}.csv": shown_csv(released)}
    for language, suffix in (("en", ""), ("zh", ".zh")):
        made = draw(released, language) if exhibit.kind in DRAWERS else tabulate(released, language)
        files |= {f"{exhibit.name}{suffix}.{form}": made[form] for form in made if form != "csv"}
    return Shown(released, files)


@pytest.fixture(scope="session")
def shown() -> tuple[Shown, ...]:
    """Two figures and four tables with their files."""
    exhibits = _invented()
    return tuple(shown_of(exhibits[name]) for name in NAMES)


@pytest.fixture(scope="session")
def facts(shown) -> dict:
    """Everything that a page is made of, as keyword arguments."""
    _, withheld = gate(_invented()["numbers"])
    return {
        "study": "demo",
        "title_en": "Twelve invented cities & <b>more</b>",
        "title_zh": "十二个虚构城市",
        "methods_en": "We study hospital-months.",
        "methods_zh": "研究医院-月数据。",
        "synthetic": True,
        "inputs": (
            {"path": "anlan/discharges.csv", "sha256": "a" * 64, "bytes": 1234567, "rows": 34567},
            {"path": "beihe/<img>.csv", "sha256": "b" * 64, "bytes": 12, "rows": 3},
        ),
        "study_sha256": "c" * 64,
        "code_sha256": "d" * 64,
        "environment": {"python": "3.11.2", "numpy": "2.4.0"},
        "shown": shown,
        "ledger": Ledger((Entry("read", "a", "r", 100, 90), Entry("clean", "a", "s", 90, 90, 4))),
        "warnings": ("Only 12 clusters.", "<script>alert(1)</script>"),
        "withheld": withheld,
    }


@pytest.fixture(scope="session")
def page(facts) -> Page:
    """The whole page."""
    return Page(**facts)
