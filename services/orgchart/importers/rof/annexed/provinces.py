"""Art. 12: the table of provinces by zone and level."""

from __future__ import annotations

import re

from services.orgchart.importers.rof.annexed.dated_text import error
from services.orgchart.importers.rof.articles import Chapter
from services.orgchart.importers.rof.model import Finding, ProvinceRow

_ZONE = re.compile(r"^ZONA (\d+) (.+)$")
_ROW = re.compile(r"^(.+?) ([12])$")


def province_table(chapter: Chapter) -> tuple[list[ProvinceRow], list[Finding]]:
    """Rows `ZONA n SEAT` then `PROVINCE LEVEL`; a zone may have its first province on its own line."""
    rows: list[ProvinceRow] = []
    findings: list[Finding] = []
    zone, seat = 0, ""
    for line in chapter.lines():
        begun = _ZONE.match(line.text)
        if begun:
            zone, rest = int(begun[1]), begun[2].strip()
            row = _ROW.match(rest)
            seat = rest.split(" ")[0] if row else rest
            if row:
                rows.append(ProvinceRow(zone, seat, row[1][len(seat) :].strip(), int(row[2]), line.number))
            continue
        row = _ROW.match(line.text)
        if row and zone:
            rows.append(ProvinceRow(zone, seat, row[1].strip(), int(row[2]), line.number))
        elif zone:
            findings.append(error(line.number, "row-unplaced", line.text))
    return rows, findings
