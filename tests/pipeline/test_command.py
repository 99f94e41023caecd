"""The command as its user meets it."""

import subprocess
import sys

import pytest

from dipeval import cli


def run(*words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "dipeval.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("command", ["run", "check", "explain", "codebook", "simulate", "list"])
def test_help_with_an_example(command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout


def test_help_imports_nothing_heavy():
    """What makes `--help` answer at once, whatever the machine: no numbers, no engine, no pictures."""
    probe = (
        "import sys; sys.argv = ['dipeval', '--help']\n"
        "from dipeval import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'duckdb', 'ibis', 'matplotlib', 'scipy', 'pyarrow'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60)
    assert "HEAVY []" in done.stdout


def test_a_wrong_study_ends_with_code_2(monkeypatch, capsys, project):
    monkeypatch.setenv("DIPEVAL_PROJECT", str(project))
    monkeypatch.setattr("sys.argv", ["dipeval", "explain", "synthetik"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    assert "did you mean 'synthetic'" in capsys.readouterr().err


def test_real_data_that_are_not_there(monkeypatch, capsys, project):
    monkeypatch.setenv("DIPEVAL_PROJECT", str(project))
    monkeypatch.delenv("DIPEVAL_DATA", raising=False)
    monkeypatch.setattr("sys.argv", ["dipeval", "run", "swissdrg"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "kzp-2008-2020-timeseries.csv" in said and "--data" in said and "obtain" in said
    assert not (project / "figures").exists()


def test_check_estimates_nothing(synthetic_project, tmp_path, monkeypatch, capsys):
    import shutil

    place = tmp_path / "copy"
    shutil.copytree(synthetic_project, place)
    shutil.rmtree(place / "figures")
    monkeypatch.setenv("DIPEVAL_PROJECT", str(place))
    monkeypatch.setattr("sys.argv", ["dipeval", "check", "synthetic"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    said = capsys.readouterr().out
    for part in (
        "Raw files",
        "Ledger",
        "Panel",
        "Design",
        "12 clusters by city, 9 treated",
        "calendars",
        "identified",
    ):
        assert part in said, said
    assert not (place / "figures").exists()
