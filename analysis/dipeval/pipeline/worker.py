"""Small stages side by side, in processes of their own.

Cleaning a small city costs mostly the planning of its query, which uses one core; two cities at once
use two. A large city is cleaned alone: there the engine itself uses all cores, and the memory.
Processes get names and give back lines of JSON; nothing else passes between them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from ..errors import DataError, DesignError, DipevalError, Problem, StudyError
from ..store.engines import EMBEDDED, ENGINE_VARIABLE
from ..store.fingerprint import PACKAGE
from ..store.project import DATA_VARIABLE, PROJECT_VARIABLE, Project
from ..store.record_key import KEY_FILE_VARIABLE, KEY_VARIABLE

if TYPE_CHECKING:
    from .stages import Stage

SMALL = 256 * 1024 * 1024
"""Bytes of raw files below which a stage shares the machine."""
KINDS = {kind.__name__: kind for kind in (DataError, StudyError, DesignError, DipevalError)}


def side_by_side(project: Project, stages: Sequence[Stage]) -> list[Stage]:
    """The stages that gain from sharing the machine: several, independent of each other and small.

    A cluster is shared by itself, and a session of Spark a process would cost more than it gains.
    """
    if project.engine != EMBEDDED:
        return []
    small = [s for s in stages if not s.after and s.raw and sum(p.stat().st_size for _, p in s.raw) < SMALL]
    return small if len(small) > 1 and (os.cpu_count() or 1) > 1 else []


def run_side_by_side(
    project: Project, study: str, work: Sequence[tuple[Stage, Path]], finished: Callable[[str, float], None]
) -> None:
    """Run stages in as many processes as there are cores, at most four.

    Parameters
    ----------
    work : sequence of (Stage, pathlib.Path)
        Each with the folder that receives its outputs.
    finished : callable
        Told each stage as it ends, with its seconds; never two at once.

    Raises
    ------
    DipevalError
        With the problems of all stages together, after the others have ended.
    """
    shares = _shares(work, min(4, os.cpu_count() or 1))
    turn = Lock()

    def follow(share: list[tuple[Stage, Path]]) -> list[dict]:
        errors = []
        for line in _listen(project, study, share):
            if "error" in line:
                errors.append(line["error"])
            else:
                with turn:
                    finished(line["stage"], line["seconds"])
        return errors

    with ThreadPoolExecutor(len(shares)) as pool:
        wrong = [error for errors in pool.map(follow, shares) for error in errors]
    if wrong:
        problems = [
            Problem(**{**p, "evidence": tuple(p["evidence"])}) for error in wrong for p in error["problems"]
        ]
        raise KINDS[wrong[0]["kind"]](wrong[0]["stage"] if len(wrong) == 1 else "read raw files", problems)


def _shares(work: Sequence[tuple[Stage, Path]], count: int) -> list[list[tuple[Stage, Path]]]:
    """Largest first, each to the process that has least to do."""
    sizes = {stage.name: sum(path.stat().st_size for _, path in stage.raw) for stage, _ in work}
    shares: list[list[tuple[Stage, Path]]] = [[] for _ in range(min(count, len(work)))]
    for pair in sorted(work, key=lambda p: (-sizes[p[0].name], p[0].name)):
        min(shares, key=lambda share: sum(sizes[s.name] for s, _ in share)).append(pair)
    return shares


def _listen(project: Project, study: str, share: list[tuple[Stage, Path]]) -> Iterator[dict]:
    """Start a process for a share and pass on what it tells, a line a stage."""
    words = [word for stage, out in share for word in (stage.name, str(out))]
    path = os.pathsep.join([str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, PROJECT_VARIABLE: str(project.root), "PYTHONPATH": path}
    environment[ENGINE_VARIABLE] = project.engine
    if len(project.data) > 1:
        environment[DATA_VARIABLE] = str(project.data[0].resolve())
    if project.key_file is not None:
        environment.pop(KEY_VARIABLE, None)
        environment[KEY_FILE_VARIABLE] = str(project.key_file.resolve())
    command = [sys.executable, "-m", "dipeval.pipeline.worker", study, *words]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        for text in process.stdout:
            yield json.loads(text)
    if process.returncode:
        raise RuntimeError(
            f"the process that ran {share[0][0].name} and others ended with {process.returncode}"
        )


def _end_with_parent() -> None:
    """Wait for the end of standard input, which the parent holds open, and end at once.

    A killed run must not leave processes that write into the staging folder of the next one.
    """
    sys.stdin.read()
    os._exit(1)


def main(words: Sequence[str]) -> None:
    """Run the named stages of a study: ``study stage folder stage folder …``."""
    from importlib import import_module

    from ..store.project import open_project
    from .plan import declare, stages_of
    from .stages import Workspace

    Thread(target=_end_with_parent, daemon=True).start()
    project = open_project()
    study, *rest = words
    stages = {stage.name: stage for stage in stages_of(project, declare(project, study))}
    workspace = Workspace(project, study, stages)
    for name, out in zip(rest[::2], rest[1::2], strict=True):
        begun = time.perf_counter()
        line: dict[str, object] = {"stage": name}
        try:
            import_module(f"dipeval.{stages[name].module}").run(workspace, Path(out), *stages[name].arguments)
            line["seconds"] = time.perf_counter() - begun
        except DipevalError as error:
            problems = [asdict(problem) for problem in error.problems]
            line["error"] = {"kind": type(error).__name__, "stage": error.stage, "problems": problems}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
