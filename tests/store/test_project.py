"""Where files are looked for, and what is said when they are not there."""

import pytest

from dipeval.errors import DataError, StudyError
from dipeval.store.project import open_project
from dipeval.study.model import City, Dates, RawFile


def city(path: str = "sub/x.csv") -> City:
    return City(
        "a", "A", "甲", "", False, "DIP", "front_page", "from the bureau", (RawFile(path),), Dates(never=True)
    )


@pytest.mark.parametrize("place", ["sub/x.csv", "a/sub/x.csv", "x.csv"])
def test_a_raw_file_is_found(project, tmp_path, place):
    data = tmp_path / "given"
    (data / place).parent.mkdir(parents=True)
    (data / place).write_text("x")
    assert open_project(project, data).find_raw(city())[0] == ("sub/x.csv", data / place)


def test_the_named_folder_comes_before_data_raw(project, tmp_path):
    for folder in (tmp_path / "given", project / "data_raw"):
        folder.mkdir(parents=True)
        (folder / "x.csv").write_text("x")
    assert open_project(project, tmp_path / "given").find_raw(city())[0][1] == tmp_path / "given/x.csv"
    assert open_project(project).find_raw(city())[0][1] == project / "data_raw/x.csv"


def test_the_environment_names_a_folder(project, tmp_path, monkeypatch):
    (tmp_path / "x.csv").write_text("x")
    monkeypatch.setenv("DIPEVAL_DATA", str(tmp_path))
    assert open_project(project).find_raw(city())[0][1] == tmp_path / "x.csv"


def test_a_missing_file_says_where_to_obtain_it(project):
    with pytest.raises(DataError) as caught:
        open_project(project).find_raw(city())
    text = str(caught.value)
    assert "sub/x.csv" in text and "from the bureau" in text and "--data" in text and "data_raw/" in text
    assert str(project) not in text, "no path of a machine in an error"


def test_a_folder_is_no_file(project):
    (project / "data_raw/x.csv").mkdir(parents=True)
    with pytest.raises(DataError, match="is a folder"):
        open_project(project).find_raw(city())


def test_a_link_that_leads_out_of_the_data_folder(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.csv").write_text("a")
    (project / "data_raw").mkdir(parents=True, exist_ok=True)
    (project / "data_raw/x.csv").symlink_to(outside / "x.csv")
    with pytest.raises(DataError, match="leads out of the data folder"):
        open_project(project).find_raw(city())
    assert open_project(project, outside).find_raw(city())[0][1] == outside / "x.csv"


def test_a_link_inside_the_data_folder(project):
    folder = project / "data_raw"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "y.csv").write_text("a")
    (folder / "x.csv").symlink_to(folder / "y.csv")
    assert open_project(project).find_raw(city())[0][1] == folder / "x.csv"


def test_no_project(tmp_path):
    with pytest.raises(StudyError, match="no analysis/studies folder"):
        open_project(tmp_path)


def test_an_unknown_file_is_named_with_the_nearest(project):
    with pytest.raises(StudyError, match="did you mean 'front_page'"):
        open_project(project).source("front_pages")


def test_a_table_may_become_a_folder_of_parts_and_a_file_again(tmp_path):
    from dipeval.store.atomic import publish, write_text

    target = tmp_path / "out"
    for k, names in enumerate((["t.parquet"], ["t.parquet/part-0", "t.parquet/part-1"], ["t.parquet"])):
        for name in names:
            write_text(tmp_path / "staged" / name, str(k))
        assert publish(tmp_path / "staged", target) == names
        found = {str(p.relative_to(target)): p.read_text() for p in target.rglob("*") if p.is_file()}
        assert found == dict.fromkeys(names, str(k))
