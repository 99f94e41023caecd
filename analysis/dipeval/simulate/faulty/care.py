"""Faults of care and its fees: what was done and what was charged do not agree, or the payer is another."""

from __future__ import annotations

from datetime import timedelta

from .scene import Injection, Ready, Scene, always

CARE = ("service_cost", "nursing_cost", "consumables_cost")
FORMER_SCHEMES = ("rural_cooperative", "urban_resident")
OTHER_PAYERS = ("self_pay", "work_injury")
REPLACEMENT = "\ufffd"


def _part_above_parent(scene: Scene, row: int) -> None:
    sheet = scene.sheet
    parent, part = _charged_parts(scene, row)[0]
    sheet.amounts[sheet.key(part)][row] = (sheet.amount(row, parent) or 0) + 1
    scene.mark(row, f"{part} above {parent}")


def _charged_parts(scene: Scene, row: int) -> list[tuple[str, str]]:
    """Parents with a sub-item that was charged and that stands in a field of its own."""
    whole = {key for name in scene.components() for key in scene.sheet.items(name)}
    return [
        (one.parent, part)
        for one in scene.source.parts
        for part in one.parts
        if scene.sheet.has(one.parent, part)
        and scene.sheet.key(part) not in whole
        and (scene.sheet.amount(row, part) or 0) > 0
    ]


def _has_charged_part(scene: Scene, row: int) -> bool:
    return bool(_charged_parts(scene, row))


def _other_cost_is_total(scene: Scene, row: int) -> None:
    """A stay of one day, so that it may do without service and nursing."""
    sheet = scene.sheet
    total, other = sheet.key("total_cost"), sheet.key("other_cost")
    whole = sheet.amounts[total][row]
    for field in sheet.fields:
        if field.money and not set(field.columns) & {"total_cost", "self_paid"}:
            sheet.amounts[field.key][row] = 0
    sheet.amounts[total][row] = sheet.amounts[other][row] = whole
    if sheet.has("admission_date"):
        scene.move_admission(row, sheet.facts["discharge_date"][row] - timedelta(1))
    sheet.facts["care_days"][row] = 1
    scene.mark(row, "other_cost")


def _is_quiet(scene: Scene, row: int) -> bool:
    """Nothing was operated, so nothing but the fees of a plain stay can be missing."""
    named = [scene.sheet.facts.get(name) for name in ("principal_procedure", "anaesthesia_method")]
    return all(values is None or values[row] is None for values in named)


def _long_stay_without_service(scene: Scene, row: int) -> None:
    here = [name for name in CARE if scene.sheet.has(name)]
    chosen = here[row % len(here)]
    for key in scene.sheet.items(chosen):
        scene.charge(row, key, 0)
    scene.mark(row, chosen)


def _stays_overnight(scene: Scene, row: int) -> bool:
    return scene.sheet.facts["care_days"][row] > 1


def _surgery_fee_without_procedure(scene: Scene, row: int) -> None:
    for name in ("principal_procedure", "procedures", "procedure_date"):
        if name in scene.sheet.facts:
            scene.sheet.facts[name][row] = None
    scene.mark(row, "principal_procedure")


def _charged(column: str) -> Ready:
    def ready(scene: Scene, row: int) -> bool:
        """A fee stands there."""
        return (scene.sheet.amount(row, column) or 0) > 0

    return ready


def _anaesthesia_without_fee(scene: Scene, row: int) -> None:
    scene.sheet.amounts[scene.sheet.key("anaesthesia_cost")][row] = 0
    scene.mark(row, "anaesthesia_cost")


def _is_anaesthetised(scene: Scene, row: int) -> bool:
    return scene.sheet.facts["anaesthesia_method"][row] is not None


def _blood_without_rh(scene: Scene, row: int) -> None:
    scene.sheet.facts["blood_rh"][row] = None
    scene.mark(row, "blood_rh")


def _payer(words: tuple[str, ...], meaning: str) -> Injection:
    def known(scene: Scene) -> list[str]:
        """Those of the words that the format has a code for."""
        codes = set(scene.source.codes.get("insurance_type", {}).values())
        return [word for word in words if word in codes]

    def put(scene: Scene, row: int) -> None:
        """Let another scheme pay."""
        here = known(scene)
        scene.sheet.facts["insurance_type"][row] = here[row % len(here)]
        if meaning:
            scene.sheet.right(row, "insurance_type", meaning)
        scene.mark(row, here[row % len(here)])

    return Injection(put, lambda scene, row: bool(known(scene)))


def _damaged_text(scene: Scene, row: int) -> None:
    facts = scene.sheet.facts
    facts["hospital_name"][row] = facts["hospital_name"][row][:-1] + REPLACEMENT
    scene.mark(row, "hospital_name")


INJECTIONS = {
    "part_above_parent": Injection(_part_above_parent, _has_charged_part),
    "other_cost_is_total": Injection(_other_cost_is_total, _is_quiet),
    "long_stay_without_service": Injection(_long_stay_without_service, _stays_overnight),
    "surgery_fee_without_procedure": Injection(_surgery_fee_without_procedure, _charged("surgery_cost")),
    "anaesthesia_without_fee": Injection(_anaesthesia_without_fee, _is_anaesthetised),
    "blood_without_rh": Injection(_blood_without_rh, _charged("transfusion_cost")),
    "former_scheme": _payer(FORMER_SCHEMES, "resident"),
    "other_payer": _payer(OTHER_PAYERS, ""),
    "damaged_text": Injection(_damaged_text, always),
}
