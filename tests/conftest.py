"""Places that tests share, and the embedded example run once for all of them."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


LONG_FIRST = ("pipeline", "engines", "faults", "draft")
"""Folders whose files take longest: begun first, so that no process is left alone with one at the end."""
MADE_ONCE = ("synthetic_project", "simulated_small", "points_city", "swiss_project", "brazil_project")
"""Fixtures that one process makes while the others would wait for it, the longest first."""
ENGINES = "tests/engines/"
"""Tests on both engines: one process runs them all, so that one session of Spark serves them."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each file to one process, and all files of `ENGINES` to the same."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::", 1)[0]
            return ENGINES if path.startswith(ENGINES) else path

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order whole files: first those of `ENGINES`, then one that makes each shared project, then the long ones
    that need none of these, then the long ones that need one; inside a file nothing moves."""
    needs: dict[Path, set[str]] = {}
    for item in items:
        needs.setdefault(item.path, set()).update(set(getattr(item, "fixturenames", ())) & set(MADE_ONCE))
    engines = {path for path in needs if path.relative_to(ROOT).as_posix().startswith(ENGINES)}
    makers: dict[Path, int] = {}
    for name in MADE_ONCE:
        there = [path for path, names in needs.items() if name in names and path not in engines]
        if there and not any(name in needs[path] for path in makers):
            makers[there[0]] = len(makers)

    def order(item: pytest.Item) -> tuple[object, ...]:
        is_long = item.path.relative_to(ROOT / "tests").parts[0] in LONG_FIRST
        is_maker = item.path in makers
        place = makers.get(item.path, 0)
        return item.path not in engines, not is_maker, place, not is_long, bool(needs[item.path])

    items.sort(key=order)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference values and real data; tests that need them skip where the folder does not exist."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with reference values and real data is not beside this clone")
    return SHARED


@pytest.fixture(scope="session")
def reference(shared):
    """Stored records of one file by id."""

    def load(name: str) -> dict[str, dict]:
        text = (shared / "reference" / "values" / f"{name}.json").read_text(encoding="utf-8")
        return {record["id"]: record for record in json.loads(text)["records"]}

    return load


def new_project(folder: Path) -> Path:
    """A project folder of its own, with the studies, cities and sources of the checkout."""
    for kind in ("studies", "cities", "sources", "crosswalks", "dip", "portraits"):
        shutil.copytree(ROOT / "analysis" / kind, folder / "analysis" / kind)
    return folder


@pytest.fixture
def project(tmp_path) -> Path:
    """An empty project for one test."""
    return new_project(tmp_path / "project")


def once(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """A project made once, also when several test processes ask for it at the same time."""
    place = base / name
    with open(base / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / f"{name}.done").exists():
            shutil.rmtree(place, ignore_errors=True)
            make(new_project(place))
            (base / f"{name}.done").touch()
    return place


@pytest.fixture(scope="session")
def shared_base(tmp_path_factory) -> Path:
    """A folder that all test processes of one session share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def synthetic_project(shared_base) -> Path:
    """A project in which the embedded example has been simulated and run; read only."""
    from dipeval import run_study

    return once(shared_base, "synthetic_project", lambda place: run_study("synthetic", root=place))


@pytest.fixture(scope="session")
def swiss_project(shared_base, shared) -> Path:
    """A project in which the study on the Swiss key figures has been run; read only."""
    from dipeval import run_study

    return once(shared_base, "swiss_project", lambda p: run_study("swissdrg", root=p, data=shared / "real"))


@pytest.fixture(scope="session")
def brazil_project(shared_base, shared) -> Path:
    """A project in which the placebo study on the Brazilian cases has been run; read only."""
    from dipeval import run_study

    return once(shared_base, "brazil_project", lambda p: run_study("datasus", root=p, data=shared / "real"))


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory) -> Path:
    """Where the Spark session of a test process spills."""
    return tmp_path_factory.mktemp("spark")


@pytest.fixture
def spark(tmp_path, spark_folder):
    """A Spark engine on this machine; all tests of a process share its session, which starts once."""
    from dipeval.store.spark import SparkEngine
    from dipeval.store.spark_session import has_java

    if not has_java():
        pytest.skip("Spark runs on Java, and there is none here")
    small = {
        "spark.driver.memory": "2g",
        "spark.sql.shuffle.partitions": "2",
        # Tests run each query once: time goes into compiling, not into rows.
        "spark.driver.defaultJavaOptions": "-XX:TieredStopAtLevel=1",
    }
    with SparkEngine("spark:local", tmp_path / "spark", spark_folder, small) as engine:
        yield engine


@pytest.fixture(scope="session")
def points_city(shared_base) -> Path:
    """A project in which the invented city of payment was settled; ``told.<language>`` and ``folder`` say what came."""
    from dipeval.pipeline.dip_plan import dip_city

    def make(project: Path) -> None:
        for language in ("en", "zh"):
            told, folder = dip_city("settle", "synthetic_points", language=language, root=project)
            (project / f"told.{language}").write_text(told, encoding="utf-8")
        (project / "folder").write_text(folder, encoding="utf-8")

    return once(shared_base, "points_city", make)
