"""``[compare]`` of a study file."""

import pytest

from dipeval.errors import StudyError
from dipeval.pipeline.registries import registries
from dipeval.study import parse_study


@pytest.fixture(scope="module")
def parsed(root):
    text = (root / "analysis" / "studies" / "datasus.toml").read_text(encoding="utf-8")

    def parse(addition: str):
        return parse_study(text + addition, "study.toml", registries(), ("rio_grande_do_sul",))

    return parse


def test_it_may_be_left_out(parsed):
    study = parsed("")
    assert (study.compare.by, study.compare.indicators, study.is_compared) == ("city", (), False)


def test_what_it_says_is_taken(parsed):
    study = parsed(
        '\n[compare]\nby = "ownership"\nwithin = "level"\nindicators = ["mortality", "cost_consumption_index"]\n'
    )
    assert (study.compare.by, study.compare.within, study.is_compared) == ("ownership", "level", True)
    assert study.compare.indicators == ("mortality", "cost_consumption_index")


def test_every_mistake_is_told_with_what_was_meant(parsed):
    with pytest.raises(StudyError) as caught:
        parsed(
            '\n[compare]\nby = "municipalty"\nindicators = ["mortalty", "mean_age", "mean_age"]\nplace = "x"\n'
        )
    told = str(caught.value)
    assert (
        "municipality" in told and "mortality" in told and "stands twice" in told and "compare.place" in told
    )
