"""The groups of the command: `check` still takes a study's name, help shows examples."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dipeval.cli import app

RUNNER = CliRunner()


def helped(*words: str) -> str:
    done = RUNNER.invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check",), "dipeval check city synthetic_anlan"),
        (("check", "city"), "dipeval check city demo --language zh"),
        (("check", "study"), "dipeval check synthetic"),
        (("new",), "dipeval new city demo"),
        (("new", "city"), "--source"),
    ],
)
def test_help_with_examples(words, said):
    assert said in helped(*words)


@pytest.mark.parametrize("words", [["check", "city"], ["new", "city"]], ids=" ".join)
def test_help_imports_nothing_heavy(words):
    probe = (
        f"import sys; sys.argv = ['dipeval', *{words!r}, '--help']\n"
        "from dipeval import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'duckdb', 'ibis', 'matplotlib', 'scipy', 'pyarrow'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60)
    assert "HEAVY []" in done.stdout


@pytest.mark.parametrize(
    ("words", "study", "data"),
    [
        (("check", "swissdrg"), "swissdrg", None),
        (("check",), "synthetic", None),
        (("check", "--data", "."), "synthetic", "."),
        (("check", "study", "swissdrg"), "swissdrg", None),
    ],
)
def test_check_takes_the_name_of_a_study(monkeypatch, words, study, data):
    from dipeval.pipeline import checking

    asked = []

    def stand_in(name, *, data, **how):
        asked.append((name, None if data is None else str(data)))
        return "looked"

    monkeypatch.setattr(checking, "check_study", stand_in)
    done = RUNNER.invoke(app, list(words))
    assert "looked" in done.output, done.output
    assert asked == [(study, data)]


def test_check_city_is_told_what_to_show(monkeypatch):
    from dipeval.pipeline import city_plan

    asked = []

    def stand_in(name, **how):
        asked.append((name, how["study"], how["language"]))
        return "looked", "data_clean/demo/check/index.html"

    monkeypatch.setattr(city_plan, "check_city", stand_in)
    done = RUNNER.invoke(app, ["check", "city", "demo", "--study", "paper", "--language", "zh"])
    assert "looked" in done.output and "index.html#zh" in done.output
    assert asked == [("demo", "paper", "zh")]
