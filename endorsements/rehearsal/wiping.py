"""Wiping a rehearsal: everything of it goes but its row and its lines in the journal.

The row stays as what the journal's lines are about, and holds its number: a second round of the same number would be
taken for it, in the journal, among the keys and in the ballot box. What was rehearsed, and when, stands in the proof
line (WIPED): by it the pre-flight list still knows when ballot letters last went to staff.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from endorsements import chores, steering
from endorsements.health import watching
from endorsements.models import StandingAlarm
from endorsements.refusals import Refusal
from endorsements.rehearsal import rehearsal_steps
from journal import approvals, book
from journal.models import Entry
from mailings import queue
from mailings.models import Letter
from rounds import seconding, staging
from rounds.models import Candidacy, Contest, Cycle, LocalEndorsement, Nomination, Race, Round
from rounds.refusals import Refusal as RoundsRefusal
from vetting.models import Note, Recusal, Response, Review, Verdict
from voting import ballotbox, ceremony, fingerprints
from voting.models import (
    Count,
    Exclusion,
    KeyTest,
    PackageFile,
    Result,
    RollEntry,
    Strike,
    UnreachedList,
    VoidedEnvelope,
)
from voting.refusals import Refusal as VotingRefusal

Stage = Round.Stage
WIPED = rehearsal_steps.WIPED
# A rehearsal that nobody has wiped so long after its planned end is wiped by the clock.
KEPT = timedelta(days=3)
# A tick may still be writing letters to the roll that is to go; what is not written by then is stuck.
WRITING = timedelta(minutes=10)
log = logging.getLogger(__name__)


def wipe(round, *, by, now, reason) -> dict[str, int]:
    """Take away everything of a rehearsal that is over, or cancel it and do so: {kind: how many rows}.

    Refusal for a real round, for one that is certified and not announced yet, without a reason, where a second person
    has to agree to the cancelling first, where candidates whom groups named stand in it, and where it is wiped already.
    """
    if not round.rehearsal:
        raise Refusal(_("Only a rehearsal is wiped. A real round stays."))
    steering.needs(reason)
    if was_wiped(round):
        raise Refusal(_("%(round)s is wiped already.") % {"round": round})
    if real := Candidacy.objects.filter(round=round).exclude(**INVENTED).first():
        raise Refusal(
            _("%(candidate)s stands in it, whom a group named. Cancel the round instead.") % {"candidate": real}
        )
    if round.stage == Stage.CERTIFIED:
        raise Refusal(_("It is certified and will be announced in a moment. Wipe it then."))
    if round.stage == Stage.ANNOUNCED and now < round.announce_at + WRITING and chores.left(round).exists():
        raise Refusal(_("Its last letters are being written. Wipe it in a moment."))
    ballotbox.need_right_to_wipe()
    if round.stage in Round.BEFORE_CERTIFIED:
        steering.cancel(round, by=by, now=now, reason=reason)
        round.refresh_from_db()
        if round.stage != Stage.CANCELLED:
            raise Refusal(str(seconding.ASKED))
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=round.pk)
        if was_wiped(round):  # somebody was faster
            raise Refusal(_("%(round)s is wiped already.") % {"round": round})
        seen = rehearsal_steps.seen(round)
        if round.stage == Stage.ANNOUNCED:
            staging.move(round, Stage.ARCHIVED, by=by, now=now, reason=reason)
        gone = take_away(round, by=by, now=now)
        book.record(WIPED, round, by=by, now=now, reason=reason, after={"gone": gone, "steps": seen})
    ceremony.destroy_keys(round, by=by, now=now)  # what this host holds; each other host does so at its next tick
    return gone


# Which candidacies and races a rehearsal invented.
INVENTED = {"race__cycle__year": Cycle.REHEARSALS}


def take_away(round, *, by, now) -> dict[str, int]:
    """All rows of it, those first that hold others (PROTECT); {kind: how many}, of what there was."""
    contests = list(Contest.objects.filter(round=round).values_list("pk", flat=True))
    stood = Candidacy.objects.filter(Q(round=round) | Q(round=None), **INVENTED)
    candidacies = list(stood.values_list("pk", flat=True))
    results = Result.objects.filter(contest__in=contests)
    book.record_each(fingerprints.WIPED, list(results), by=by, now=now)
    gone = forget_letters(round, candidacies)
    gone |= forget_approvals(round, contests, list(results), candidacies)
    gone |= ballotbox.wipe_rehearsal(round)
    about = {"candidacy__in": candidacies}
    at_home = list(Nomination.objects.filter(**about).values_list("local_endorsement", flat=True))
    for endorsement in round.endorsements.exclude(photo=""):
        transaction.on_commit(partial(endorsement.photo.storage.delete, endorsement.photo.name))
    of_it, of_contests = {"round": round}, {"contest__in": contests}
    for rows in (
        StandingAlarm.objects.filter(**of_it),
        round.endorsements.all(),
        results,
        Count.objects.filter(**of_contests),
        VoidedEnvelope.objects.filter(**of_contests),
        Exclusion.objects.filter(**of_contests),
        RollEntry.objects.filter(**of_it),
        Strike.objects.filter(**of_it),
        UnreachedList.objects.filter(**of_it),
        PackageFile.objects.filter(**of_it),
        KeyTest.objects.filter(**of_it),
        Contest.objects.filter(pk__in=contests),
        Verdict.objects.filter(**about),
        Recusal.objects.filter(**about),
        Note.objects.filter(**about),
        Review.objects.filter(**about),
        Response.objects.filter(**about),
        Nomination.objects.filter(**about),
        LocalEndorsement.objects.filter(pk__in=at_home),
        Candidacy.objects.filter(pk__in=candidacies),
        Race.objects.filter(cycle__year=Cycle.REHEARSALS, candidacies=None, contests=None, nominations=None),
        Cycle.objects.filter(year=Cycle.REHEARSALS, races=None, rounds=None, questionnaires=None, nominations=None),
        round.chores.all(),
        type(round.outlook).objects.filter(**of_it) if hasattr(round, "outlook") else Round.objects.none(),
    ):
        _rows, kinds = rows.delete()
        for label, number in kinds.items():
            kind = label.rpartition(".")[2].lower()
            gone[kind] = gone.get(kind, 0) + number
    return {kind: number for kind, number in gone.items() if number}


def forget_letters(round, candidacies) -> dict[str, int]:
    """The letters of the round, those to its invented campaigns, and those about its alarms."""
    gone = queue.forget(round.topic)
    asked = Response.objects.filter(candidacy__in=candidacies).values("pk")
    races = [f"race:{pk}" for pk in Race.objects.filter(candidacies__in=candidacies).values_list("pk", flat=True)]
    alarms = StandingAlarm.objects.filter(round=round).values("pk")
    about_alarms = Q(name__in=[watching.BEGAN_LETTER, watching.OVER_LETTER], subject__in=alarms)
    others = Letter.objects.filter(Q(topic__in=races) | Q(name__startswith="vetting.", seat__in=asked) | about_alarms)
    gone["letter"] += others.count()
    others.delete()
    return gone


def forget_approvals(round, contests, results, candidacies) -> dict[str, int]:
    """What was asked of a second person about it."""
    subjects = [book.subject_of(round), *map(book.subject_of, results)]
    subjects += [f"contest:{pk}" for pk in contests] + [f"candidacy:{pk}" for pk in candidacies]
    return {"approval": approvals.forget(subjects)}


def was_wiped(round) -> bool:
    return book.entries_of(round).filter(verb=WIPED).exists()


def unwiped() -> list[Round]:
    """Every rehearsal that was not wiped yet, newest first; two queries."""
    rounds = list(Round.objects.filter(rehearsal=True).select_related("cycle").order_by("-pk"))
    subjects = {book.subject_of(round): round for round in rounds}
    for subject in Entry.objects.filter(subject__in=subjects, verb=WIPED).values_list("subject", flat=True):
        subjects.pop(subject, None)
    return list(subjects.values())


def overdue(now):
    """Rehearsals whose planned end is KEPT behind and that nobody has wiped."""
    return Round.objects.filter(pk__in=[one.pk for one in unwiped() if one.announce_at <= now - KEPT])


def wipe_due(now) -> int:
    """Wipe those, cancelling what has not come to its end; how many. What can't be wiped is said in the log."""
    done = 0
    for round in overdue(now).order_by("pk"):
        reason = _("Nobody wiped it: the clock does so %(days)d days after its end.") % {"days": KEPT.days}
        try:
            wipe(round, by=None, now=now, reason=reason)
            done += 1
        except (Refusal, RoundsRefusal, VotingRefusal) as refusal:
            log.warning("Rehearsal %s can’t be wiped: %s", round.pk, refusal)
    return done
