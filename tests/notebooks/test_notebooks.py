"""The notebooks run from top to bottom, and are committed without outputs."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_committed_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [c for c in cells if c["cell_type"] == "code"]
    assert code and all(c["outputs"] == [] and c["execution_count"] is None for c in code)


def test_the_quickstart_is_short():
    cells = json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))["cells"]
    lines = [line for c in cells if c["cell_type"] == "code" for line in c["source"] if line.strip()]
    assert len(lines) <= 40


def execute(path: Path, project: Path, monkeypatch) -> list[dict]:
    """Run a notebook against a project; return the outputs of its code cells."""
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("DIPEVAL_PROJECT", str(project))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(path.parent))
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_quickstart_runs(synthetic_project, monkeypatch):
    outputs = execute(NOTEBOOKS[0], synthetic_project, monkeypatch)
    text = json.dumps(outputs, ensure_ascii=False)
    assert "true_effect" in text
    assert "image/png" in text
    assert "nothing to do" in text or "synthetic" in text


def test_swissdrg_runs(swiss_project, shared, monkeypatch):
    monkeypatch.setenv("DIPEVAL_DATA", str(shared / "real"))
    outputs = execute(NOTEBOOKS[1], swiss_project, monkeypatch)
    text = json.dumps(outputs, ensure_ascii=False)
    assert "170,928" in text
    assert "image/png" in text


def test_one_reform_turns_its_sign(root, monkeypatch):
    """The designs of the notebook: positive alone, negative against the metropolis, positive in yuan; the truth beside."""
    outputs = execute(NOTEBOOKS[2], root, monkeypatch)
    text = json.dumps(outputs, ensure_ascii=False)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    assert "against the metropolis" in text
    assert "8 calendars, smallest possible p 0.125" in text and "-0.0186" in text
