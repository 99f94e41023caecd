"""What the page and the manifest of a study are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from dipeval.disclose import Released, Withheld
from dipeval.ledger import Ledger
from dipeval.results.exhibit import Exhibit

SUFFIX = {"en": "", "zh": ".zh"}


@dataclass(frozen=True)
class Shown:
    """A released exhibit and its files.

    Attributes
    ----------
    released : Released
    files : mapping of str to bytes
        By name beside the page: ``<name>.svg``, Chinese ones ``<name>.zh.svg``.
    """

    released: Released
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if not isinstance(self.released, Released):
            raise TypeError("only what has passed dipeval.disclose.gate can be shown")
        for name in self.files:
            check_path(name)

    @property
    def exhibit(self) -> Exhibit:
        """The exhibit as released."""
        return self.released.exhibit

    def text(self, form: str, language: str) -> str:
        """A file's text in a language; empty where there is none."""
        found = self.files.get(f"{self.exhibit.name}{SUFFIX[language]}.{form}", b"")
        return found.decode("utf-8")

    def files_in(self, language: str) -> list[str]:
        """Names of the files of a language, in order; a file without language belongs to all."""
        others = [suffix for key, suffix in SUFFIX.items() if key != language and suffix]
        own = SUFFIX[language]
        found = sorted(name for name in self.files if not any(f"{other}." in name for other in others))
        stems = {name.replace(f"{own}.", ".") for name in found if own and f"{own}." in name}
        return [name for name in found if not own or f"{own}." in name or name not in stems]


@dataclass(frozen=True)
class Page:
    """Facts of a study's results.

    Attributes
    ----------
    study : str
        Its name.
    title_en, title_zh, methods_en, methods_zh : str
        Titles and methods paragraphs.
    robustness_en, robustness_zh : str
        The methods paragraph of the study's checks; empty without any.
    synthetic : bool
        Whether the data are invented.
    inputs : tuple of mappings
        ``path`` (relative), ``sha256``, ``bytes`` and ``rows`` of every raw file.
    study_sha256, code_sha256 : str
        Fingerprints of the parsed study and of the code that ran.
    environment : mapping of str to str
        Versions of Python and the packages.
    engines : tuple of str
        Name and version of each engine that had a part in it; no number depends on it.
    shown : tuple of Shown
        In the order of the page.
    ledger : Ledger
    warnings : tuple of str
    withheld : tuple of Withheld
        What the gate held back.
    languages : tuple of str
        The first is shown first.
    inferences : tuple of mappings
        How the uncertainty of each estimate was stated: ``outcome``, ``estimator``, ``cluster``, ``method``,
        ``rule``, ``df``, ``draws`` and ``seed``.
    pages : tuple of (str, str, str)
        Pages beside this one: name of the file, and what it is in English and Chinese.

    Raises
    ------
    ValueError
        If a path is absolute or leads out of its folder, or two exhibits have one name.
    """

    study: str
    title_en: str
    title_zh: str
    methods_en: str
    methods_zh: str
    synthetic: bool
    inputs: tuple[Mapping[str, object], ...]
    study_sha256: str
    code_sha256: str
    environment: Mapping[str, str]
    shown: tuple[Shown, ...]
    ledger: Ledger = field(default_factory=Ledger)
    warnings: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    languages: tuple[str, ...] = ("en", "zh")
    engines: tuple[str, ...] = ()
    inferences: tuple[Mapping[str, object], ...] = ()
    pages: tuple[tuple[str, str, str], ...] = ()
    robustness_en: str = ""
    robustness_zh: str = ""

    def __post_init__(self) -> None:
        for entry in self.inputs:
            check_path(str(entry["path"]))
        names = [one.exhibit.name for one in self.shown]
        if len(set(names)) < len(names):
            raise ValueError(f"two exhibits of one name: {sorted(names)}")
        if not self.languages or set(self.languages) - set(SUFFIX):
            raise ValueError(f"languages are {self.languages}, not some of {tuple(SUFFIX)}")


def check_path(path: str) -> None:
    """Refuse a path that names a machine or leaves its folder.

    Raises
    ------
    ValueError
    """
    drive = PureWindowsPath(path).drive
    if PurePosixPath(path).is_absolute() or drive or "\\" in path or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} is not a path below the project")
