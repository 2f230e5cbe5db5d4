"""Shapes of the regulation, for the API's documentation and generated clients."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, Field

from services.kit.shapes import Listed


class Provenance(BaseModel):
    resolution: str
    provision: str | None


class ResolutionOut(BaseModel):
    code: str
    date: dt.date
    in_force_from: dt.date
    changes: int


class ResolutionPage(Listed[ResolutionOut]):
    pass


class UnitOut(BaseModel):
    unit_id: str
    numeral: str
    name: str
    process_name: str | None
    kind: str
    process_type: str | None
    parent_numeral: str | None
    responsible_post: str | None
    attribution_count: int
    product_count: int
    dependencia: str | None
    valid_from: dt.date
    valid_to: dt.date | None
    introduced_by: Provenance


class UnitPage(Listed[UnitOut]):
    pass


class ItemTrace(BaseModel):
    text: str
    valid_from: dt.date
    valid_to: dt.date | None
    operation: str
    introduced_by: Provenance
    lines: list[int]


class AttributionOut(ItemTrace):
    group: str | None
    letter: str | None


class ProductOut(ItemTrace):
    supergroup: str | None
    group: str | None
    number: int | None


class ManagementOut(ItemTrace):
    """group: the entry above, where the list has two levels."""

    position: int
    group: str | None
    responsible_post: str | None


class UnitDetail(UnitOut):
    """A unit as it was on a day. `text_imported` says whether the prose has been imported at all."""

    process_group: str | None
    alias_numerals: list[str]
    alias_names: list[str]
    mission: str | None
    attributions_intro: str | None
    attributions: list[AttributionOut]
    attributions_closing: str | None
    products: list[ProductOut]
    internal_management: list[ManagementOut]
    internal_management_note: str | None
    general_attributions: list[AttributionOut]
    general_products: list[ProductOut]
    operation: str
    lines: list[int]
    text_imported: bool


class UnitVersionOut(UnitOut):
    operation: str
    closed_by: Provenance | None


class UnitHistory(Listed[UnitVersionOut]):
    pass


class UnitName(BaseModel):
    unit_id: str
    numeral: str
    name: str


class Renumbering(BaseModel):
    unit_id: str
    from_: str = Field(alias="from")
    to: str
    name: str


class ListChanges(BaseModel):
    """Entries `{group, letter | supergroup, group, number, text}`; changed ones have `from` and `to` texts."""

    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]
    changed: list[dict[str, Any]]


class UnitChanges(UnitName):
    facts: dict[str, dict[str, str | None]]
    attributions: ListChanges
    products: ListChanges
    internal_management: ListChanges


class RegulationDiff(BaseModel):
    from_: dt.date = Field(alias="from")
    to: dt.date
    added: list[UnitName]
    removed: list[UnitName]
    renumbered: list[Renumbering]
    modified: list[UnitChanges]


class FoundItem(BaseModel):
    """A literal or product that answers a search; matches stand between « and » in `highlight`."""

    unit_id: str | None
    numeral: str | None
    unit_name: str | None
    dependencia: str | None
    general_scope: str | None
    section: str
    supergroup: str | None
    group: str | None
    label: str | None
    text: str
    highlight: str
    rank: str
    valid_from: dt.date
    valid_to: dt.date | None
    introduced_by: Provenance


class FoundItems(Listed[FoundItem]):
    pass


class CompetentUnit(UnitName):
    dependencia: str | None
    responsible_post: str | None
    matches: int
    best: FoundItem | None


class CompetentUnits(Listed[CompetentUnit]):
    as_of: dt.date


class ItemVersion(ItemTrace):
    supergroup: str | None
    group: str | None
    label: str | None
    closed_by: Provenance | None


class ItemHistory(Listed[ItemVersion]):
    pass


class FindingOut(BaseModel):
    line: int
    code: str
    severity: Literal["error", "warning", "info"]
    detail: str


class ImportResult(BaseModel):
    """What an import did; `import_id` is null for a dry run."""

    import_id: str | None
    dry_run: bool
    changed: bool
    sha256: str
    counts: dict[str, int]
    findings: list[FindingOut]


class ImportOut(BaseModel):
    import_id: str
    imported_at: dt.datetime
    actor: str
    sha256: str
    size_bytes: int
    counts: dict[str, int]
    findings: list[FindingOut]


class ImportPage(Listed[ImportOut]):
    pass


class ProvisionOut(BaseModel):
    """subkind: class of a disposition, or level of a competence."""

    kind: Literal["disposition", "competence", "directive_post", "structure", "article"]
    subkind: str | None
    label: str | None
    title: str | None
    text: str
    valid_from: dt.date
    valid_to: dt.date | None
    operation: str
    introduced_by: Provenance
    closed_by: Provenance | None
    lines: list[int]


class ProvisionPage(Listed[ProvisionOut]):
    pass


class ExportedUnit(UnitOut):
    process_group: str | None
    alias_numerals: list[str]
    alias_names: list[str]
    mission: str | None
    attributions_intro: str | None
    attributions: list[AttributionOut]
    attributions_closing: str | None
    products: list[ProductOut]
    internal_management: list[ManagementOut]
    internal_management_note: str | None
    operation: str
    lines: list[int]
    text_imported: bool


class RegulationExport(BaseModel):
    as_of: dt.date
    units: list[ExportedUnit]
