"""When the last backup was made, as whoever makes backups notes it: manage.py backup_made."""

from datetime import timedelta

from django.utils.translation import gettext as _

from journal import book
from journal.wording import in_utc
from rounds.models import Round
from voting.alarms import Alarm

MADE, BACKUPS = "backup.made", "backups"  # what happened, and what the entry is about
OLD = "old_backup"
# One a night, and two hours for a night that takes longer.
LASTS = timedelta(hours=26)


def note(*, by, now):
    """Write down that a backup was made; each is a line of the journal."""
    return book.record(MADE, BACKUPS, by=by, now=now)


def last():
    """When the last one was made; None where none was ever noted."""
    return book.entries_of(BACKUPS).filter(verb=MADE).values_list("at", flat=True).first()


def old(made, now) -> bool:
    return now - made > LASTS


def found(now) -> list[Alarm]:
    """That the last backup is too old while a real round is under way; a house that notes none is not told."""
    made = last()
    if made is None or not old(made, now) or not under_way():
        return []
    said = _("The last backup was made at %(when)s, over 26 hours ago. What came since stands in the database alone.")
    return [Alarm(OLD, said % {"when": in_utc(made)}, since=made + LASTS)]


def under_way() -> bool:
    return Round.objects.filter(rehearsal=False).exclude(stage__in=[Round.Stage.DRAFT, *Round.ENDED]).exists()
