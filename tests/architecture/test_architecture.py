"""The shape of the house: floors, sizes, forbidden words. Read from the source text, nothing is run."""

import ast
import re
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
MOST_LINES = 400


def room_of(path: Path) -> str:
    """The room a file belongs to; the package's own __init__ stands above all."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def imported_rooms(path: Path, source: str) -> list[tuple[int, str]]:
    """(line, room) for each import from inside the package, also inside functions."""
    found = []
    for node in ast.walk(ast.parse(source)):
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


def upward(path: Path, source: str) -> list[str]:
    """Imports of a higher floor."""
    room = room_of(path)
    if room == "__init__":
        return []
    return [
        f"{path.relative_to(ROOT)}:{line} imports {other} (floor {FLOOR.get(other)}) from floor {FLOOR[room]}"
        for line, other in imported_rooms(path, source)
        if FLOOR.get(other, 99) > FLOOR[room]
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    assert room_of(path) == "__init__" or room_of(path) in FLOOR
    assert upward(path, path.read_text(encoding="utf-8")) == []


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
    assert upward(PACKAGE / "panel" / "invented.py", source)


def room_graph() -> dict[str, set[str]]:
    """Which room imports which other room of the same floor."""
    graph: dict[str, set[str]] = {}
    for path in FILES:
        room = room_of(path)
        if room != "__init__":
            others = {o for _, o in imported_rooms(path, path.read_text(encoding="utf-8"))}
            graph.setdefault(room, set()).update(o for o in others if o != room and FLOOR[o] == FLOOR[room])
    return graph


def test_rooms_of_a_floor_have_no_cycles():
    graph = room_graph()

    def reaches(start: str, goal: str, seen: frozenset = frozenset()) -> bool:
        return any(
            n == goal or (n not in seen and reaches(n, goal, seen | {n})) for n in graph.get(start, ())
        )

    assert [room for room in graph if reaches(room, room)] == []


@pytest.mark.parametrize("path", [*FILES, *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda p: str(p.name))
def test_no_file_is_over_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_median_file_is_under_150_lines():
    sizes = sorted(len(p.read_text(encoding="utf-8").splitlines()) for p in FILES if p.name != "__init__.py")
    assert sizes[len(sizes) // 2] < 150


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}


def forbidden(source: str) -> list[str]:
    """Calls and modules that would run data as code."""
    found = []
    for node in ast.walk(ast.parse(source)):
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


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_is_evaluated_or_pickled(path):
    assert forbidden(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("source", ["eval('1')", "exec('x')", "import pickle", "frame.to_pickle('a')"])
def test_a_forbidden_word_is_found(source):
    assert forbidden(source)


OPENS_FILES = re.compile(
    r"(?<![\w.])open\(|\.(read_text|write_text|read_bytes|write_bytes|to_csv|to_parquet)\(|savefig\((?!stream)|"
    r"\b(read_csv|read_parquet|read_excel)\("
)
OWN_DATA = "files(__package__)"  # the package's own TOML and fonts, through importlib.resources


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_only_the_store_opens_files(path):
    relative = path.relative_to(PACKAGE).as_posix()
    if relative.startswith("store/"):
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    own = {"read_csv", "write_text", "write_bytes"}  # the store's functions of these names are called bare
    found = []
    for number, line in enumerate(lines, 1):
        for match in OPENS_FILES.finditer(line):
            word = match.group(0).strip(".(")
            bare = not line[: match.start() + 1].rstrip().endswith(".") and not match.group(0).startswith(".")
            if not (bare and word in own) and OWN_DATA not in line:
                found.append(f"{relative}:{number}: {line.strip()}")
    assert found == []


def test_no_room_without_a_name():
    bad = [p.name for p in FILES if re.fullmatch(r"(utils?|helpers?|misc|common)\.py", p.name)]
    assert bad == []


def test_every_module_and_public_function_says_what_it_is():
    silent = []
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if tree.body and not ast.get_docstring(tree) and path.name != "__init__.py":
            silent.append(str(path.relative_to(PACKAGE)))
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                if not ast.get_docstring(node):
                    silent.append(f"{path.relative_to(PACKAGE)}: {node.name}")
    assert silent == []
