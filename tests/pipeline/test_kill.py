"""A kill -9 at any moment: no half file, and the next run completes with the bytes of an undisturbed one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "dipeval.cli", "run", "small"]


def start(project: Path) -> subprocess.Popen:
    environment = {**os.environ, "DIPEVAL_PROJECT": str(project), "DIPEVAL_DATA": str(project / "given")}
    return subprocess.Popen(COMMAND, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def results(project: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(project)): p.read_bytes()
        for top in ("data_clean/small", "figures")
        for p in sorted((project / top).rglob("*"))
        if p.is_file()
    }


@pytest.fixture(scope="module")
def whole(simulated_small, tmp_path_factory) -> dict[str, bytes]:
    """What an undisturbed run writes."""
    import shutil

    place = tmp_path_factory.mktemp("whole") / "project"
    shutil.copytree(simulated_small / "analysis", place / "analysis")
    shutil.copytree(simulated_small / "data_raw", place / "given")
    assert start(place).wait(timeout=300) == 0
    return results(place)


MOMENTS = (0.7, 1.5, 2.5, 4.0)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", MOMENTS)
def test_a_killed_run_leaves_whole_files(small_project, whole, seconds):
    process = start(small_project)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for name, content in results(small_project).items():
        assert content == whole[name], f"{name} is not the whole file"
    assert start(small_project).wait(timeout=300) == 0
    assert results(small_project) == whole
