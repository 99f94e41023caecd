"""What must hold between the values of a payment file: years, bands, coefficients, budgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..study.grammar import Checker
from ..vocabulary import units
from .exact import decimal_of, is_whole

DIGITS = 15
"""A float carries this many digits of a decimal unchanged."""
NEEDED = ("hospital_coefficients",)
"""Parts that no national default can stand for."""


def check_part(checker: Checker, name: str, path: str, table: Mapping) -> None:
    """Report what cannot be in one table of part `name`."""
    for key in ("since", "until"):
        if table[key] is not None and not table[key].isdigit():
            checker.report(f"{path}.{key}", f"'{table[key]}' is not a year", 'write it like "2021"')
    since, until = year_of(table["since"]), year_of(table["until"])
    if since and until and since > until:
        checker.report(f"{path}.until", f"{until} lies before since ({since})", "mend the order of the years")
    CHECKS[name](checker, path, table)


def check_years(checker: Checker, name: str, tables: list[Mapping], schemes: tuple, years: tuple) -> None:
    """Report overlaps within part `name`, and years of the file for which it says nothing."""
    for scheme in schemes if name == "budgets" else ("",):
        mine = [(k, t) for k, t in enumerate(tables) if not scheme or t["scheme"] == scheme]
        spans = [(year_of(t["since"]), year_of(t["until"]), k) for k, t in mine]
        spans = sorted(span for span in spans if span[0] and span[1])
        for (_, end, first), (start, _, second) in zip(spans, spans[1:], strict=False):
            if start <= end:
                what = f"holds from {start}, but {name}[{first + 1}] holds until {end}"
                checker.report(f"{name}[{second + 1}].since", what, "let one year have one value")
        of_scheme = f" of the scheme {scheme}" if scheme else ""
        for year in years if name in (*NEEDED, "budgets") or tables else ():
            if not any(start <= year <= end for start, end, _ in spans):
                what = f"nothing{of_scheme} holds in the year {year}"
                checker.report(name, what, f"add a [[{name}]]{of_scheme} for that year")


def year_of(text: str | None) -> int:
    """A year, or 0 where none is written."""
    return int(text) if text and text.isdigit() else 0


def _range(checker: Checker, path: str, value, least=None, most=None, above=None) -> bool:
    """Report a number outside its range or with more digits than can be held exactly."""
    if value is None:
        return False
    exact = decimal_of(value)
    if not exact.is_finite() or len(exact.as_tuple().digits) > DIGITS:
        checker.report(path, f"{value} cannot be held exactly", f"write at most {DIGITS} digits")
        return False
    wanted = ""
    if above is not None and not exact > above:
        wanted = f"above {above}"
    elif least is not None and not exact >= least:
        wanted = f"{least} or more"
    elif most is not None and not exact <= most:
        wanted = f"{most} or less"
    if wanted:
        checker.report(path, f"is {value}, but must be {wanted}", "mend the number")
    return not wanted


def _grouping(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.case_threshold", table["case_threshold"], least=1)
    _range(checker, f"{path}.primary_level_share", table["primary_level_share"], above=0, most=1)
    _range(checker, f"{path}.primary_level_cv", table["primary_level_cv"], above=0)
    if (table["primary_level_share"] is None) != (table["primary_level_cv"] is None):
        checker.report(
            f"{path}.primary_level_share", "needs primary_level_cv beside it", "write both or none"
        )


def _weighting(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.scale", table["scale"], least=1, most=10_000)
    _range(checker, f"{path}.decimals", table["decimals"], least=0, most=6)
    _range(checker, f"{path}.quota", table["quota"], above=0)
    for key in ("trim_lower", "trim_upper"):
        _range(checker, f"{path}.{key}", table[key], least=0, most=1)
    if not table["trim_lower"] < table["trim_upper"]:
        checker.report(f"{path}.trim_lower", "does not lie below trim_upper", "for example 0.025 and 0.975")
    weights = table["year_weights"] or ()
    if not weights or min(weights) < 0 or weights[-1] == 0:
        checker.report(f"{path}.year_weights", f"{list(weights)} are no weights", "for example [1, 2, 7]")
    if table["method"] == "benchmark" and not table["benchmark"]:
        checker.report(f"{path}.benchmark", "the benchmark type is missing", "name its key in the catalogue")
    if table["method"] == "quota" and table["quota"] is None:
        checker.report(f"{path}.quota", "the quota is missing", "write it in yuan")


def _deviation(checker: Checker, path: str, table: Mapping) -> None:
    ranges = {"low": {"least": 0, "most": 1}, "high": {"least": 1}, "extreme": {"least": 1}}
    ranges["ratio_decimals"] = {"least": 2, "most": 6}
    # Each is measured, so that all that is wrong comes at once.
    sound = [_range(checker, f"{path}.{key}", table[key], **limits) for key, limits in ranges.items()]
    _range(checker, f"{path}.reference_minimum", table["reference_minimum"], least=1)
    _range(checker, f"{path}.special_case_limit", table["special_case_limit"], least=0, most=1)
    if not all(sound):
        return
    if not table["extreme"] > table["high"]:
        checker.report(f"{path}.extreme", "does not lie above high", "for example low 0.5, high 2, extreme 5")
    for key in ("low", "high", "extreme"):
        if not is_whole(decimal_of(table[key]), table["ratio_decimals"]):
            checker.report(f"{path}.{key}", "has more decimals than ratio_decimals", "write fewer")


def _bands(checker: Checker, path: str, bands: list[Mapping], whole: bool) -> None:
    """Bands in order, without overlap; `whole`: from 0 without a hole and without end."""
    end = decimal_of(0) if whole else None
    for k, band in enumerate(bands):
        here = f"{path}[{k + 1}]"
        start, stop = band["from"], band["to"]
        _range(checker, f"{here}.from", start, least=0)
        if start is None:
            return
        if k and end is None:
            checker.report(f"{here}.from", "follows a band without end", "put the band without end last")
            return
        if end is not None and decimal_of(start) != end and (whole or decimal_of(start) < end):
            gap = "leaves a hole" if decimal_of(start) > end else "overlaps the band before it"
            checker.report(f"{here}.from", f"is {start}, but must be {end}: it {gap}", "let bands meet")
        if stop is not None and not decimal_of(stop) > decimal_of(start):
            checker.report(f"{here}.to", "does not lie above from", "mend the band")
        end = None if stop is None else decimal_of(stop)
    if whole and bands and end is not None:
        checker.report(f"{path}[{len(bands)}].to", f"nothing is said above {end}", "leave out the last 'to'")


def _coefficients(checker: Checker, path: str, table: Mapping) -> None:
    for name, value in table.items():
        _range(checker, f"{path}.{name}", value, above=0, most=100)


def _auxiliary(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.decimals", table["decimals"], least=0, most=4)
    for kind in ("ages", "comorbidity"):
        _bands(checker, f"{path}.{kind}", table[kind], whole=False)
        for k, band in enumerate(table[kind]):
            _range(checker, f"{path}.{kind}[{k + 1}].coefficient", band["coefficient"], above=0, most=100)
    for kind in ("severity", "tumour"):
        _coefficients(checker, f"{path}.{kind}", table[kind])


def _hospital_coefficients(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.decimals", table["decimals"], least=0, most=4)
    for kind in ("levels", "hospitals"):
        _coefficients(checker, f"{path}.{kind}", table[kind])
    for k, bonus in enumerate(table["bonuses"]):
        _range(checker, f"{path}.bonuses[{k + 1}].amount", bonus["amount"], above=-1, most=100)
    if table["base"] == "declared" and not table["levels"] and not table["hospitals"]:
        checker.report(f"{path}.levels", "no coefficient is declared", "give one for each level of hospital")


def _settlement(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.prepayment_months", table["prepayment_months"], least=0, most=12)
    _range(checker, f"{path}.monthly_share", table["monthly_share"], least=0, most=1)
    _range(checker, f"{path}.point_value_decimals", table["point_value_decimals"], least=0, most=6)
    for scheme, ratio in table["reimbursement_ratio"].items():
        _range(checker, f"{path}.reimbursement_ratio.{scheme}", ratio, above=0, most=1)
    for hospital, share in table["assessment"].items():
        _range(checker, f"{path}.assessment.{hospital}", share, above=0, most=1)
    by_ratio = table["basis"] == "total_cost" and table["gross_up"] == "reimbursement_ratio"
    if by_ratio and not table["reimbursement_ratio"]:
        checker.report(f"{path}.reimbursement_ratio", "is missing", "give one for each scheme")


def _sharing(checker: Checker, path: str, table: Mapping) -> None:
    _range(checker, f"{path}.hospital_share", table["hospital_share"], least=0, most=1)
    for k, band in enumerate(table["bands"]):
        _range(checker, f"{path}.bands[{k + 1}].hospital_share", band["hospital_share"], least=0, most=1)
    _bands(checker, f"{path}.bands", table["bands"], whole=True)
    declared = (table["hospital_share"] is not None) + bool(table["bands"])
    if table["level"] != "none" and declared != 1:
        checker.report(path, "needs either hospital_share or bands", "write one of the two")
    if table["level"] == "none" and declared:
        checker.report(f"{path}.level", "is none, but shares are declared", 'write "city" or "hospital"')


def _budgets(checker: Checker, path: str, table: Mapping) -> None:
    if table["unit"] is None or table["gross"] is None:
        return
    minor = units()[table["unit"]].minor_per_unit if table["unit"] in units() else 1
    lines = [("gross", table["gross"])]
    lines += [(f"deductions[{k + 1}].amount", d["amount"]) for k, d in enumerate(table["deductions"])]
    for key, amount in lines:
        if _range(checker, f"{path}.{key}", amount, least=0) and not is_whole(decimal_of(amount) * minor, 0):
            checker.report(f"{path}.{key}", f"{amount} is no whole number of minor units", "mend the amount")
    _range(checker, f"{path}.growth", table["growth"], above=-1)
    _range(checker, f"{path}.reserve_share", table["reserve_share"], least=0, most=1)
    gross = decimal_of(table["gross"]) * (1 + decimal_of(table["growth"]))
    taken = sum(decimal_of(d["amount"] or 0) for d in table["deductions"])
    if taken > gross >= 0:
        checker.report(
            f"{path}.deductions", f"take {taken} out of {gross}: the fund is negative", "mend them"
        )


CHECKS: Mapping[str, Callable[[Checker, str, Mapping], None]] = {
    "grouping": _grouping,
    "weighting": _weighting,
    "deviation": _deviation,
    "auxiliary": _auxiliary,
    "hospital_coefficients": _hospital_coefficients,
    "settlement": _settlement,
    "sharing": _sharing,
    "budgets": _budgets,
}
