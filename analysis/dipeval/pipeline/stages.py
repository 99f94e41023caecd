"""Run stages: each only when it must, saying why; all outputs land together, or none.

A stage writes into a staging folder. When all stages of a run have succeeded, their files are moved
into place by rename. An error of the input removes the staging folder, so that nothing is written;
a kill leaves it, and the next run takes up the finished stages in it.
"""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DipevalError
from ..store.atomic import publish, read_text, remove_folder, write_text
from ..store.fingerprint import code_sha256, same_file, seen_file, text_sha256
from ..store.lock import lock
from ..store.project import Project
from .keys import Key, Record, environment_sha256, read_record
from .worker import run_side_by_side, side_by_side


@dataclass(frozen=True)
class Stage:
    """One step from inputs to a folder of files.

    Attributes
    ----------
    name : str
        For example ``clean/synthetic_anlan``.
    module : str
        Module below ``dipeval`` whose ``run(workspace, out, *arguments)`` does the work; its
        fingerprint, with all its imports, is part of the key.
    arguments : tuple
        Further arguments of ``run``.
    part : str
        Canonical text of what the study, city and source files say to this stage.
    raw : tuple of (str, pathlib.Path)
        Raw input files.
    after : tuple of str
        Stages whose outputs are inputs.
    target : str
        Folder below the project root that receives the outputs.
    at_once : bool
        Publish when done, without removing what else stands in the target (raw files of a simulation).
    record_key : str
        Check value of the user's key, where hashes by it stand in the outputs.
    """

    name: str
    module: str
    arguments: tuple[object, ...]
    part: str
    raw: tuple[tuple[str, Path], ...]
    after: tuple[str, ...]
    target: str
    at_once: bool = False
    record_key: str = ""


@dataclass
class Workspace:
    """What the stages of one study share: the project, where each stage's files stand now, and who is told
    of progress."""

    project: Project
    study: str
    stages: Mapping[str, Stage]
    staged: set[str] = field(default_factory=set)
    say: Callable[[str], None] = lambda line: None

    @property
    def staging(self) -> Path:
        return self.project.data_clean / ".staging" / self.study

    @property
    def records(self) -> Path:
        return self.project.data_clean / ".records" / self.study

    def folder(self, stage: str) -> Path:
        """Folder with the outputs of `stage`: staged in this run, or published by an earlier one."""
        if stage in self.staged:
            return self.staging / flat(stage)
        return self.project.root / self.stages[stage].target

    def record(self, stage: str) -> Record | None:
        """The record that goes with `folder`."""
        return read_record(self._record_path(stage))

    def _record_path(self, stage: str) -> Path:
        place = self.staging if stage in self.staged else self.records
        return place / f"{flat(stage)}.json"


@dataclass(frozen=True)
class Done:
    """What happened to one stage; `reasons` is empty when it had nothing to do."""

    stage: str
    reasons: tuple[str, ...]
    seconds: float


def flat(stage: str) -> str:
    """A stage's name as a file name."""
    return stage.replace("/", "__")


def run_stages(
    project: Project, study: str, stages: Sequence[Stage], say: Callable[[str], None] = lambda line: None
) -> list[Done]:
    """Run what must run, in order, and publish everything at the end.

    Parameters
    ----------
    stages : sequence of Stage
        In an order in which each comes after those it names in `after`.
    say : callable
        Receives progress lines.

    Raises
    ------
    DipevalError
        When the input of a stage is wrong; then nothing is written.
    """
    workspace = Workspace(project, study, {s.name: s for s in stages}, say=say)
    with lock(project.data_clean / ".staging" / f"{study}.lock", f"study {study}"):
        seen = _Seen(project, study)
        done: dict[str, Done] = {}
        try:
            _small_stages(workspace, stages, seen, say, done)
            for stage in stages:
                if stage.name not in done:
                    done[stage.name] = _step(workspace, stage, seen, say)
        except DipevalError:
            remove_folder(workspace.staging)
            raise
        for stage in stages:
            if stage.name in workspace.staged:
                _publish(workspace, stage)
        if workspace.staging.exists():
            remove_folder(workspace.staging)
        seen.save()
    return [done[stage.name] for stage in stages]


def _small_stages(
    workspace: Workspace,
    stages: Sequence[Stage],
    seen: _Seen,
    say: Callable[[str], None],
    done: dict[str, Done],
) -> None:
    """Run several small stages at once; a single one is left to `_step`."""
    due = {}
    for stage in side_by_side(workspace.project, stages):
        key = _key(workspace, stage, seen)
        reasons = _reasons(workspace, stage, key)
        if reasons and not _left_over(workspace, stage, key):
            due[stage.name] = (stage, key, tuple(reasons))
    if len(due) < 2:
        return
    for name, (_, _, reasons) in due.items():
        say(f"{name}: {'; '.join(reasons)}")

    def finished(name: str, seconds: float) -> None:
        stage, key, reasons = due[name]
        _finish(workspace, stage, key, workspace.staging / flat(name))
        done[name] = Done(name, reasons, seconds)
        if seconds > 2:
            say(f"{name}: done in {seconds:.1f} s")

    work = [(stage, _empty(workspace, stage)) for stage, _, _ in due.values()]
    run_side_by_side(workspace.project, workspace.study, work, finished)


def _step(workspace: Workspace, stage: Stage, seen: _Seen, say: Callable[[str], None]) -> Done:
    key = _key(workspace, stage, seen)
    reasons = _reasons(workspace, stage, key)
    if not reasons:
        return Done(stage.name, (), 0.0)
    if _left_over(workspace, stage, key):
        workspace.staged.add(stage.name)
        say(f"{stage.name}: taken up from the run that was interrupted")
        return Done(stage.name, ("taken up from the run that was interrupted",), 0.0)
    say(f"{stage.name}: {'; '.join(reasons)}")
    begun = time.perf_counter()
    out = _empty(workspace, stage)
    importlib.import_module(f"dipeval.{stage.module}").run(workspace, out, *stage.arguments)
    _finish(workspace, stage, key, out)
    seconds = time.perf_counter() - begun
    if seconds > 2:
        say(f"{stage.name}: done in {seconds:.1f} s")
    return Done(stage.name, tuple(reasons), seconds)


def _left_over(workspace: Workspace, stage: Stage, key: Key) -> bool:
    """Whether an interrupted run finished this stage on the same key."""
    left = read_record(workspace.staging / f"{flat(stage.name)}.json")
    whole = left is not None and not left.damaged(workspace.staging / flat(stage.name))
    return whole and not key.reasons(left.key)


def _empty(workspace: Workspace, stage: Stage) -> Path:
    """An empty staging folder for a stage."""
    out = workspace.staging / flat(stage.name)
    remove_folder(out)
    out.mkdir(parents=True)
    return out


def _finish(workspace: Workspace, stage: Stage, key: Key, out: Path) -> None:
    files = sorted(p for p in out.rglob("*") if p.is_file())
    record = Record(key, {str(p.relative_to(out)): seen_file(p) for p in files})
    write_text(workspace.staging / f"{flat(stage.name)}.json", record.to_json())
    workspace.staged.add(stage.name)
    if stage.at_once:
        _publish(workspace, stage)
        workspace.staged.discard(stage.name)


def _publish(workspace: Workspace, stage: Stage) -> None:
    """Files first, the record last: a kill in between makes the next run do the stage again."""
    record = workspace.staging / f"{flat(stage.name)}.json"
    text = read_text(record)
    final = workspace.records / record.name
    final.unlink(missing_ok=True)
    publish(workspace.staging / flat(stage.name), workspace.project.root / stage.target, keep=stage.at_once)
    write_text(final, text)
    record.unlink()


def _key(workspace: Workspace, stage: Stage, seen: _Seen) -> Key:
    inputs = {name: seen.sha256(name, path) for name, path in stage.raw}
    if stage.record_key:
        inputs["record key"] = stage.record_key
    for upstream in stage.after:
        record = workspace.record(upstream)
        if record is not None:
            inputs.update({f"{upstream}/{n}": s for n, s in record.checksums().items()})
    return Key(inputs, text_sha256(stage.part), code_sha256((stage.module,)), environment_sha256())


def _reasons(workspace: Workspace, stage: Stage, key: Key) -> list[str]:
    old = read_record(workspace.records / f"{flat(stage.name)}.json")
    reasons = key.reasons(old.key if old else None)
    if old and not reasons:
        damaged = old.damaged(workspace.project.root / stage.target)
        if damaged:
            reasons.append(f"output missing or changed: {', '.join(damaged[:3])}")
    return reasons


class _Seen:
    """Checksums of raw files, hashed again only when a file's size or time moved."""

    def __init__(self, project: Project, study: str):
        self.path = project.data_clean / ".records" / f"{study}.seen.json"
        try:
            self.known = json.loads(read_text(self.path))
        except (OSError, ValueError):
            self.known = {}
        self.before = json.dumps(self.known, sort_keys=True)

    def sha256(self, name: str, path: Path) -> str:
        old = self.known.get(name)
        if old and same_file(path, (old[0], old[1], old[2])):
            return old[2]
        self.known[name] = list(seen_file(path))
        return self.known[name][2]

    def save(self) -> None:
        text = json.dumps(self.known, sort_keys=True)
        if text != self.before:
            write_text(self.path, text)
