"""The cells and judgements a card rests on, as rows to be told; what they add up to is worked out again from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.indicators.domain.periods import Period
from services.indicators.domain.structure import EVER, WHOLE, Member
from services.indicators.organisation.reading import organisation_known
from services.indicators.scorecards.live import CardQuestion, columns_of, members_of
from services.indicators.scorecards.statement import Card, cells, judgement
from services.indicators.scorecards.subtree import MEMBERS, PLACED
from services.kit.database import Pool

Row = Mapping[str, Any]


def _rows(card: Card) -> str:
    """$1 to $6 as `cells`, $9 to $13 members, $14 an indicator's code or null: cells only with it."""
    known = card.knowledge
    return f"""WITH {cells(card)}, {MEMBERS}, {PLACED}, {judgement(card, "placed")}
SELECT json_build_object('of', $7::text || $8::text,
    'rows', (SELECT coalesce(json_agg(json_build_object('assignment', j.code, 'dependencia', u.code,
            'indicator', j.indicator, 'name', j.name, 'unit', j.unit, 'frequency', j.frequency,
            'objective', j.objective, 'direction', j.direction, 'tolerance', j.tolerance::text,
            'baseline', j.baseline_value::text, 'by_progress', j.by_progress,
            'time_aggregation', i.time_aggregation, 'org_aggregation', i.org_aggregation, 'indicator_id', i.id,
            'share', j.share::text, 'weight', j.weight::text, 'state', j.state,
            'value', j.value::text, 'numerator', j.numerator::text, 'denominator', j.denominator::text,
            'target', j.level::text, 'target_to', j.level_to::text, 'achievement', j.percent::text,
            'achievement_capped', j.capped::text, 'traffic_light', j.light) ORDER BY j.code, j.share), '[]'::json)
        FROM judged j JOIN indicators.org_units u ON u.id = j.dependencia_id
        JOIN {known.indicators("$6")} i ON i.id = j.indicator_id
        WHERE $14::text IS NULL OR j.indicator = $14),
    'cells', (SELECT coalesce(json_agg(json_build_object('assignment', a.code, 'share', c.share::text,
            'period', c.period, 'state', c.state, 'review', c.review, 'value', c.value::text,
            'numerator', c.numerator::text, 'denominator', c.denominator::text, 'target', c.level::text,
            'unit', c.sent_unit,
            'because', CASE WHEN c.state = 'reported' AND NOT c.adds THEN 'unit-changed' END)
            ORDER BY a.code, c.last_day, c.share), '[]'::json)
        FROM counted c JOIN {known.assignments("$6")} a ON a.dependencia_id = c.dependencia_id AND a.id = c.id
        JOIN {known.indicators("$6")} i ON i.id = a.indicator_id
        WHERE i.code = $14 AND c.period IS NOT NULL))::text"""


async def rows_of(
    reader: Pool, root: int, question: CardQuestion, within: Period, card: Card, indicator: str | None
) -> tuple[Sequence[Row], Sequence[Row]]:
    """Every assignment that counts in the card, judged as in it; and with an indicator, each one's cells."""
    first, last = question.first_day(within), within.last_day
    members = [Member(root, *EVER, WHOLE, None)]
    if question.scope == "subtree":
        organisation = await organisation_known(reader, card.knowledge)
        members = members_of(organisation, root, question.structure, first, last)
    found = await reader.fetchval(
        _rows(card),
        sorted({member.unit for member in members}),
        question.plan,
        first,
        last,
        card.knowledge.today,
        card.knowledge.instant,
        question.dependencia,
        within.code,
        *columns_of(members),
        indicator,
    )
    document = msgspec.json.decode(found)
    return document["rows"], document["cells"]
