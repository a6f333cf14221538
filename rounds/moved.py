"""What members and the public read beside an announcement that was moved: from when."""

from django.utils.translation import gettext as _

from journal.wording import in_zone
from rounds import announcement


def in_words(round) -> str:
    """What whoever was told another time reads beside the announcement's; "" where it was not moved, or is made.

    Letters of receipts and of an extended vote named it. Nobody is mailed anew (process.md 11 has no such letter): the
    pages that those letters lead to say so.
    """
    if round.stage not in announcement.STAGES or round.announce_was is None:
        return ""
    return _("This has changed: it was to be %(when)s.") % {"when": in_zone(round.announce_was, round.time_zone)}
