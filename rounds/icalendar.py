"""A round's dates as a calendar that phones and mail programs read (RFC 5545). Pure."""

from datetime import UTC
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rounds.models import Round
from rounds.planning import DATES

CONTENT_TYPE = "text/calendar; charset=utf-8"
LINE = 75  # octets of one line
# What a calendar says of each date, short enough for a phone's month.
WORDS = {
    "nominations_open_at": gettext_lazy("Groups can nominate"),
    "nominations_close_at": gettext_lazy("Last moment to nominate"),
    "freeze_at": gettext_lazy("Last moment to be on the list"),
    "voting_opens_at": gettext_lazy("Voting opens"),
    "voting_closes_at": gettext_lazy("Voting closes"),
    "announce_at": gettext_lazy("Results are announced"),
}


def feed(rounds, *, name, base_url, now) -> str:
    """One calendar with the six dates of each round; subscribed to, it follows every change of them.

    A date keeps its identity when it moves. Those of a cancelled round are marked so, and programs strike them.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//endorsement rounds//dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{said(name)}",
        f"X-WR-CALNAME:{said(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    host = urlsplit(base_url).hostname or "localhost"
    for round in rounds:
        for field in DATES:
            lines += event(round, field, host=host, base_url=base_url, now=now)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def event(round, field, *, host, base_url, now) -> list[str]:
    """One date of one round, as lines."""
    cancelled = round.stage == Round.Stage.CANCELLED
    summary = _("%(what)s (%(round)s)") % {"what": WORDS[field], "round": round.name}
    return [
        "BEGIN:VEVENT",
        f"UID:round-{round.pk}-{field}@{host}",
        f"DTSTAMP:{stamp(now)}",
        f"DTSTART:{stamp(getattr(round, field))}",
        f"SEQUENCE:{round.schedule_version + cancelled}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"SUMMARY:{said(summary)}",
        f"URL:{base_url}{round.get_absolute_url()}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def stamp(instant) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def said(text) -> str:
    """A text as a calendar's value: its own marks escaped, its lines joined."""
    for mark in "\\;,":
        text = text.replace(mark, f"\\{mark}")
    return "\\n".join(text.splitlines())


def folded(line) -> str:
    """A long line on several, each within 75 octets; no letter is cut in two."""
    parts, room = [""], LINE
    for letter in line:
        size = len(letter.encode())
        if size > room:
            parts.append("")
            room = LINE - 1  # each further line begins with a blank
        parts[-1] += letter
        room -= size
    return "\r\n ".join(parts)
