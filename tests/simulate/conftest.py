"""The embedded example, its cities and formats, and one small invented world that many tests look at."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dipeval.check.registry import check_kinds
from dipeval.simulate import simulate_panel, simulate_study
from dipeval.study import City, Registries, Source, Study, parse_city, parse_source, parse_study
from dipeval.study.grammar import Key

ANALYSIS = Path(__file__).resolve().parents[2] / "analysis"
ESTIMATORS = {"imputation": {}, "twfe": {}, "twfe_event_study": {}}
INFERENCE = {"cluster": {"small_sample": Key("text", default="CR1")}}
KNOWN = Registries(ESTIMATORS, INFERENCE, {}, checks=check_kinds())


@dataclass(frozen=True)
class Example:
    """A study with its cities and sources."""

    study: Study
    cities: dict[str, City]
    sources: dict[str, Source]

    def of_size(self, discharges: int, **changes) -> "Example":
        simulation = replace(self.study.simulation, discharges=discharges, **changes)
        return replace(self, study=replace(self.study, simulation=simulation))

    def files(self) -> dict[str, bytes]:
        return dict(simulate_study(self.study, self.cities, self.sources))

    def panel(self, seed=None):
        return simulate_panel(self.study, self.cities, seed)


def _text(kind: str, name: str) -> str:
    return (ANALYSIS / kind / f"{name}.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def example() -> Example:
    names = tuple(p.stem for p in ANALYSIS.glob("cities/synthetic_*.toml") if p.stem != "synthetic_points")
    formats = ("front_page", "settlement_list")
    cities = {n: parse_city(_text("cities", n), n, KNOWN, formats, n) for n in names}
    sources = {n: parse_source(_text("sources", n), n, n) for n in formats}
    study = parse_study(_text("studies", "synthetic"), "synthetic", KNOWN, names, "synthetic")
    return Example(study, {name: cities[name] for name in study.cities}, sources)


@pytest.fixture(scope="session")
def small(example) -> Example:
    """A tenth of the example, with the same hospitals."""
    return example.of_size(40_000)


@pytest.fixture(scope="session")
def small_files(small) -> dict[str, bytes]:
    return small.files()
