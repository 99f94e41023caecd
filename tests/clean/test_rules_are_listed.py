"""Every rule stands in the guide, in the codebook and in the list, with what a city may set."""

from pathlib import Path

import pytest

from dipeval.clean.registry import rules
from dipeval.clean.rule import settings_text
from dipeval.pipeline.telling import codebook_text, listing

ROOT = Path(__file__).resolve().parents[2]


def test_the_guide_lists_every_rule():
    guide = (ROOT / "analysis/README.md").read_text(encoding="utf-8")
    section = guide.split("## Cleaning rules")[1].split("\n## ")[0]
    assert [name for name in rules() if f"`{name}`" not in section] == []


@pytest.mark.parametrize("name", list(rules()))
def test_the_codebook_and_the_list_say_what_a_city_may_set(name):
    rule, told = rules()[name], settings_text(rules()[name])
    assert f"| {name} | {rule.label_en} | {rule.label_zh} | {rule.action} | {told} |" in codebook_text()
    (line,) = [line for line in listing("rules", ROOT).splitlines() if line.split()[:1] == [name]]
    assert told in line
