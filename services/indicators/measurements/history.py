"""Every version of a cell, newest first, with the interval in which it was what the institution knew."""

from collections.abc import Mapping
from typing import Any, Final

from services.kit.pages import instant

HISTORY_FIELDS: Final = (
    "version", "value", "numerator", "denominator", "note", "source", "submitted_by", "submitted_for", "review",
    "reviewed_by", "review_reason", "batch_id", "recorded_at", "superseded_at",
)  # fmt: skip


def newest_first(item: Mapping[str, Any]) -> str:
    """A page key by which higher versions come first."""
    return f"{10**9 - item['version']:010}"


_ENTRY = f"""json_build_object('version', v.version, 'value', v.value::text, 'numerator', v.numerator::text,
    'denominator', v.denominator::text, 'note', v.note, 'source', v.source, 'submitted_by', v.submitted_by,
    'submitted_for', v.submitted_for, 'review', v.review, 'reviewed_by', v.reviewed_by,
    'review_reason', v.review_reason, 'batch_id', v.batch_id, 'recorded_at', {instant("v.recorded_at")},
    'superseded_at', {instant("v.superseded_at")})"""
_COLUMNS = """version, value, numerator, denominator, note, source, submitted_by, submitted_for, review, reviewed_by,
    review_reason, batch_id, recorded_at"""
_KEY = "dependencia_id = $1 AND assignment_id = $2 AND period = $3"

HISTORY = f"""
SELECT coalesce(json_agg({_ENTRY} ORDER BY v.version DESC), '[]'::json)::text FROM (
    SELECT {_COLUMNS}, NULL::timestamptz AS superseded_at FROM indicators.measurements WHERE {_KEY}
    UNION ALL
    SELECT {_COLUMNS}, superseded_at FROM indicators.measurement_revisions WHERE {_KEY}
) v"""
