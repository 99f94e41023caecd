"""The raw file of a study whose ``[simulate]`` names a portrait."""

import pytest

from dipeval import simulate_study_files
from dipeval.errors import StudyError
from dipeval.pipeline.plan import declare
from dipeval.pipeline.portraying import portrait_stage
from dipeval.store.project import open_project

STUDY, FILE = "one_disease", "data_raw/portrait_one_disease/settlements.csv"


def change(project, old, new, kind="studies", name=STUDY):
    place = project / "analysis" / kind / f"{name}.toml"
    text = place.read_text(encoding="utf-8")
    assert old in text
    place.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_file_is_written_once_and_again_when_the_portrait_changes(project):
    assert FILE in simulate_study_files(STUDY, root=project)[0]
    first = (project / FILE).read_bytes()
    assert "nothing to do" in simulate_study_files(STUDY, root=project)[0]
    change(project, "cases = 225", "cases = 226", "portraits")
    assert "wrote" in simulate_study_files(STUDY, root=project)[0]
    assert (project / FILE).read_bytes().count(b"\n") == first.count(b"\n") + 1


def test_another_seed_gives_other_cases(project):
    simulate_study_files(STUDY, root=project)
    first = (project / FILE).read_bytes()
    simulate_study_files(STUDY, root=project, seed=5)
    assert (project / FILE).read_bytes() != first
    simulate_study_files(STUDY, root=project)
    assert (project / FILE).read_bytes() == first


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('portrait = "one_disease"', 'portrait = "one_diseases"', "did you mean 'one_disease'?"),
        (
            'portrait = "one_disease"',
            'portrait = "one_disease"\nstart = "2020-01"',
            "does not go with a portrait",
        ),
        (
            '"portrait_one_disease"',
            '"portrait_one_disease", "portrait_deductibles"',
            "a portrait is of one city",
        ),
        ('"portrait_one_disease"', '"portrait_deductibles"', "fills the file of another city"),
    ],
)
def test_what_cannot_be_is_told(project, old, new, told):
    change(project, old, new)
    with pytest.raises(StudyError) as caught:
        simulate_study_files(STUDY, root=project)
    assert told in str(caught.value)
    assert not (project / "data_raw").exists()


def test_faults_would_change_the_figures(project):
    with pytest.raises(StudyError, match="which faults would change"):
        simulate_study_files(STUDY, root=project, faults="all")


def test_every_study_of_the_project_fits_its_portrait(root):
    project = open_project(root)
    named = [name for name in project.names("studies") if "portrait = " in project.text("studies", name)[0]]
    assert len(named) == 11
    used = [portrait_stage(project, declare(project, name)).arguments[1] for name in named]
    assert {place.rsplit("/", 1)[1] for place in used} == {
        f"{name}.toml" for name in project.names("portraits")
    }
