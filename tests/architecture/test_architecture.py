"""The shape of the house: floors, sizes, forbidden words. Read from the source text, nothing is run.

Each rule is one test that lists all that breaks it: a test a file costs more than reading the file.
"""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "analysis" / "dipeval"
FLOORS = (
    ("errors", "ledger", "vocabulary", "schema", "study", "store"),
    ("clean", "dip", "draft", "panel", "quality"),
    ("design", "results"),
    ("estimate", "infer", "describe", "cluster"),
    ("check",),
    ("present", "disclose"),
    ("pipeline", "report", "simulate"),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MOST_LINES = 400


@cache
def text_of(path: Path) -> str:
    """The text of a file, read once."""
    return path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class Facts:
    """What the rules ask of a file. Its tree is not kept: a thousand of them in memory cost more than parsing."""

    rooms: list[tuple[int, str]]
    forbidden: list[str]
    silent: list[str]


@cache
def facts_of(path: Path) -> Facts:
    """What a file imports and calls, and what in it says nothing of itself."""
    tree = ast.parse(text_of(path))
    words = words_in(tree)
    return Facts(imported_rooms(path, words), forbidden(words), silent(path, tree))


def words_in(tree: ast.Module) -> list[ast.AST]:
    """The imports and calls of a text, also inside functions."""
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom, ast.Call))]


def test_the_files_are_found():
    assert len(FILES) > 500 and len(TESTS) > 300
    assert Path(__file__).resolve() in TESTS
    assert set(FLOOR) <= {room_of(path) for path in FILES}


def room_of(path: Path) -> str:
    """The room a file belongs to; the package's own __init__ stands above all."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported_rooms(path: Path, words: list[ast.AST]) -> list[tuple[int, str]]:
    """(line, room) for each import from inside the package, also inside functions."""
    found = []
    for node in words:
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                if node.level:
                    base = path.relative_to(PACKAGE).parent.parts
                    base = base[: len(base) - (node.level - 1)]
                    dotted = [*base, *name.split(".")]
                elif name.split(".")[0] == "dipeval":
                    dotted = name.split(".")[1:] or [alias.name for alias in node.names]
                else:
                    continue
                found.append((node.lineno, dotted[0]))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("dipeval."):
                    found.append((node.lineno, alias.name.split(".")[1]))
    return found


def upward(path: Path, rooms: list[tuple[int, str]]) -> list[str]:
    """Imports of a higher floor."""
    room = room_of(path)
    if room == "__init__":
        return []
    return [
        f"{path.relative_to(ROOT)}:{line} imports {other} (floor {FLOOR.get(other)}) from floor {FLOOR[room]}"
        for line, other in rooms
        if FLOOR.get(other, 99) > FLOOR[room]
    ]


def test_imports_run_downwards():
    assert {room_of(path) for path in FILES} <= {"__init__", *FLOOR}
    assert [found for path in FILES for found in upward(path, facts_of(path).rooms)] == []


@pytest.mark.parametrize(
    "source",
    [
        "from ..estimate import twfe",
        "from dipeval.estimate.twfe import fit",
        "import dipeval.estimate.twfe",
        "def f():\n    from ..cli import main",
    ],
)
def test_an_upward_import_is_found(source):
    place = PACKAGE / "panel" / "invented.py"
    assert upward(place, imported_rooms(place, words_in(ast.parse(source))))


def room_graph() -> dict[str, set[str]]:
    """Which room imports which other room of the same floor."""
    graph: dict[str, set[str]] = {}
    for path in FILES:
        room = room_of(path)
        if room != "__init__":
            others = {o for _, o in facts_of(path).rooms}
            graph.setdefault(room, set()).update(o for o in others if o != room and FLOOR[o] == FLOOR[room])
    return graph


def test_rooms_of_a_floor_have_no_cycles():
    graph = room_graph()

    def reaches(start: str, goal: str, seen: frozenset = frozenset()) -> bool:
        return any(
            n == goal or (n not in seen and reaches(n, goal, seen | {n})) for n in graph.get(start, ())
        )

    assert [room for room in graph if reaches(room, room)] == []


def test_no_file_is_over_400_lines():
    sizes = {str(path.relative_to(ROOT)): len(text_of(path).splitlines()) for path in [*FILES, *TESTS]}
    assert {name: lines for name, lines in sizes.items() if lines > MOST_LINES} == {}


def test_median_file_is_under_150_lines():
    sizes = sorted(len(text_of(p).splitlines()) for p in FILES if p.name != "__init__.py")
    assert sizes[len(sizes) // 2] < 150


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def forbidden(words: list[ast.AST]) -> list[str]:
    """Calls and modules that would run data as code."""
    found = []
    for node in words:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            found.append(f"line {node.lineno}: {node.func.id}()")
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [f"line {node.lineno}: {n}" for n in names if n.split(".")[0] in FORBIDDEN_MODULES]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in {"to_pickle", "read_pickle"}:
                found.append(f"line {node.lineno}: {node.func.attr}()")
    return found


def test_nothing_is_evaluated_or_pickled():
    found = {str(path.relative_to(PACKAGE)): facts_of(path).forbidden for path in FILES}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("source", ["eval('1')", "exec('x')", "import pickle", "frame.to_pickle('a')"])
def test_a_forbidden_word_is_found(source):
    assert forbidden(words_in(ast.parse(source)))


OPENS_FILES = re.compile(
    r"(?<![\w.])open\(|\.(read_text|write_text|read_bytes|write_bytes|to_csv|to_parquet)\(|savefig\((?!stream)|"
    r"\b(read_csv|read_parquet|read_excel)\("
)
OWN_DATA = "files(__package__)"  # the package's own TOML and fonts, through importlib.resources


OWN_FUNCTIONS = {"read_csv", "write_text", "write_bytes"}  # the store's functions, which are called bare


def opens(text: str) -> list[tuple[int, str]]:
    """The lines of a text that open a file, with their numbers."""
    found = []
    for number, line in enumerate(text.splitlines() if OPENS_FILES.search(text) else (), 1):
        for match in OPENS_FILES.finditer(line):
            word = match.group(0).strip(".(")
            bare = not line[: match.start()].rstrip().endswith(".") and not match.group(0).startswith(".")
            if not (bare and word in OWN_FUNCTIONS) and OWN_DATA not in line:
                found.append((number, line.strip()))
    return found


def test_only_the_store_opens_files():
    others = [path for path in FILES if room_of(path) != "store"]
    assert [f"{p.relative_to(PACKAGE)}:{n}: {line}" for p in others for n, line in opens(text_of(p))] == []


@pytest.mark.parametrize("source", ["open('a')", "path.read_text()", "pd.read_csv('a')", "f.savefig(place)"])
def test_an_opened_file_is_found(source):
    assert opens(f"first\n{source}\n") == [(2, source)]


def test_no_room_without_a_name():
    bad = [p.name for p in FILES if re.fullmatch(r"(utils?|helpers?|misc|common)\.py", p.name)]
    assert bad == []


def silent(path: Path, tree: ast.Module) -> list[str]:
    """The file and its public functions and classes that have no docstring."""
    name = str(path.relative_to(PACKAGE))
    found = [name] if tree.body and not ast.get_docstring(tree) and path.name != "__init__.py" else []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            if not ast.get_docstring(node):
                found.append(f"{name}: {node.name}")
    return found


def test_every_module_and_public_function_says_what_it_is():
    assert [what for path in FILES for what in facts_of(path).silent] == []


def test_a_silent_function_is_found():
    place = PACKAGE / "panel" / "invented.py"
    assert silent(place, ast.parse("def f():\n    return 1")) == ["panel/invented.py", "panel/invented.py: f"]
