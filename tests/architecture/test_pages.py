"""What the pages tell a user to import is there, and is what they call."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "analysis/README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES)
def test_imports_of_snippets(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for snippet in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        tree = ast.parse(snippet)
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "id")
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                for name in (alias.name for alias in node.names):
                    found = getattr(import_module(node.module), name)
                    assert callable(found) or name not in called, f"{page}: {node.module}.{name}"
