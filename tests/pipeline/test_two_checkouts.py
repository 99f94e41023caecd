"""Two checkouts, one study: the same bytes, whatever the folder, the hash seed and the threads."""

import os
import subprocess
import sys
from pathlib import Path

from small_study import write_small_study  # loaded by this folder's conftest
from top_conftest import new_project


def written(folder: Path) -> dict[str, bytes]:
    """Every file that a run wrote."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for top in ("data_raw", "data_clean/small", "figures")
        for p in sorted((folder / top).rglob("*"))
        if p.is_file()
    }


def run_in(folder: Path, seed: str) -> dict[str, bytes]:
    """Run the small study in a process of its own; return every file it wrote."""
    write_small_study(new_project(folder))
    environment = {**os.environ, "DIPEVAL_PROJECT": str(folder), "PYTHONHASHSEED": seed}
    command = [sys.executable, "-m", "dipeval.cli", "run", "small"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return written(folder)


def test_two_checkouts_give_the_same_bytes(simulated_small, tmp_path):
    """One was run inside this process, the other in one of its own, whose hash seed is set."""
    first = written(simulated_small)
    second = run_in(tmp_path / "some/where else", "2")
    assert "figures/small/index.html" in first
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
