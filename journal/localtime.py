"""Times as people type them, on the clock on their wall: twice a year an hour is missing and another comes twice.

Pure.
"""

from datetime import UTC

from django.utils.translation import gettext as _

from journal.wording import day_words, time_words, zone_words


class NoSuchTime(ValueError):
    """A local time that is no instant, or two; its text may stand on a page."""


def instant_of(typed, zone):
    """The instant, in UTC, of a time without a zone. Raises NoSuchTime where the zone has none, or two."""
    early, late = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    words = {"day": day_words(typed), "time": time_words(typed), "zone": zone_words(zone.key)}
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != typed:
        raise NoSuchTime(
            _("On %(day)s the clocks are set forward, and %(time)s %(zone)s does not come. Choose another time.")
            % words
        )
    if early.utcoffset() != late.utcoffset():
        raise NoSuchTime(
            _("On %(day)s the clocks are set back, and %(time)s %(zone)s comes twice. Choose another time.") % words
        )
    return early.astimezone(UTC)
