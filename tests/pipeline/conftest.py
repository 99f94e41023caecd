"""A small project, simulated once and copied for each test that spoils it."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CONFTEST = HERE.parent / "conftest.py"


def load(path: Path, name: str):
    """Load a file of this folder; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


small = load(HERE / "small_study.py", "small_study")
marked = load(HERE / "marked_files.py", "marked_files")
top = load(CONFTEST, "top_conftest")


@pytest.fixture(scope="session")
def simulated_small(shared_base) -> Path:
    """The small study with its raw files, run; read only."""
    from dipeval import run_study

    def make(place: Path) -> None:
        run_study("small", root=small.write_small_study(place))

    return top.once(shared_base, "small_project", make)


@pytest.fixture
def small_project(simulated_small, tmp_path) -> Path:
    """A copy that a test may spoil: its raw files lie in `given`, so nothing invents them again."""
    place = tmp_path / "project"
    shutil.copytree(simulated_small / "analysis", place / "analysis")
    shutil.copytree(simulated_small / "data_raw", place / "given")
    return place


@pytest.fixture
def run_project(simulated_small, small_project) -> Path:
    """The same with the results of a run."""
    for folder in ("data_clean", "figures"):
        shutil.copytree(simulated_small / folder, small_project / folder)
    return small_project


@pytest.fixture
def marked_files():
    """The module that writes files in which every identifying cell carries a mark."""
    return marked
