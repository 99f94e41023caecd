"""One invented city → a sheet of plain stays, about which no cleaning rule has anything to say.

The stays are those of the study's simulator: the same hospitals, diagnoses, costs and dates under
the same seed. Added here are the columns that only quality rules look at: birth and procedure
dates, anaesthesia, blood group, the amounts of the payers.
"""

from __future__ import annotations

import datetime
import tomllib
from functools import cache
from importlib.resources import files

import numpy as np

from ...study.model import Source
from ...vocabulary import columns
from ..calendar import national
from ..costs import COMPONENTS, Costs, invent_costs
from ..diagnoses import diagnoses
from ..dress import Part, dresses
from ..effects import LEVELS
from ..hospitals import Hospitals, invent_hospitals
from ..patients import DISPOSITION, INSURANCE, SEX, Patients, invent_patients
from ..plan import CityPlan, Plan
from ..streams import stream
from .fees import fees_of
from .fields import fields_of
from .sheet import Sheet

PAYERS = ("employee", "resident")
DAYS_BEFORE_BIRTHDAY = 360
SECOND_PROCEDURE = "88.7600x001"
TOLD = (
    "visit",
    "settlement",
    "record_number",
    "person",
    "birth_date",
    "procedure_date",
    "procedures",
    "anaesthesia_method",
    "blood_rh",
    "settlement_begin",
    "settlement_end",
    "settlement_date",
    "planned_readmission",
    "ventilator_hours",
    "intensive_care_days",
    "deaths",
)
"""What `_told` says of each stay beside what was drawn."""


@cache
def plain_words() -> dict[str, dict]:
    """The tables of ``base.toml``."""
    return tomllib.loads(files(__package__).joinpath("base.toml").read_text(encoding="utf-8"))


def plain_sheet(plan: Plan, city: CityPlan, source: Source) -> Sheet:
    """Draw a city and write its stays down in the columns of a format.

    Parameters
    ----------
    plan : Plan
        Seed and months.
    city : CityPlan

    Returns
    -------
    Sheet
        In order of discharge. Cost: O(stays · columns) Python values.
    """
    volume = national(plan.seed, plan.months)
    hospitals = invent_hospitals(plan.seed, city, volume.volume)
    patients = invent_patients(plan.seed, city, hospitals, plan.months, PAYERS)
    costs = invent_costs(plan, city, hospitals, patients, volume)
    order = np.lexsort((patients.hospital, patients.day))
    facts = {name: [values[k] for k in order] for name, values in _drawn(hospitals, patients, costs).items()}
    generator = stream(plan.seed, city.name, "faulty", "plain")
    operated = np.array([code is not None for code in facts["principal_procedure"]])
    money = _money(source, costs, order)
    fees = fees_of(generator, source, money, operated, parts_of(source, money))
    tables = plain_words()
    words = {**tables["words"], **tables["numbers"], **tables["flags"]}
    fields = fields_of(source, {*facts, *TOLD, *words, *money, *of_which(source, fees)})
    facts |= _told(generator, facts, _blood(source, fees, len(order)))
    facts |= {name: _chosen(generator, known, len(order)) for name, known in words.items()}
    read = {name for field in fields for name in field.columns if not field.money}
    return Sheet(
        fields,
        {name: values for name, values in facts.items() if name in read},
        {field.key: fees[field.key].tolist() for field in fields if field.money},
        [float(k) for k in range(len(order))],
    )


def _drawn(hospitals: Hospitals, patients: Patients, costs: Costs) -> dict[str, list]:
    """What the study's simulator draws, as Python values, in its own order."""
    known = diagnoses()
    days = costs.care_days
    nights = np.where(patients.same_day & (days == 1), 0, days)
    level = [LEVELS[k] for k in hospitals.level]
    done = zip(patients.operated.tolist(), patients.diagnosis.tolist(), strict=True)
    return {
        "hospital": [hospitals.codes[k] for k in patients.hospital],
        "hospital_name": [hospitals.names[k] for k in patients.hospital],
        "level": [level[k] for k in patients.hospital],
        "insurance_type": [INSURANCE[k] for k in patients.insurance],
        "sex": [SEX[k] for k in patients.sex],
        "age": patients.age.tolist(),
        "admission_date": (patients.day - nights).astype("datetime64[D]").tolist(),
        "discharge_date": patients.day.astype("datetime64[D]").tolist(),
        "care_days": days.tolist(),
        "principal_diagnosis": [known.codes[k] for k in patients.diagnosis],
        "principal_procedure": [(known.procedures[k] or None) if was else None for was, k in done],
        "disposition": [DISPOSITION[k] for k in patients.disposition],
    }


def _money(source: Source, costs: Costs, order: np.ndarray) -> dict[str, np.ndarray]:
    """Amounts of the columns that the format has; a component that it lacks is part of its other costs."""
    money = dict(zip(COMPONENTS, costs.components[order].T, strict=True))
    for name in [name for name in COMPONENTS if name not in source.columns]:
        amount = money.pop(name)
        if "other_cost" in money:
            money["other_cost"] = money["other_cost"] + amount
    total = costs.total[order]
    shares = plain_words()["shares"]
    money |= {"total_cost": total, "self_paid": costs.self_paid[order]}
    money |= {name: (total * share).astype(np.int64) for name, share in shares.items()}
    return {name: amount for name, amount in money.items() if name in source.columns}


def parts_of(source: Source, money: dict[str, np.ndarray]) -> list[Part]:
    """Return the sub-items ("of which") of items that the format has."""
    items = {aliases[0] for name in money for aliases in source.columns[name].items}
    named = {alias for rule in source.columns.values() for item in rule.items for alias in item}
    every = [part for dress in dresses().values() for part in dress.parts if part.of in items]
    return [part for part in every if part.headers[0] in (*named, *source.ignored)]


def of_which(source: Source, fees: dict[str, np.ndarray]) -> list[str]:
    """Return the columns of money all of whose items are fees that are there anyway."""
    return [
        name
        for name, rule in source.columns.items()
        if columns()[name].kind == "money" and all(aliases[0] in fees for aliases in rule.items)
    ]


def _blood(source: Source, fees: dict[str, np.ndarray], n: int) -> np.ndarray:
    rule = source.columns.get("blood_cost")
    return sum((fees[aliases[0]] for aliases in rule.items), np.zeros(n)) if rule else np.zeros(n)


def _told(generator: np.random.Generator, facts: dict[str, list], blood: np.ndarray) -> dict[str, list]:
    """Numbers of records, dates and signs that agree with what was drawn."""
    n = len(facts["age"])
    admitted, discharged, codes = (
        facts[name] for name in ("admission_date", "discharge_date", "principal_procedure")
    )
    before = generator.integers(0, DAYS_BEFORE_BIRTHDAY, n).tolist()
    within = generator.random(n).tolist()
    span = [(out - into).days for into, out in zip(admitted, discharged, strict=True)]
    done = [
        into + datetime.timedelta(int(share * days))
        for into, share, days in zip(admitted, within, span, strict=True)
    ]
    return {
        "visit": [f"XN{k:08d}" for k in range(1, n + 1)],
        "settlement": [f"XNJS{k:08d}" for k in range(1, n + 1)],
        "record_number": [f"XNBA{k:08d}" for k in range(1, n + 1)],
        "person": [f"{k:018d}" for k in range(1, n + 1)],
        "birth_date": [
            _born(into, age, days) for into, age, days in zip(admitted, facts["age"], before, strict=True)
        ],
        "procedure_date": [day if code else None for day, code in zip(done, codes, strict=True)],
        "procedures": [code and f"{code};{SECOND_PROCEDURE}" for code in codes],
        "deaths": [int(way == "death") for way in facts["disposition"]],
        "anaesthesia_method": ["全身麻醉" if code else None for code in codes],
        "blood_rh": ["阳性" if amount > 0 else None for amount in blood],
        "settlement_begin": list(admitted),
        "settlement_end": list(discharged),
        "settlement_date": list(discharged),
        "planned_readmission": [0] * n,
        "ventilator_hours": [0.0] * n,
        "intensive_care_days": [0.0] * n,
    }


def _born(admitted: datetime.date, age: int, days: int) -> datetime.date:
    """A birth date with which somebody is `age` in completed years on a day: at most a year before."""
    day = min(admitted.day, 28) if admitted.month == 2 else admitted.day
    return datetime.date(admitted.year - age, admitted.month, day) - datetime.timedelta(days)


def _chosen(generator: np.random.Generator, known: list, n: int) -> list:
    """A value for each stay; nothing is known where the word is empty."""
    return [None if known[k] == "" else known[k] for k in generator.integers(0, len(known), n)]
