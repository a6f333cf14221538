"""Instants in words, for pages and letters: the day, the hour and the zone's name, never an offset.

Pure. The words follow the language that is active where they are asked for.
"""

from datetime import UTC
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy

EASTERN, PACIFIC = "America/New_York", "America/Los_Angeles"

ZONE_WORDS = {
    EASTERN: pgettext_lazy("time zone", "Eastern"),
    "America/Detroit": pgettext_lazy("time zone", "Eastern"),
    "America/Indiana/Indianapolis": pgettext_lazy("time zone", "Eastern"),
    "America/Chicago": pgettext_lazy("time zone", "Central"),
    "America/Denver": pgettext_lazy("time zone", "Mountain"),
    "America/Boise": pgettext_lazy("time zone", "Mountain"),
    "America/Phoenix": pgettext_lazy("time zone", "Arizona"),
    PACIFIC: pgettext_lazy("time zone", "Pacific"),
    "America/Anchorage": pgettext_lazy("time zone", "Alaska"),
    "Pacific/Honolulu": pgettext_lazy("time zone", "Hawaii"),
    "America/Puerto_Rico": pgettext_lazy("time zone", "Atlantic"),
    "Pacific/Guam": pgettext_lazy("time zone", "Guam"),
    "Pacific/Pago_Pago": pgettext_lazy("time zone", "Samoa"),
    "UTC": pgettext_lazy("time zone", "UTC"),
}


def zone_words(zone_name) -> str:
    """What people call a zone: "Eastern"; for one without a name of its own, its city: "London"."""
    return str(ZONE_WORDS.get(zone_name) or zone_name.rpartition("/")[2].replace("_", " "))


def day_in_zone(instant, zone_name) -> str:
    """The day an instant falls on in a zone: "Thursday, March 12, 2026"; "" for None."""
    if instant is None:
        return ""
    return day_words(instant.astimezone(ZoneInfo(zone_name)))


def in_zone(instant, zone_name) -> str:
    """An instant in a zone and on the other coast, so that nobody has to compute (ux.md 0.10); "" for None.

    "Thursday, March 12, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)". The second day is named where it differs.
    """
    if instant is None:
        return ""
    here = instant.astimezone(ZoneInfo(zone_name))
    other_name = PACIFIC
    if here.utcoffset() == instant.astimezone(ZoneInfo(PACIFIC)).utcoffset():
        other_name = EASTERN
    there = instant.astimezone(ZoneInfo(other_name))
    other = f"{time_words(there)} {zone_words(other_name)}"
    if there.date() != here.date():
        other = f"{dateformat.format(there, 'l')}, {other}"
    return f"{day_words(here)}, {time_words(here)} {zone_words(zone_name)} ({other})"


def days_in_zone(start, end, zone_name) -> str:
    """Two days in a zone in short, the year once where it is the same: "February 2 to March 8, 2026"."""
    here, there = (instant.astimezone(ZoneInfo(zone_name)) for instant in (start, end))
    short = pgettext("a day without its year, in Django's letters", "F j")
    whole = pgettext("a day with its year, in Django's letters", "F j, Y")
    first = dateformat.format(here, short if here.year == there.year else whole)
    return gettext("%(start)s to %(end)s") % {"start": first, "end": dateformat.format(there, whole)}


def short_in_zone(instant, zone_name) -> str:
    """An instant as the desk's tables write it: "Nov. 22, 8:01 p.m. Eastern"; "" for None."""
    if instant is None:
        return ""
    here = instant.astimezone(ZoneInfo(zone_name))
    day = dateformat.format(here, pgettext("a short day, in Django's letters", "N j"))
    return f"{day}, {time_words(here)} {zone_words(zone_name)}"


def in_utc(instant) -> str:
    """An instant for those in another zone, and for logs: "2026-03-09 00:00 UTC"; "" for None."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if instant else ""


def until(instant, now) -> str:
    """How long it is until an instant, in its two largest units, cut: "1 day 4 hours"; "" when it has come."""
    if instant is None or instant <= now:
        return ""
    minutes = int((instant - now).total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes and not days else "",
    ]
    return " ".join(part for part in parts if part) or gettext("less than a minute")


def day_words(local) -> str:
    return dateformat.format(local, pgettext("how a day is written, in Django's letters", "l, F j, Y"))


def time_words(local) -> str:
    if local.hour == 12 and local.minute == 0:
        return gettext("12:00 noon")
    return dateformat.format(local, "g:i a")
