"""Deadlines as an iCalendar feed (RFC 5545): all-day events that any calendar programme can follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE_OCTETS = 75
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": ""})


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day on which something is owed. uid is stable, so that a moved day moves the event."""

    uid: str
    day: date
    summary: str
    description: str


def calendar_text(name: str, deadlines: Iterable[Deadline], stamp: datetime) -> str:
    """The feed, with the line ends and folding the standard asks for."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//IESSPR API//Plazos//ES", f"X-WR-CALNAME:{_text(name)}"]
    for deadline in deadlines:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{deadline.uid}",
            f"DTSTAMP:{stamp.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{deadline.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{deadline.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(deadline.summary)}",
            f"DESCRIPTION:{_text(deadline.description)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _text(value: str) -> str:
    return value.translate(_ESCAPES)


def _folded(line: str) -> Iterable[str]:
    """Content lines of at most 75 octets, never cut inside a character; continuations begin with a blank."""
    octets = 0
    piece = ""
    for character in line:
        size = len(character.encode())
        if octets + size > LINE_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += size
    yield piece
