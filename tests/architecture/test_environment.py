"""pyproject.toml, constraints.txt and environment.yml say the same."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*(.*)$")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", pin) for pin in pins), "only name==version"
    return {canonical(pin.split("==")[0]): pin.split("==")[1] for pin in pins}


def requirements() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(r for extra in project["optional-dependencies"].values() for r in extra),
    ]
    return {canonical(NAME.match(r)[1]): NAME.match(r)[2] for r in asked}


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(p) for p in re.findall(r"\d+", version.split("+")[0]))


def test_every_dependency_is_pinned_at_a_version_that_it_allows():
    pins = constraints()
    for name, bound in requirements().items():
        assert name in pins, f"{name} is not pinned in constraints.txt"
        assert bound.startswith(">="), f"{name} states no lower bound"
        assert as_numbers(pins[name]) >= as_numbers(bound[2:]), f"{name}=={pins[name]} is below {bound}"


def test_the_client_s_packages_are_there():
    assert {"statsmodels", "linearmodels", "pandas", "numpy", "matplotlib", "jupyter"} <= set(requirements())


def test_conda_users_get_the_same():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert f"- python{wanted}" in lines
    pip = lines.index("- pip:")
    assert lines[pip - 1] == "- pip"
    assert lines[pip + 1 :] == ["- -c constraints.txt", "- -e ."]


def test_the_pins_are_what_runs_here():
    """Numbers are only as reproducible as the versions: this environment is the pinned one."""
    from importlib.metadata import version

    pins = constraints()
    for name in ("numpy", "pandas", "duckdb", "pyarrow", "matplotlib", "ibis-framework", "scipy"):
        assert version(name) == pins[name]


def test_no_address_of_a_registry():
    word = re.compile(r"https?://")
    for name in ("constraints.txt", "environment.yml", "Makefile"):
        assert not word.search((ROOT / name).read_text(encoding="utf-8"))
