"""What the page on descriptions tells a user to write is what the parser takes."""

import re
import tomllib
from pathlib import Path

import pytest

from dipeval.describe.registry import description_kinds
from dipeval.study.descriptions import description_grammar, descriptions
from dipeval.study.grammar import Checker

PAGE = Path(__file__).resolve().parents[3] / "docs" / "case_descriptions.md"
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
KINDS = ["composition", "rates", "distribution", "concentration", "flows", "burden"]


@pytest.mark.parametrize(("kind", "snippet"), list(zip(KINDS, SNIPPETS, strict=True)))
def test_snippets_are_read_and_name_every_key(kind, snippet):
    checker, kinds = Checker("page"), description_kinds()
    told = tomllib.loads(snippet)["describe"]
    (name,) = told
    read = descriptions(checker, checker.read(told, description_grammar(kinds), "describe"), kinds)
    assert checker.problems == [] and [choice.kind for choice in read] == [kind]
    assert set(kinds[kind][1]) - set(told[name]) <= {"level"}


def test_a_misspelt_key_is_told_with_its_nearest():
    checker, kinds = Checker("page"), description_kinds()
    told = {"flow": {"kind": "flows", "orgin": "insured_place"}}
    checker.read(told, description_grammar(kinds), "describe")
    (problem,) = checker.problems
    assert "orgin" in problem.what and "origin" in problem.todo
