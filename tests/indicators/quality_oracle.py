"""Data quality by its definition (design/domain.md §5), one cell after the other: what the SQL is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.arithmetic import at_the_edge, quotient


@dataclass(frozen=True, slots=True)
class DueCell:
    """A cell that is due; exempt and not-due ones are not counted at all, rows with errors never get in."""

    reported: bool
    on_time: bool = False
    returned: bool = False
    drifted: bool = False


def quality_of(cells: Sequence[DueCell]) -> dict[str, int | str | None]:
    """Counts, and their shares of what is due (0–1, four decimals, None when nothing is due).

    Reliable (policy v1): on time and never returned.
    """
    counts = {
        "due": len(cells),
        "reported": sum(cell.reported for cell in cells),
        "on_time": sum(cell.reported and cell.on_time for cell in cells),
        "returned": sum(cell.returned for cell in cells),
        "drifted": sum(cell.drifted for cell in cells),
        "reliable": sum(cell.reported and cell.on_time and not cell.returned for cell in cells),
    }
    shares = {"completeness": "reported", "timeliness": "on_time", "reliability": "reliable"}
    return counts | {name: _share(counts[part], len(cells)) for name, part in shares.items()}


def _share(part: int, whole: int) -> str | None:
    return str(at_the_edge(quotient(Decimal(part), Decimal(whole)))) if whole else None
