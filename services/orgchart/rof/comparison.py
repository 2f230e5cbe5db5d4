"""What the text says against what is stored: which stored unit each read unit is, and where they contradict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.orgchart.importers.rof.facts import UnitFacts
from services.orgchart.importers.rof.model import Finding, Severity
from services.orgchart.importers.rof.spanish import words


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A unit version as the database has it.

    counts: attributions and products of the unit by the first day on which it had that many.
    """

    unit_id: str
    numeral: str
    name: str
    process_name: str | None
    responsible_post: str | None
    valid_from: date
    valid_to: date | None
    resolution: str
    provision: str | None
    counts: Mapping[date, tuple[int, int]]


def identify(read: Sequence[UnitFacts], stored: Sequence[StoredVersion]) -> tuple[dict[int, str], list[Finding]]:
    """The stored identity of every unit read; a new one gets the next free id.

    A unit is the same when a version of both begins on the same day with the same numeral. A stored unit that the
    text lacks is an error: codifications repeal units, they do not forget them.
    """
    known = {(version.numeral, version.valid_from): version.unit_id for version in stored}
    ids: dict[int, str] = {}
    findings: list[Finding] = []
    for facts in read:
        match = known.get((facts.version.numeral, facts.version.valid_from))
        if match is not None:
            ids.setdefault(facts.unit, match)
    highest = max((int(v.unit_id.removeprefix("rof-")) for v in stored), default=0)
    for facts in read:
        if facts.unit not in ids:
            highest += 1
            ids[facts.unit] = f"rof-{highest:03d}"
            if stored:
                findings.append(
                    Finding(
                        facts.version.lines[0],
                        "unit-new",
                        Severity.INFO,
                        f"{facts.version.numeral} {facts.version.name}",
                    )
                )
    missing = [version for version in stored if version.unit_id not in ids.values()]
    findings += [Finding(1, "unit-missing", Severity.ERROR, f"{v.numeral} {v.name}") for v in missing]
    return ids, findings


def contradictions(read: Sequence[UnitFacts], ids: Mapping[int, str], stored: Sequence[StoredVersion]) -> list[Finding]:
    """Fields of stored versions that the text states otherwise. The text wins; the difference is reported."""
    by_key = {(version.unit_id, version.valid_from): version for version in stored}
    found: list[Finding] = []
    for facts in read:
        before = by_key.get((ids[facts.unit], facts.version.valid_from))
        if before is not None:
            found += _differences(facts, before)
    return found


def _differences(facts: UnitFacts, before: StoredVersion) -> list[Finding]:
    version = facts.version
    pairs: list[tuple[str, object, object]] = [
        ("name", words(before.name), words(version.name)),
        ("process_name", words(before.process_name or ""), words(version.process_name or "")),
        ("responsible_post", words(before.responsible_post or ""), words(version.responsible_post or "")),
        ("valid_to", before.valid_to, version.valid_to),
        ("resolution", before.resolution, version.introduced_by.resolution),
        *_counted(facts, before),
    ]
    return [
        Finding(
            version.lines[0] if version.lines else 1,
            "contradicts-stored-fact",
            Severity.WARNING,
            f"{version.numeral} ({version.valid_from}) {name}: «{stored}» → «{text}»",
        )
        for name, stored, text in pairs
        if stored != text
    ]


def _counted(facts: UnitFacts, before: StoredVersion) -> list[tuple[str, object, object]]:
    """The counts of every day on which either changes them, within the version."""
    read = {count.valid_from: (count.attributions, count.products) for count in facts.counts}
    last = facts.version.valid_to or date.max
    days = sorted(day for day in {*read, *before.counts} if facts.version.valid_from <= day <= last)
    return [
        (f"{name} {day}", stored and stored[place], text and text[place])
        for day in days
        for stored, text in [(before.counts.get(day), read.get(day))]
        for place, name in enumerate(("attribution_count", "product_count"))
    ]
