"""The embedded example, read from its files."""

from pathlib import Path

import pytest

from dipeval.check.registry import check_kinds
from dipeval.study import Registries, parse_city, parse_study
from dipeval.study.grammar import Key

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
ESTIMATORS = {"imputation": {}, "twfe": {}, "twfe_event_study": {}}
INFERENCE = {"cluster": {"small_sample": Key("text", default="CR1")}}
KNOWN = Registries(ESTIMATORS, INFERENCE, {}, checks=check_kinds())


@pytest.fixture(scope="session")
def invented():
    """The study and its cities."""
    places = [p for p in ANALYSIS.glob("cities/synthetic_*.toml") if p.stem != "synthetic_points"]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in places}
    formats = ("front_page", "settlement_list")
    cities = {name: parse_city(text, name, KNOWN, formats, name) for name, text in sorted(texts.items())}
    text = (ANALYSIS / "studies" / "synthetic.toml").read_text(encoding="utf-8")
    return parse_study(text, "synthetic", KNOWN, tuple(cities), "synthetic"), cities
