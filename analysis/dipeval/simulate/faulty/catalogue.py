"""The faults that can be put into a city, as data: what each does, and the rule that must find it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ...errors import Problem, StudyError, nearest

STOP = "stop"
ALL = "all"


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes
    ----------
    name, label_en, label_zh : str
    rule : str
        The cleaning rule, or the entry of the ledger, that must count it; empty where the reading
        takes it as what it is and there is nothing to count.
    action : {"read", "reject", "fix", "flag", "stop"}
        What happens to the row; ``stop`` is an error that names the row, so that such a fault comes
        alone.
    rate : float
        Share of a city's stays (files, hospitals) by default; at least one.
    needs : tuple of str
        Columns of the vocabulary that the format must have.
    scope : {"row", "hospital", "file", "city"}
        What it befalls. A hospital's fault concerns all its rows, which then have no other; a city's
        lies under the others.
    keyed : bool
        Whether it can be found only with a user's key, so that it must be asked for by name.
    """

    name: str
    label_en: str
    label_zh: str
    rule: str
    action: str
    rate: float
    needs: tuple[str, ...] = ()
    scope: str = "row"
    keyed: bool = False


@cache
def faults() -> dict[str, Fault]:
    """All faults by name, in the order in which they are put in."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    return {
        name: Fault(name=name, **{**entry, "needs": tuple(entry.get("needs", ()))})
        for name, entry in tomllib.loads(text).items()
    }


def chosen_rates(asked: str | Mapping[str, float]) -> dict[str, float]:
    """Return the rates of the faults that are asked for.

    Parameters
    ----------
    asked : str or mapping of str to float
        Names with commas between, each perhaps with a rate (``all,reversal_full=0.01,split_stay``), or
        rates by name; ``all`` stands for every fault that does not stop a run and needs no key.

    Raises
    ------
    StudyError
        With every unknown name and every rate that is no share.
    """
    told = _parsed(asked) if isinstance(asked, str) else dict(asked)
    problems = []
    for name, rate in told.items():
        if name not in faults():
            problems.append(Problem("faults", f"no fault '{name}'", nearest(name, faults())))
        elif not 0 < rate <= 1:
            problems.append(
                Problem(f"faults, {name}", f"{rate} is no share", "write a rate up to 1, e.g. 0.01")
            )
    if problems:
        raise StudyError("simulate", problems)
    return {name: told[name] for name in faults() if name in told}


def _parsed(text: str) -> dict[str, float]:
    """Rates by name; what is no number becomes a rate that is refused."""
    found: dict[str, float] = {}
    for word in filter(None, (part.strip() for part in text.split(","))):
        name, _, rate = word.partition("=")
        if name == ALL:
            found |= {f.name: f.rate for f in faults().values() if f.action != STOP and not f.keyed}
        else:
            known = faults()[name].rate if name in faults() else 1.0
            found[name] = _number(rate) if rate else known
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0
