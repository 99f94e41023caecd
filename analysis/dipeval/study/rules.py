"""The grammar of the three kinds of files: study, city, source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..vocabulary import columns, outcomes, units
from .case_models import case_model_grammar
from .checks import check_grammar
from .compare import compare_grammar
from .composition import composition_grammar
from .descriptions import Kinds, description_grammar
from .families import family_grammar
from .grammar import Key, Named, Switch, Table, Tables
from .inference import Unfit, inference_grammar
from .payment import payment_grammar
from .planning import plan_grammar
from .policies import policy_grammar
from .references import reference_grammar
from .simulation import simulation_grammar
from .standardise import standard_grammar
from .tables import table_grammar

FREQUENCIES = ("month", "quarter", "year")
ALL_MONEY = "money"
"""Under a city's units: every column of money."""
FORMATS = ("csv", "csv.gz", "tsv", "zip", "xlsx", "xls", "parquet")
ENCODINGS = ("utf-8", "gb18030", "utf-16", "latin-1")
CODED = tuple(name for name, column in columns().items() if column.values or column.kind == "flag")
FLAG_WORDS = ("yes", "no")
"""What the codes of a flag mean."""
DELIMITERS = (",", "\t", ";", "|")


def all_fit(
    method: str, options: Mapping[str, object], estimator: str, its_options: Mapping[str, object]
) -> str:
    """Every method goes with every estimator."""
    return ""


@dataclass(frozen=True)
class Registries:
    """Names that higher floors own and hand down: the ground floor imports nothing upward.

    Attributes
    ----------
    estimators : mapping of str to mapping of str to Key type name
        Option names and their grammar types, by estimator.
    inference : mapping of str to mapping of str to Key
        Options of the inference methods.
    rules : mapping of str to Switch
        Cleaning rules that a city may switch or set, with their settings.
    unfit : callable
        Why an inference method and an estimator do not go together.
    descriptions, effects, checks : mapping of str to (str, mapping)
        Layer and grammar of each kind of description, of what measures effects, and of what checks them.
    """

    estimators: Mapping[str, Mapping[str, str]]
    inference: Mapping[str, Mapping[str, Key]]
    rules: Mapping[str, Switch]
    unfit: Unfit = all_fit
    descriptions: Kinds = field(default_factory=dict)
    effects: Kinds = field(default_factory=dict)
    checks: Kinds = field(default_factory=dict)


def _titles() -> dict[str, Key]:
    return {
        "title_en": Key("text", required=True, doc="title in English"),
        "title_zh": Key("text", required=True, doc="title in Chinese"),
    }


def source_grammar() -> dict[str, object]:
    """Grammar of ``analysis/sources/<format>.toml``."""
    column = Table(
        {
            "items": Key(
                "text_lists", required=True, doc="one list of aliases for each raw item; # is 1 to 40"
            ),
            "combine": Key("text", default="single", choices=("single", "sum", "coalesce", "join")),
            "unit": Key("text", default="", choices=(*units(), "")),
            "eras": Tables(
                {
                    "since": Key("period", required=True, doc="first period of the era"),
                    "until": Key("period", required=True, doc="last period of the era"),
                    "unit": Key("text", required=True, choices=tuple(units())),
                }
            ),
            "required": Key("flag", default=True),
            "date_format": Key("text", default=""),
            "zero_is_missing": Key("flag", default=False),
            "empty_is_zero": Key("flag", default=False, doc="a fee left blank was not charged"),
            "separator": Key("text", default=";", doc="what stands between joined items"),
            "parted_by": Key("texts", default=(), doc="what parts several values inside one cell"),
        }
    )
    return {
        "source": Table(
            {
                "name": Key("text", required=True),
                **_titles(),
                "layer": Key("text", required=True, choices=("discharges", "panel")),
                "reference": Key("text", required=True, doc="where the format is documented"),
            },
            required=True,
        ),
        "read": Table(
            {
                "format": Key("text", required=True, choices=FORMATS, doc="in which form it mostly comes"),
                "encoding": Key("text", default="utf-8", choices=ENCODINGS),
                "delimiter": Key("text", default=",", choices=DELIMITERS),
                "header_row": Key("integer", default=1, low=1, doc="row of the header, counted from 1"),
                "header_rows": Key(
                    "integer", default=1, low=1, high=2, doc="2: groups stand above the headers"
                ),
                "sheets": Key("texts", default=()),
                "empty": Key("texts", default=("", "-", "—"), doc="cells that mean: nothing was written"),
                "total_words": Key("texts", default=("合计", "总计", "小计", "total", "Total", "TOTAL")),
                "total_rows": Key("text", default="error", choices=("error", "reject")),
            },
            required=True,
        ),
        "columns": Named(column, names=tuple(columns()), required=True),
        "codes": Named(Named(Key("text")), names=CODED),
        "headers": Table(
            {
                "ignored": Key("texts", default=(), doc="known headers that are not used"),
                "identifiers": Key("texts", default=(), doc="headers that identify a person: never read"),
                "shared": Key("texts", default=(), doc="headers that feed several columns"),
            }
        ),
        "long": Table(
            {
                "key": Key(
                    "texts", default=(), choices=tuple(columns()), doc="shared by one settlement's rows"
                ),
                "item": Key("texts", default=(), doc="headers of the column that names the charge"),
                "items": Named(Key("texts"), doc="by charge, the words for it"),
                "amounts": Named(Key("texts"), doc="by amount, its headers; amt of charge 09 is amt_09"),
            }
        ),
        "identities": Tables(
            {
                "name": Key("text", required=True),
                "total": Key("text", required=True, choices=tuple(columns())),
                "parts": Key("texts", required=True, choices=tuple(columns())),
                "tolerance": Key("integer", default=0, doc="minor units a row"),
                "action": Key("text", default="reject", choices=("reject", "flag")),
            }
        ),
        "parts": Tables(
            {
                "parent": Key("text", required=True, choices=tuple(columns())),
                "parts": Key("texts", required=True, choices=tuple(columns())),
            }
        ),
        "link": Table(
            {
                "region": Key("text", default="", choices=("", *columns())),
                "place": Key("text", default="", choices=("", *columns())),
                "name": Key("text", default="", choices=("", *columns())),
                "attribute": Key("text", default="", choices=("", *columns())),
                "address": Key("text", default="", choices=("", *columns())),
                "similarity": Key("number", default=0.6, doc="how alike names must be, 0 to 1"),
                "size_factor": Key("number", default=1.5, doc="how much discharges may change at a link"),
                "accepted": Key(
                    "text_lists", default=(), doc="earlier name, later name, reason: linked by a person"
                ),
                "refused": Key(
                    "text_lists", default=(), doc="earlier name, later name, reason: parted by a person"
                ),
            }
        ),
    }


def city_grammar(registries: Registries) -> dict[str, object]:
    """Grammar of ``analysis/cities/<city>.toml``."""
    return {
        "city": Table(
            {
                "name": Key("text", required=True),
                "label_en": Key("text", required=True),
                "label_zh": Key("text", required=True),
                "province": Key("text", default=""),
                "synthetic": Key("flag", default=False),
                "scheme": Key("text", required=True, choices=("DIP", "DRG", "SwissDRG", "AIH", "none")),
                "source": Key("text", required=True, doc="name of a file under analysis/sources"),
                "obtain": Key("text", required=True, doc="where a user obtains the files"),
            },
            required=True,
        ),
        "files": Tables(
            {
                "path": Key("text", required=True, doc="path below the data folder"),
                "sha256": Key("text", default=""),
                "encoding": Key("text", default="", choices=("", *ENCODINGS)),
                "delimiter": Key("text", default="", choices=("", *DELIMITERS)),
                "sheets": Key("texts", default=()),
                "header_row": Key("integer", default=0, low=0),
                "header_rows": Key("integer", default=0, low=0, high=2),
                "units": Named(Key("text", choices=tuple(units())), names=(ALL_MONEY, *columns())),
            }
        ),
        "tables": table_grammar(),
        "dates": Table(
            {
                "announced": Key("period", default=""),
                "simulated": Key("period", default=""),
                "payment": Key("period", default=""),
                "full": Key("period", default=""),
                "ended": Key("period", default="", doc="first month that is no longer paid so"),
                "ended_reason": Key("text", default="", doc="what the city left for, and where it was read"),
                "never": Key("flag", default=False),
                "source": Key("text", required=True, doc="where the dates were read"),
            },
            required=True,
        ),
        "units": Named(Key("text", choices=tuple(units())), names=(ALL_MONEY, *columns())),
        "other_units": Tables(
            {
                "unit": Key("text", required=True, choices=tuple(units())),
                "columns": Key("texts", default=(), choices=tuple(columns()), doc="none: all money"),
                "file": Key("text", default=""),
                "hospital": Key("text", default="", doc="as its code is written in the files"),
                "since": Key("text", default=""),
                "until": Key("text", default=""),
                "reason": Key("text", required=True, doc="how it is known"),
            }
        ),
        "rules": Table(dict(registries.rules)),
        "corrections": Tables(
            {
                "column": Key("text", required=True, choices=tuple(columns())),
                "match": Named(Key("text"), names=tuple(columns()), required=True),
                "action": Key("text", required=True, choices=("set", "reject")),
                "value": Key("text", default=""),
                "reason": Key("text", required=True),
                "expect": Key("integer", required=True, doc="how many rows must match"),
            }
        ),
        **reference_grammar(),
    }


def study_grammar(registries: Registries, *, measures: bool = True) -> dict[str, object]:
    """Grammar of ``analysis/studies/<study>.toml``.

    Parameters
    ----------
    registries : Registries
    measures : bool
        Whether design, outcomes and estimators must stand; a study that describes may do without.
    """
    options = {
        name: Table({option: Key(kind) for option, kind in known.items()})
        for name, known in registries.estimators.items()
    }
    return {
        "study": Table(
            {
                "name": Key("text", required=True),
                **_titles(),
                "synthetic": Key("flag", default=False),
                "languages": Key("texts", default=("en", "zh"), choices=("en", "zh")),
                "notes_en": Key("texts", default=()),
                "notes_zh": Key("texts", default=()),
            },
            required=True,
        ),
        "data": Table(
            {
                "cities": Key("texts", required=True, doc="names of files under analysis/cities"),
                "start": Key("period", required=True),
                "end": Key("period", required=True),
                "frequency": Key("text", required=True, choices=FREQUENCIES),
                "keep": Named(Key("texts"), names=tuple(columns())),
                "link_persons": Key("flag", default=False, doc="stays of a person are linked: needs a key"),
                "without_flags": Key("texts", default=(), doc="rules whose marked stays are left out"),
                "stays": Key("text", default="as_billed", choices=("as_billed", "linked")),
                "linked_days": Key("text", default="sum", choices=("sum", "dates")),
                "level": Key("text", default="baseline", choices=("baseline", "announcement", "current")),
            },
            required=True,
        ),
        "design": Table(
            {
                "by": Key("text", required=True, choices=("city", *columns())),
                "starts": Named(Key("text")),
                "ends": Named(Key("text")),
                "after_leaving": Key("text", default="keep", choices=("keep", "drop")),
                "excluded": Key("texts", default=()),
                "placebo": Key("flag", default=False),
                "comparison": Key(
                    "text", default="not_yet_treated", choices=("not_yet_treated", "never_treated", "none")
                ),
                "anticipation": Key("integer", default=0),
                "event_window": Key("integers", default=(-12, 12)),
                "reference": Key("integer", default=-1),
                "clusters": Key("texts", default=("city",), choices=tuple(columns())),
                "weights": Key("text", default="none", choices=("none", "discharges")),
                "policies": Key("texts", default=(), doc="concurrent policies that estimators adjust for"),
                "common_clusters": Key(
                    "text",
                    default="",
                    doc='"cluster:<name>": only hospitals of clusters that hold both sides',
                ),
            },
            required=measures,
        ),
        "outcomes": Table(
            {
                "names": Key("texts", required=True, choices=tuple(outcomes())),
                "components": Key("texts", default=(), choices=tuple(columns())),
                "table_one": Key("texts", default=(), choices=(*outcomes(), *columns())),
            },
            required=measures,
        ),
        "estimate": Table(
            {
                "estimators": Key("texts", required=True, choices=tuple(registries.estimators)),
                "main": Key("text", required=True, choices=tuple(registries.estimators)),
                "options": Table(options),
            },
            required=measures,
        ),
        "case_models": case_model_grammar(),
        "infer": inference_grammar(registries.inference),
        "families": family_grammar(),
        "composition": composition_grammar(tuple(registries.estimators)),
        "describe": description_grammar(registries.descriptions, registries.effects, "effects"),
        "effects": description_grammar(registries.effects, registries.descriptions, "describe"),
        "checks": check_grammar(registries.checks, tuple(registries.estimators)),
        "standardise": standard_grammar(),
        "disclose": Table(
            {
                "minimum_cell": Key("integer", default=10, low=1),
                "dominance": Key("number", default=0.85, low=0.01, high=1),
                "rounding_base": Key(
                    "integer", default=1, low=1, doc="counts are rounded to multiples of it"
                ),
                "reason": Key("text", default=""),
            }
        ),
        "compare": compare_grammar(),
        "plan": plan_grammar(),
        "policies": policy_grammar(),
        "published": Tables(
            {
                "item_en": Key("text", required=True),
                "item_zh": Key("text", required=True),
                "value": Key("text", required=True, doc="the number as it was printed"),
                "period": Key("period", required=True),
                "statistic": Key("text", required=True, choices=("sum", "hospitals", "ratio")),
                "column": Key("text", default="", choices=("", *columns())),
                "denominator": Key("text", default="", choices=("", *columns())),
                "where": Named(Key("text"), names=tuple(columns())),
                "per": Key("number", default=1),
                "round_to": Key("number", default=1, doc="precision of the printed number"),
                "source": Key("text", required=True),
            }
        ),
        "payment": payment_grammar(),
        "simulate": simulation_grammar(),
    }
