"""Stages: when they run and why, and what a failure or a kill leaves behind."""

import sys
import types
from pathlib import Path

import pytest

from dipeval.errors import DataError, DipevalError, Problem
from dipeval.pipeline import stages as room
from dipeval.pipeline.stages import Stage, run_stages
from dipeval.store.lock import lock
from dipeval.store.project import Project


class Kitchen:
    """Two stages, `first` (raw → upper case) and `second` (its length), that can be told to fail."""

    def __init__(self, tmp_path: Path, monkeypatch):
        self.root = tmp_path
        self.raw = tmp_path / "raw.txt"
        self.raw.write_text("abc")
        self.part, self.fail, self.ran, self.code = "as declared", "", [], {"first": "1", "second": "1"}
        self.project = Project(tmp_path, (tmp_path / "data_raw",))
        for name in ("first", "second"):
            module = types.ModuleType(f"dipeval.kitchen.{name}")
            module.run = getattr(self, name)
            monkeypatch.setitem(sys.modules, f"dipeval.kitchen.{name}", module)
        monkeypatch.setattr(room, "code_sha256", lambda modules: self.code[modules[0].split(".")[-1]])

    def first(self, workspace, out: Path) -> None:
        self._cook("first")
        (out / "sub").mkdir()
        (out / "sub/text.txt").write_text(self.raw.read_text().upper())

    def second(self, workspace, out: Path) -> None:
        self._cook("second")
        text = (workspace.folder("first") / "sub/text.txt").read_text()
        (out / "length.txt").write_text(str(len(text)))

    def _cook(self, name: str) -> None:
        self.ran.append(name)
        if self.fail == f"{name} input":
            raise DataError("cook", [Problem(name, "is burnt", "buy another")])
        if self.fail == f"{name} kill":
            raise KeyboardInterrupt

    def run(self) -> dict[str, tuple[str, ...]]:
        self.ran.clear()
        plan = [
            Stage(
                "first", "kitchen.first", (), self.part, (("raw.txt", self.raw),), (), "data_clean/s/first"
            ),
            Stage("second", "kitchen.second", (), "", (), ("first",), "data_clean/s/second"),
        ]
        return {d.stage: d.reasons for d in run_stages(self.project, "s", plan)}

    def visible(self) -> dict[str, str]:
        folder = self.root / "data_clean/s"
        return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def kitchen(tmp_path, monkeypatch):
    return Kitchen(tmp_path, monkeypatch)


DONE = {"first/sub/text.txt": "ABC", "second/length.txt": "3"}


def test_a_second_run_has_nothing_to_do(kitchen):
    assert kitchen.run() == {"first": ("it has not run here yet",), "second": ("it has not run here yet",)}
    assert kitchen.visible() == DONE
    assert kitchen.run() == {"first": (), "second": ()}
    assert kitchen.ran == []


def test_a_changed_input_is_named(kitchen):
    kitchen.run()
    kitchen.raw.write_text("abcd")
    reasons = kitchen.run()
    assert reasons == {"first": ("input changed: raw.txt",), "second": ("input changed: first/sub/text.txt",)}
    assert kitchen.visible()["second/length.txt"] == "4"


def test_an_input_touched_but_equal_does_nothing(kitchen):
    kitchen.run()
    kitchen.raw.write_text("abc")
    assert kitchen.run() == {"first": (), "second": ()}


def test_an_equal_result_stops_the_chain(kitchen):
    kitchen.run()
    kitchen.part = "declared otherwise"
    assert kitchen.run() == {"first": ("its part of the study changed",), "second": ()}


def test_changed_code_runs_the_stage(kitchen):
    kitchen.run()
    kitchen.code["second"] = "2"
    assert kitchen.run() == {"first": (), "second": ("its code changed",)}


@pytest.mark.parametrize("harm", ["edit", "delete"])
def test_a_harmed_output_is_made_again(kitchen, harm):
    kitchen.run()
    place = kitchen.root / "data_clean/s/second/length.txt"
    place.unlink() if harm == "delete" else place.write_text("9")
    assert kitchen.run() == {"first": (), "second": ("output missing or changed: length.txt",)}
    assert kitchen.visible() == DONE


def test_a_stale_file_goes(kitchen):
    kitchen.run()
    (kitchen.root / "data_clean/s/second/old.txt").write_text("old")
    kitchen.code["second"] = "2"
    kitchen.run()
    assert kitchen.visible() == DONE


@pytest.mark.parametrize("where", ["first", "second"])
def test_a_wrong_input_writes_nothing(kitchen, where):
    kitchen.fail = f"{where} input"
    with pytest.raises(DataError):
        kitchen.run()
    assert kitchen.visible() == {}
    kitchen.fail = ""
    kitchen.run()
    before = kitchen.visible()
    kitchen.raw.write_text("longer")
    kitchen.fail = f"{where} input"
    with pytest.raises(DataError):
        kitchen.run()
    assert kitchen.visible() == before
    assert not (kitchen.root / "data_clean/.staging/s").exists()


def test_a_killed_run_leaves_the_old_and_the_next_takes_up(kitchen):
    kitchen.run()
    kitchen.raw.write_text("longer")
    kitchen.fail = "second kill"
    with pytest.raises(KeyboardInterrupt):
        kitchen.run()
    assert kitchen.visible() == DONE
    kitchen.fail = ""
    reasons = kitchen.run()
    assert reasons["first"] == ("taken up from the run that was interrupted",)
    assert kitchen.ran == ["second"]
    assert kitchen.visible() == {"first/sub/text.txt": "LONGER", "second/length.txt": "6"}


def test_half_a_staged_stage_is_not_taken_up(kitchen):
    kitchen.fail = "second kill"
    with pytest.raises(KeyboardInterrupt):
        kitchen.run()
    (kitchen.root / "data_clean/.staging/s/first/sub/text.txt").write_text("AB")
    kitchen.fail = ""
    kitchen.run()
    assert kitchen.visible() == DONE


@pytest.mark.parametrize("after", range(1, 6))
def test_a_kill_while_files_move_into_place(kitchen, monkeypatch, after):
    """Whichever rename is the last one, each file is the old or the new, and the next run completes."""
    import os

    kitchen.run()
    kitchen.raw.write_text("longer")
    real, moved = os.replace, []

    def replace(source, target):
        if len(moved) == after:
            raise KeyboardInterrupt
        real(source, target)
        moved.append(target)

    monkeypatch.setattr(os, "replace", replace)
    try:
        kitchen.run()
    except KeyboardInterrupt:
        pass
    monkeypatch.setattr(os, "replace", real)
    seen = kitchen.visible()
    assert seen["first/sub/text.txt"] in ("ABC", "LONGER")
    assert seen["second/length.txt"] in ("3", "6")
    kitchen.run()
    assert kitchen.visible() == {"first/sub/text.txt": "LONGER", "second/length.txt": "6"}


def test_one_run_at_a_time(kitchen):
    with lock(kitchen.root / "data_clean/.staging/s.lock", "study s"):
        with pytest.raises(DipevalError, match="another process"):
            kitchen.run()
    kitchen.run()
