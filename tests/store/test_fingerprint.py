"""A stage's fingerprint holds the code it runs, with everything that code imports."""

import ast
from pathlib import Path

import pytest

from dipeval.store import fingerprint
from dipeval.store.fingerprint import canonical, code_sha256, file_sha256, same_file, seen_file


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package in place of dipeval."""
    root = tmp_path / "dipeval"
    for name, text in {
        "__init__.py": "",
        "top/__init__.py": "",
        "top/run.py": (
            "from typing import TYPE_CHECKING\nfrom ..mid import step\nLATE = 'dipeval.late.drawn:draw'\n"
            "if TYPE_CHECKING:\n    from ..other import far\n"
        ),
        "mid/__init__.py": "",
        "mid/step.py": "def f():\n    from dipeval.low.deep import g\n    return g\n",
        "low/__init__.py": "",
        "low/deep.py": "def g():\n    return 1\n",
        "low/words.toml": "a = 1\n",
        "late/__init__.py": "",
        "late/drawn.py": "def draw():\n    return 1\n",
        "other/__init__.py": "",
        "other/far.py": "x = 1\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(fingerprint, "PACKAGE", root)
    return root


def of_run() -> str:
    for memory in (fingerprint.code_sha256, fingerprint._bytes, fingerprint._imports):
        memory.cache_clear()
    return code_sha256(("top.run",))


@pytest.mark.parametrize(
    "name", ["top/run.py", "mid/step.py", "low/deep.py", "low/words.toml", "late/drawn.py"]
)
def test_an_edit_anywhere_in_the_imports_changes_it(package: Path, name):
    before = of_run()
    place = package / name
    place.write_text(place.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert of_run() != before


def test_an_edit_elsewhere_does_not_nor_where_only_types_are_named(package: Path):
    before = of_run()
    (package / "other/far.py").write_text("x = 2\n", encoding="utf-8")
    assert of_run() == before


@pytest.fixture(autouse=True)
def forget():
    yield
    for memory in (fingerprint.code_sha256, fingerprint._bytes, fingerprint._imports):
        memory.cache_clear()


def test_canonical_does_not_depend_on_the_order_of_keys():
    assert canonical({"b": (1, 2), "a": None}) == canonical({"a": None, "b": [1, 2]})


def test_a_file_is_the_same_until_its_bytes_move(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    seen = seen_file(path)
    assert seen[2] == file_sha256(path) and same_file(path, seen)
    path.write_bytes(b"abd")
    assert not same_file(path, (seen[0], seen[1] - 1, seen[2]))
    path.write_bytes(b"abcd")
    assert not same_file(path, seen)
    path.unlink()
    assert not same_file(path, seen)


def parsed_imports(path: Path) -> set[Path]:
    """What Python's own parser says a module imports from the package, without what only types need."""
    found, waiting = set(), [ast.parse(path.read_bytes())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else fingerprint.PACKAGE.parent
            base = base.joinpath(*(node.module or "").split("."))
            found |= {base, *(base / alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {fingerprint.PACKAGE.parent.joinpath(*alias.name.split(".")) for alias in node.names}
        waiting.extend(ast.iter_child_nodes(node))
    return {place for place in found if place != fingerprint.PACKAGE and fingerprint.PACKAGE in place.parents}


def test_imports_read_from_the_text_are_those_of_the_parser():
    missed = {}
    for path in fingerprint.PACKAGE.rglob("*.py"):
        lacking = parsed_imports(path) - set(fingerprint._imports(path))
        if lacking:
            missed[path.name] = sorted(place.name for place in lacking)
    assert not missed


def test_imports_in_every_way_of_writing_are_seen(package: Path):
    (package / "top/run.py").write_text(
        "import dipeval.low.deep\nfrom .. import mid\nfrom ..late import (\n    drawn,  # late, on purpose\n)\n"
        "if TYPE_CHECKING:\n    from ..other import far\n\n    x = 1\n\n\ndef f():\n    from ..mid import step as s\n",
        encoding="utf-8",
    )
    fingerprint._bytes.cache_clear()
    found = {place.relative_to(package).as_posix() for place in fingerprint._imports(package / "top/run.py")}
    assert found == {"low/deep", "mid", "late", "late/drawn", "mid/step"}
