"""Where things are: the project's folders, its studies, cities and sources, and the raw files.

No path leaves the project's folders and the data folder that the user names.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError, Problem, StudyError, nearest
from ..study import City, Registries, Source, Study, parse_city, parse_source, parse_study
from .engines import EMBEDDED, engine_name
from .record_key import RecordKey, read_record_key

DATA_VARIABLE = "DIPEVAL_DATA"
PROJECT_VARIABLE = "DIPEVAL_PROJECT"


@dataclass(frozen=True)
class Project:
    """A checkout with `analysis/`, `data_raw/`, `data_clean/` and `figures/`.

    Attributes
    ----------
    root : pathlib.Path
        The folder that holds them.
    data : tuple of pathlib.Path
        Folders searched for raw files, in order; `data_raw` is always the last.
    key : RecordKey or None
        The user's key for numbers of records and persons.
    key_file : pathlib.Path or None
        Where it was named on the command line.
    warnings : tuple of str
        What the user should know of this machine.
    engine : str
        From `engines.engine_name`: where discharges are cleaned and summed.
    """

    root: Path
    data: tuple[Path, ...]
    key: RecordKey | None = None
    key_file: Path | None = None
    warnings: tuple[str, ...] = ()
    engine: str = EMBEDDED

    @property
    def data_raw(self) -> Path:
        return self.root / "data_raw"

    @property
    def data_clean(self) -> Path:
        return self.root / "data_clean"

    @property
    def figures(self) -> Path:
        return self.root / "figures"

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the TOML files under ``analysis/<kind>``, sorted; `kind` is studies, cities or sources."""
        return tuple(sorted(p.stem for p in (self.root / "analysis" / kind).glob("*.toml")))

    def text(self, kind: str, name: str) -> tuple[str, str]:
        """Text of ``analysis/<kind>/<name>.toml`` and its path relative to the root.

        Raises
        ------
        StudyError
            When there is no such file, with the nearest names.
        """
        where = f"analysis/{kind}/{name}.toml"
        if name not in self.names(kind):
            todo = f"{nearest(name, self.names(kind))} (see: dipeval list)"
            raise StudyError("read file", [Problem(where, "there is no such file", todo)])
        return _utf8(self.root / where, where), where

    def source(self, name: str) -> Source:
        """Parse one source file."""
        return parse_source(*self.text("sources", name), expected=name)

    def city(self, name: str, registries: Registries, *, draft: bool = False) -> City:
        """Parse one city file; a `draft` may leave open what only a person can say."""
        known = self.names("sources")
        return parse_city(*self.text("cities", name), registries, known, expected=name, draft=draft)

    def study(self, name: str, registries: Registries) -> Study:
        """Parse one study file."""
        return parse_study(*self.text("studies", name), registries, self.names("cities"), expected=name)

    def reference(self, kind: str, name: str) -> tuple[str, Path]:
        """A table that a city file names, below ``analysis/<kind>``: its path from the root, and its place.

        Raises
        ------
        StudyError
            When there is no such file, with the nearest names.
        """
        where = f"analysis/{kind}/{name}"
        if not (self.root / where).is_file():
            known = [p.name for p in (self.root / "analysis" / kind).glob("*.csv")]
            raise StudyError("read file", [Problem(where, "there is no such file", nearest(name, known))])
        return where, self.root / where

    def reference_text(self, kind: str, name: str) -> tuple[str, str]:
        """Text of a table that a city file names, and its path from the root."""
        where, place = self.reference(kind, name)
        return _utf8(place, where), where

    def find_raw(self, city: City) -> list[tuple[str, Path]]:
        """Find the raw files that a city declares, with the database files of its tables.

        Each is looked for below every data folder as declared, below the city's own folder, and by
        its bare name.

        Returns
        -------
        list of (str, pathlib.Path)
            Declared path and place.

        Raises
        ------
        DataError
            With every file that is missing, where it was looked for and where to obtain it; that is a
            folder; that is a link to a place outside of the data folders.
        """
        found, problems = [], []
        databases = dict.fromkeys(table.database for table in city.tables if table.database)
        for path in (*(file.path for file in city.files), *databases):
            place = self._find(city.name, path)
            if place is None:
                searched = " and ".join(self._shown(folder) for folder in self.data)
                todo = f"obtain it ({city.obtain}) and name its folder with --data DIR or {DATA_VARIABLE}"
                problems.append(Problem(path, f"raw file of city '{city.name}' is not in {searched}", todo))
            elif place.is_dir():
                problems.append(Problem(path, "is a folder, not a file", "name a file in the city's TOML"))
            elif not self._is_inside(place):
                what = "is a link that leads out of the data folder"
                todo = f"put the file there, or name the folder it is in with --data DIR or {DATA_VARIABLE}"
                problems.append(Problem(path, what, todo))
            else:
                found.append((path, place))
        if problems:
            raise DataError("find raw files", problems)
        return found

    def _find(self, city: str, declared: str) -> Path | None:
        for folder in self.data:
            for way in (declared, f"{city}/{declared}", Path(declared).name):
                if (folder / way).exists():
                    return folder / way
        return None

    def _is_inside(self, place: Path) -> bool:
        """Whether a file, with every link followed, lies below a data folder."""
        return any(place.resolve().is_relative_to(folder.resolve()) for folder in self.data)

    def _shown(self, folder: Path) -> str:
        return "data_raw/" if folder == self.data_raw else f"the data folder '{folder.name}/'"


def _utf8(place: Path, where: str) -> str:
    try:
        return place.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise StudyError("read file", [Problem(where, "is not UTF-8", "save it as UTF-8")]) from None


def open_project(
    root: Path | None = None, data: Path | None = None, key_file: Path | None = None, engine: str = ""
) -> Project:
    """Find the project and the data folders.

    Parameters
    ----------
    root : pathlib.Path, optional
        The checkout; by default ``DIPEVAL_PROJECT``, the working folder or one above it, or the
        checkout that the package is installed from.
    data : pathlib.Path, optional
        A folder with raw files; by default ``DIPEVAL_DATA``.
    key_file : pathlib.Path, optional
        The user's key; by default as `record_key.read_record_key` finds it.
    engine : str
        By default as `engines.engine_name` finds it.

    Raises
    ------
    StudyError
        When there is no project, the data folder does not exist, the key is none, or there is no such engine.
    """
    found = _root(root)
    named = data or (Path(os.environ[DATA_VARIABLE]) if os.environ.get(DATA_VARIABLE) else None)
    if named is not None and not named.is_dir():
        problem = Problem("--data", "the data folder does not exist", "name an existing folder")
        raise StudyError("open project", [problem])
    key, warnings = read_record_key(key_file)
    folders = (*([named] if named else []), found / "data_raw")
    return Project(found, folders, key, key_file, warnings, engine_name(engine))


def _root(named: Path | None) -> Path:
    if named is None and os.environ.get(PROJECT_VARIABLE):
        named = Path(os.environ[PROJECT_VARIABLE])
    here = Path.cwd()
    installed = Path(__file__).resolve().parents[3]
    for folder in [named] if named is not None else [here, *here.parents, installed]:
        if (folder / "analysis" / "studies").is_dir():
            return folder.resolve()
    todo = "run it in a checkout of the project, or name one with DIPEVAL_PROJECT"
    raise StudyError("open project", [Problem("project", "no analysis/studies folder was found", todo)])
