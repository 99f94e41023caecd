"""Stage: everything a paper includes, through the gate: figures, tables, numbers, manifest, page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..check.registry import check_labels
from ..describe import EstimateFrames, numbers_exhibit
from ..describe.registry import kind_labels
from ..disclose import Released, Withheld, gate_together, held_back
from ..estimate.registry import estimands
from ..infer.registry import inference_labels
from ..present import DRAWERS, TABULATED, draw, numbers_tex, shown_csv, tabulate
from ..report import Page, Shown, index_html, manifest
from ..store.atomic import write_bytes, write_text
from ..store.fingerprint import canonical, code_sha256, file_sha256, text_sha256
from ..store.frames import csv_bytes, json_text, ledger_of, read_csv, read_json
from ..study.explain import explain
from .clustering import read_clusterings
from .compared_cells import with_compared_cells
from .compared_page import KINDS as COMPARED
from .compared_page import linked, write_comparison
from .describing import read_exhibits
from .designing import design_study
from .estimate_files import read_estimates
from .estimating import BY_LEVEL
from .exhibits import Material, arms_of, exhibits_of
from .keys import environment
from .known_truth import known_truth
from .numbers import text_numbers
from .restricting import design_panel, told_of
from .robustness import read_methods
from .shared_cells import atom_names, with_shared_cells

if TYPE_CHECKING:
    from .plan import Declared
    from .stages import Workspace

MODULES = (
    "pipeline.publishing",
    "pipeline.estimating",
    "pipeline.case_modelling",
    "pipeline.describing",
    "pipeline.robustness",
    "pipeline.composing",
    "pipeline.paneling",
    "pipeline.reporting",
    "pipeline.cleaning",
)


def run(workspace: Workspace, out: Path, declared: Declared) -> None:
    """Write ``figures/<study>/``; what is on the page stands beside it as files."""
    material = gather(workspace, declared)
    shown: list[Shown] = []
    withheld: list[Withheld] = []
    *judged, of_text = judged_of(material)
    compared = [one for one in judged if one[0].exhibit.kind in COMPARED]
    for released, held in (one for one in judged if one not in compared):
        withheld.extend(held)
        shown.append(_write(out, declared, released))
    withheld.extend(of_text[1])
    pages = write_comparison(workspace, out, declared, [released for released, _ in compared])
    write_text(out / "numbers.tex", numbers_tex(of_text[0], declared.study.name))
    every = [*withheld, *(one for _, held in compared for one in held)]
    write_bytes(out / "withheld.csv", csv_bytes(held_back(every)))
    texts = _write_methods(workspace, out, declared)
    page = replace(_page(workspace, declared, shown, withheld, material), pages=linked(declared.study, pages))
    beside = {name: file_sha256(out / name) for name in ("numbers.tex", "withheld.csv", *texts, *pages)}
    write_text(out / "manifest.json", json_text({**manifest(page), "files": beside}))
    write_text(out / "index.html", index_html(page))


def judged_of(material: Material) -> list[tuple[Released, tuple[Withheld, ...]]]:
    """All that a study releases, judged together: one exhibit's margin may give away another's part.

    The numbers of the text come last.
    """
    numbers = numbers_exhibit(text_numbers(material), synthetic=material.synthetic)
    exhibits, unshown = [*exhibits_of(material), *material.compared, numbers], []
    exhibits = [told_of(one, material.clusterings, material.declared) for one in exhibits]
    study = material.declared.study
    if study.treatment is not None:
        arms, after, _ = arms_of(material)
        exhibits, atoms = with_shared_cells(exhibits, material.frame, arms, after)
        names, by_city = atom_names(material.frame, arms, after), study.compare.by == "city"
        unshown = [
            with_compared_cells(atoms, exhibits, material.frame, names, study.frequency, by_city=by_city)
        ]
    rules = material.declared.study.disclosure
    return gate_together(exhibits, rules.minimum_cell, rules.dominance, rules.rounding_base, unshown)


def gather(workspace: Workspace, declared: Declared) -> Material:
    """Read what the stages before left."""
    folder, study = workspace.folder("panel"), declared.study
    panel = design_panel(workspace, declared)
    validation = folder / "validation.csv"
    described = read_exhibits(workspace.folder("describe")) if study.descriptions else []
    checked = read_exhibits(workspace.folder("checks")) if study.checks else []
    composed = read_exhibits(workspace.folder("compose")) if study.compositions else []
    made = Material(
        declared,
        panel,
        design_study(declared, panel) if study.treatment is not None else None,
        [],
        {},
        read_csv(validation) if validation.exists() else None,
        panel.ledger,
        pd.DataFrame(),
        described=described,
        composed=composed,
        checked=checked,
        compared=read_exhibits(workspace.folder("compare")) if study.is_compared else [],
        clusterings=read_clusterings(workspace, declared),
    )
    return with_estimates(workspace, made) if study.estimators else made


def with_estimates(workspace: Workspace, material: Material) -> Material:
    """The same with what the stages of estimation left."""
    declared, estimated = material.declared, workspace.folder("estimate")
    ledger = material.ledger + ledger_of(read_csv(estimated / "ledger.csv"))
    of_cases: list[EstimateFrames] = []
    if declared.study.case_models:
        modelled = workspace.folder("case_models")
        of_cases, ledger = read_estimates(modelled), ledger + ledger_of(read_csv(modelled / "ledger.csv"))
    if declared.study.compositions:
        ledger = ledger + ledger_of(read_csv(workspace.folder("compose") / "ledger.csv"))
    has_bands = declared.study.inference.band is not None
    return replace(
        material,
        estimates=read_estimates(estimated),
        truth=known_truth(workspace.project, declared),
        ledger=ledger,
        checks=read_csv(estimated / "checks.csv"),
        of_cases=of_cases,
        families=_families(declared, estimated),
        bands=read_csv(estimated / "bands.csv") if has_bands else None,
        by_level=read_estimates(estimated / BY_LEVEL) if (estimated / BY_LEVEL).exists() else [],
        standard=read_csv(estimated / "standard_errors.csv") if declared.study.standard is not None else None,
    )


def _families(declared: Declared, folder: Path) -> pd.DataFrame | None:
    if not declared.study.families:
        return None
    frame = read_csv(folder / "families.csv")
    return frame.assign(**{name: frame[name].astype("object").fillna("") for name in ("note", "rule")})


def _write(out: Path, declared: Declared, released: Released) -> Shown:
    """Write one exhibit in every form and language; the English files have no suffix."""
    exhibit = released.exhibit
    files: dict[str, bytes] = {f"{exhibit.name}.csv": shown_csv(released)}
    for language in declared.study.languages:
        stem = exhibit.name if language == "en" else f"{exhibit.name}.{language}"
        made = draw(released, language) if exhibit.kind in DRAWERS else {}
        if exhibit.kind in TABULATED:
            made |= {form: content for form, content in tabulate(released, language).items() if form != "csv"}
        files |= {f"{stem}.{form}": content for form, content in made.items()}
    for name, content in sorted(files.items()):
        write_bytes(out / name, content)
    return Shown(released, files)


def _page(
    workspace: Workspace, declared: Declared, shown: list[Shown], withheld: list[Withheld], material: Material
) -> Page:
    study = declared.study
    facts = read_json(workspace.folder("panel") / "facts.json")
    warnings = [*facts["warnings"], *(_of_estimates(workspace, material) if study.estimators else [])]
    labels = inference_labels(), {**kind_labels(), **check_labels()}
    methods_en, methods_zh = explain(study, declared.cities, estimands(), *labels)
    checked_en, checked_zh = _of_checks(workspace, declared)
    return Page(
        study=study.name,
        title_en=study.title_en,
        title_zh=study.title_zh,
        methods_en=methods_en,
        methods_zh=methods_zh,
        robustness_en=checked_en,
        robustness_zh=checked_zh,
        synthetic=study.synthetic,
        inputs=tuple(sorted(facts["files"], key=lambda f: f["path"])),
        study_sha256=text_sha256(canonical([study, declared.cities, declared.sources])),
        code_sha256=code_sha256(MODULES),
        environment=environment(),
        engines=tuple(facts["engines"]),
        shown=tuple(shown),
        ledger=material.ledger,
        warnings=tuple(dict.fromkeys(warnings)),
        withheld=tuple(withheld),
        languages=study.languages,
        inferences=tuple(_inference(found) for found in (*material.estimates, *material.of_cases)),
    )


def _of_checks(workspace: Workspace, declared: Declared) -> tuple[str, str]:
    """The methods paragraph of the checks, in English and Chinese; empty without any."""
    return read_methods(workspace.folder("checks")) if declared.study.checks else ("", "")


def _write_methods(workspace: Workspace, out: Path, declared: Declared) -> list[str]:
    """The same as text files, to be taken into an appendix; their names."""
    told = dict(zip(("en", "zh"), _of_checks(workspace, declared), strict=True))
    written = {
        f"robustness_methods{'' if language == 'en' else f'.{language}'}.txt": told[language]
        for language in declared.study.languages
        if told[language]
    }
    for name, text in written.items():
        write_text(out / name, f"{text}\n")
    return list(written)


def _of_estimates(workspace: Workspace, material: Material) -> list[str]:
    """Warnings of the design, the checks and the estimates."""
    told = read_json(workspace.folder("estimate") / "warnings.json")
    warnings = [*told["design"], *_checked(material.checks)]
    warnings += _spoken_once(told["estimates"], told["design"])
    if material.declared.study.case_models:
        of_cases = read_json(workspace.folder("case_models") / "warnings.json")
        warnings += _spoken_once(of_cases["estimates"], told["design"])
    if material.declared.study.compositions:
        told = read_json(workspace.folder("compose") / "warnings.json")
        warnings += [f"{one['text']} [composition {one['composition']}]" for one in told]
    return warnings


def _inference(found: EstimateFrames) -> dict[str, object]:
    """How the uncertainty of an estimate was stated, in plain values."""
    words = {name: str(found.fact(name)) for name in ("outcome", "estimator", "cluster", "method", "rule")}
    df = float(str(found.fact("df")))
    drawn = {name: found.fact(name) for name in ("draws", "seed")}
    whole = {name: None if pd.isna(value) else int(value) for name, value in drawn.items()}
    return {**words, "df": df if np.isfinite(df) else None, **whole}


def _spoken_once(told: list[dict[str, str]], known: list[str]) -> list[str]:
    """Each warning of the estimates once, with what it is about unless that is every estimate."""
    pairs = {(w["outcome"], w["estimator"]) for w in told}
    names = {outcome for outcome, _ in pairs}
    about: dict[str, dict[str, set[str]]] = {}
    for w in told:
        if w["text"] not in known:
            about.setdefault(w["text"], {}).setdefault(w["estimator"], set()).add(w["outcome"])
    spoken = []
    for text, by in about.items():
        where = [e if by[e] == names else f"{e}: {', '.join(sorted(by[e]))}" for e in sorted(by)]
        whole = {(o, e) for e in by for o in by[e]} == pairs
        spoken.append(text if whole else f"{text} [{'; '.join(where)}]")
    return spoken


def _checked(checks: pd.DataFrame) -> list[str]:
    """What the checks say of plain two-way fixed effects, once for all outcomes that agree."""
    weights = checks[checks["check"] == "twfe_weights"]
    biased = weights.loc[weights["statistic"] < 0, "outcome"]
    spreads = checks[(checks["check"] == "twfe_heterogeneity") & checks["outcome"].isin(biased)]
    named = [f"{row.sentence} [{row.outcome}]" for row in spreads.itertuples()]
    return [*dict.fromkeys(weights["sentence"]), *named]
