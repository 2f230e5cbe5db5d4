"""Pages of cells that cost what they show, not what the table holds.

There are two ways to a page, each along the key that its order begins with. Along assignments: the first ones that have
a cell to show, and of these as many as fill the page. Along periods: from one to the next until the page is full. The
planner does not find either by itself: it takes the columns of the key for independent, expects one cell of an
assignment where there are hundreds, and reads and sorts all of them.

Which cells are on the page is decided by the same conditions as in the whole; what a way leaves out lies behind it.
Each is then looked up by its whole key.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.kit.pages import Key, Listing

# What cells and their judgement need of an assignment.
_OF_ASSIGNMENT = """a.dependencia_id, a.id, a.code, a.plan, a.indicator_id, a.frequency, a.direction, a.tolerance,
    a.by_progress, a.baseline_value"""
Order = list[tuple[Key, bool]]


@dataclass(slots=True)
class CellListing(Listing):
    """A list over assignments `a`, periods `c` and measurements `m`.

    assignments: FROM item of all assignments; cells: JOINs that follow it, from an assignment to its cells; by_period:
    the same, beginning with the periods; cell: the same for the one cell of `page`; periods: FROM clause of all
    periods, `c`. Conditions of `where` are about assignments; those of `where_period` about periods alone, those of
    `where_cell` about anything.
    """

    assignments: str = ""
    cells: str = ""
    by_period: str = ""
    cell: str = ""
    periods: str = ""
    of_periods: list[str] = field(default_factory=list)
    of_cells: list[str] = field(default_factory=list)

    def where_period(self, clause: str, *values: Any) -> None:
        self.where(clause, *values)
        self.of_periods.append(self.clauses[-1])

    def where_cell(self, clause: str, *values: Any) -> None:
        self.where(clause, *values)
        self.of_cells.append(self.clauses[-1])

    def page_source(self, order: Order, after: list[str], limit: int) -> tuple[str, list[str]]:
        """The cells of the page, when its order is one of the two that can be walked along."""
        (first, downwards), *rest = order
        assignment, period = self.keys["assignment"], self.keys["period"]
        if [first, *(key for key, _ in rest)] == [assignment, period]:
            found = self._along_assignments(_way(downwards), _way(rest[0][1]), after, limit)
        elif [first, *(key for key, _ in rest)] == [period, assignment]:
            found = self._along_periods(_way(downwards), _way(rest[0][1]), after, limit)
        else:
            return self.source, [*self.clauses, *after]
        one_by_one = f"""{found} page CROSS JOIN LATERAL (SELECT a.* FROM {self.assignments}
                WHERE a.dependencia_id = page.dependencia_id AND a.id = page.assignment_id OFFSET 0) a
            {self.cell}"""
        return one_by_one, []  # who was walked to fulfils every condition

    def _along_assignments(self, down: str, then: str, after: list[str], limit: int) -> str:
        """Keys of the page: assignments with something to show, as many as fill it, and the cells of these."""
        cells = f"FROM (SELECT) one {self.cells} WHERE {_all(self._about_cells() + after)}"
        which = _all([*self._about_assignments(), *after[:1]])
        return f"""(
            WITH RECURSIVE first AS MATERIALIZED (
                SELECT row_number() OVER (ORDER BY a.code {down}) AS place, a.*
                FROM (SELECT {_OF_ASSIGNMENT} FROM {self.assignments} WHERE {which} ORDER BY a.code {down}) a
                WHERE (SELECT true {cells} LIMIT 1) ORDER BY a.code {down} LIMIT {limit}
            ), walk (place, found, dependencia_id, assignment_id, periods) AS (
                SELECT 0::bigint, 0::bigint, NULL::bigint, NULL::bigint, '{{}}'::text[] COLLATE "C"
                UNION ALL SELECT a.place, walk.found + cardinality(cell.periods), a.dependencia_id, a.id, cell.periods
                FROM walk JOIN first a ON a.place = walk.place + 1 CROSS JOIN LATERAL (
                    SELECT ARRAY(SELECT c.period {cells} ORDER BY c.period {then} LIMIT {limit}) AS periods) cell
                WHERE walk.found < {limit}
            )
            SELECT walk.dependencia_id, walk.assignment_id, cell.period
            FROM walk CROSS JOIN LATERAL unnest(walk.periods) AS cell (period)
            ORDER BY walk.place, cell.period {then} LIMIT {limit}
        )"""

    def _along_periods(self, down: str, then: str, after: list[str], limit: int) -> str:
        """Keys of the page: periods until it is full, and the cells of these."""
        here = "c.period = step.period"
        about = [*self._about_assignments(), *self._about_cells(), *after, here]
        cells = f"FROM {self.assignments} {self.by_period} WHERE {_all(about)}"
        return f"""(
            WITH RECURSIVE step AS MATERIALIZED (
                SELECT row_number() OVER (ORDER BY c.period {down}) AS place, c.period
                FROM {self.periods} WHERE {_all([*self.of_periods, *after[:1]])} GROUP BY c.period
            ), walk (place, found) AS (
                SELECT 0::bigint, 0::bigint
                UNION ALL SELECT step.place, walk.found + (SELECT count(*) FROM (SELECT {cells} LIMIT {limit}) seen)
                FROM walk JOIN step ON step.place = walk.place + 1 WHERE walk.found < {limit}
            )
            SELECT cell.dependencia_id, cell.id AS assignment_id, step.period
            FROM step CROSS JOIN LATERAL (
                SELECT a.dependencia_id, a.id, a.code {cells} ORDER BY a.code {then} LIMIT {limit}) cell
            WHERE step.place <= (SELECT max(walk.place) FROM walk)
            ORDER BY step.period {down}, cell.code {then} LIMIT {limit}
        )"""

    def _about_cells(self) -> list[str]:
        return [*self.of_periods, *self.of_cells]

    def _about_assignments(self) -> list[str]:
        others = set(self._about_cells())
        return [clause for clause in self.clauses if clause not in others]


def _way(downwards: bool) -> str:
    return "DESC" if downwards else "ASC"


def _all(conditions: Sequence[str]) -> str:
    return " AND ".join(f"({condition})" for condition in conditions) or "true"
