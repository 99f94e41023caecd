"""A run with the user's key: hashes in the clean data, the key itself in no byte that is written."""

import csv
import hashlib
import io

import pandas as pd
import pytest

from dipeval import run_study
from dipeval.errors import StudyError
from dipeval.store.record_key import RecordKey

SECRET = b"MARKED-KEY-d41d8cd98f00b204"
DISCHARGES = "data_clean/small/discharges/synthetic_anlan/discharges.parquet"


@pytest.fixture
def keyed(small_project, tmp_path):
    """The small project and two key files."""
    for name, secret in (("one.key", SECRET), ("two.key", SECRET[::-1])):
        (tmp_path / name).write_bytes(secret)
        (tmp_path / name).chmod(0o600)
    return small_project, tmp_path


def run(project, key_file, said=None):
    done = run_study(
        "small",
        root=project,
        data=project / "given",
        only="panel",
        key_file=key_file,
        say=(said if said is not None else []).append,
    )
    return {step.stage: step.reasons for step in done}


@pytest.mark.slow
def test_a_key_is_used_and_written_nowhere(keyed):
    project, keys = keyed
    said = []
    run(project, keys / "one.key", said)
    frame = pd.read_parquet(project / DISCHARGES)
    raw = (project / "given/synthetic_anlan/discharges.csv").read_bytes().decode("gb18030")
    visits = {RecordKey(SECRET).hash(row[3]) for row in csv.reader(io.StringIO(raw)) if len(row) > 3}
    assert set(frame["visit"]) <= visits and frame["visit"].str.len().eq(32).all()
    inner, outer = RecordKey(SECRET).pads
    shapes = [SECRET, inner, outer, hashlib.sha256(SECRET).digest()]
    shapes += [shape.hex().encode() for shape in shapes]
    for path in sorted(p for p in (project / "data_clean").rglob("*") if p.is_file()):
        content = path.read_bytes()
        assert not any(shape in content for shape in shapes), path
    assert not any("MARKED" in line for line in said)

    assert not any(run(project, keys / "one.key").values())
    assert run(project, keys / "two.key")["clean/synthetic_anlan"] == ("input changed: record key",)
    assert "visit" in pd.read_parquet(project / DISCHARGES).columns
    assert run(project, None)["clean/synthetic_anlan"] == ("input changed: record key",)
    assert "visit" not in pd.read_parquet(project / DISCHARGES).columns


def test_a_study_that_links_persons_needs_a_key(keyed):
    project, keys = keyed
    study = project / "analysis/studies/small.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('frequency = "month"', 'frequency = "month"\nlink_persons = true'))
    source = project / "analysis/sources/front_page.toml"
    without = source.read_text(encoding="utf-8")
    if "[columns.person]" in without:
        source.write_text(without.replace("[columns.person]", "[columns.place]"), encoding="utf-8")
    with pytest.raises(StudyError, match="formats do not read") as caught:
        run(project, keys / "one.key")
    assert "analysis/sources/front_page.toml" in str(caught.value)
    for path in (project / "analysis/sources").glob("*.toml"):
        kept = path.read_text(encoding="utf-8").replace("[columns.place]", "[columns.person]")
        if "[columns.person]" not in kept:
            kept += '\n[columns.person]\nitems = [["ZJHM-OF-TEST"]]\nrequired = false\n'
        path.write_text(kept, encoding="utf-8")
    with pytest.raises(StudyError, match="no key was given") as caught:
        run(project, None)
    assert len(caught.value.problems) == 1 and "--key-file" in str(caught.value)
    assert run(project, keys / "one.key")["clean/synthetic_anlan"]
    assert not (project / "figures").exists()
