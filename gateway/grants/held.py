"""What everybody holds on a day, in SQL: the one statement of who may do what, asked per request and by auditors alike.

Grants on a unit that is no longer in force give nothing; nobody inherits them silently. A stand-in has the holder's own
grants on that unit, while both the appointment and the grant run. A delegation gives what its giver could still give:
it falls with the giver's account, grant, dates or reach, and who has it acts for the giver.
"""

from __future__ import annotations

from typing import Final

OWN: Final = "('manual', 'demo')"


def _runs(row: str, day: str) -> str:
    return f"{row}.valid_from <= {day} AND ({row}.valid_to IS NULL OR {row}.valid_to >= {day})"


def _has_ended(code: str, day: str) -> str:
    return f"EXISTS (SELECT 1 FROM gateway.org_units u WHERE u.code = {code} AND u.valid_to < {day})"


def covers(row: str, code: str) -> str:
    """SQL: the row's dependencia, or with subtree something above it, is `code`'s."""
    return f"""({row}.dependencia = {code} OR ({row}.subtree AND EXISTS (
        SELECT 1 FROM gateway.org_closure c JOIN gateway.org_units d ON d.id = c.descendant_id
        JOIN gateway.org_units u ON u.id = c.ancestor_id WHERE d.code = {code} AND u.code = {row}.dependencia)))"""


def in_force(grant: str, day: str) -> str:
    """SQL: a row of `gateway.grants` (alias `grant`) that gives something to an active account on that day."""
    return f"""({grant}.ended_at IS NULL AND {_runs(grant, day)} AND NOT {_has_ended(f"{grant}.dependencia", day)}
        AND ({grant}.source <> 'delegation' OR EXISTS (
            SELECT 1 FROM gateway.accounts ga JOIN gateway.grants gg ON gg.account_id = ga.id
            WHERE ga.subject = {grant}.granted_by AND ga.status <> 'disabled'
              AND gg.ended_at IS NULL AND gg.source IN {OWN} AND gg.role = {grant}.role AND gg.feed = {grant}.feed
              AND {_runs("gg", day)} AND NOT {_has_ended("gg.dependencia", day)}
              AND (gg.subtree OR NOT {grant}.subtree) AND {covers("gg", f"{grant}.dependencia")})))"""


def held(day: str, whose: str = "true") -> str:
    """SQL of what active accounts hold on `day` (a placeholder): account_id, id, role, feed, dependencia, subtree,
    valid_from, valid_to, source, acting_for. whose: a condition on `a`, the accounts.
    """
    return f"""SELECT a.id AS account_id, g.id, g.role, g.feed, g.dependencia, g.subtree, g.valid_from, g.valid_to,
        g.source, CASE WHEN g.source = 'delegation' THEN g.granted_by END AS acting_for
    FROM gateway.accounts a JOIN gateway.grants g ON g.account_id = a.id
    WHERE a.status = 'active' AND {whose} AND {in_force("g", day)}
    UNION ALL
    SELECT a.id, g.id, g.role, g.feed, g.dependencia, g.subtree, greatest(g.valid_from, p.valid_from),
        least(g.valid_to, p.valid_to), 'appointment', p.in_place_of
    FROM gateway.accounts a JOIN gateway.appointments p ON p.subject = a.subject
    JOIN gateway.accounts h ON h.subject = p.in_place_of
    JOIN gateway.grants g ON g.account_id = h.id AND g.dependencia = p.dependencia
    WHERE a.status = 'active' AND {whose} AND g.source IN {OWN} AND {_runs("p", day)} AND {in_force("g", day)}"""
