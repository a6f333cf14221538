"""What somebody looks through before a round's next stage: each a sentence, and whether it is as it should be."""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlparse

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from endorsements import lifecycle
from endorsements.health import timekeeping, verifying
from endorsements.rehearsal import rehearsal_steps
from groups.models import Member
from journal import book
from journal.models import Entry
from journal.wording import day_in_zone, in_zone
from mailings.models import Delivery, Letter
from rounds.models import Round
from vetting import questionnaires
from voting import alarms, ceremony, results
from voting.models import RollEntry

Stage = Round.Stage
GOOD, LOOK = "good", "look"
# So long after a rehearsal its letters still prove that letters go out.
REHEARSAL_LASTS = timedelta(days=30)
# The look is each night; a second night without one is a night missed.
VERIFIED_LASTS = timedelta(hours=36)
COASTS = ["America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu"]

# Backends of Django's that hand no letter to anybody.
NOWHERE = ("console", "dummy", "filebased", "locmem")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. state: as it should be, or for somebody to look at; never in the way."""

    title: str
    said: str
    state: str
    url: str = ""

    @property
    def state_words(self) -> str:
        return _("As it should be") if self.state == GOOD else _("Look at this")


def checks(round, now) -> list[Check]:
    """The list before the stage that follows; none for a stage that nothing is looked at before."""
    to, _when = lifecycle.NEXT.get(round.stage, (None, None))
    by_stage = {
        Stage.NOMINATING: [clock, mail_domain, questions],
        Stage.VETTING: [clock, questions],
        Stage.FROZEN: [clock, mail_domain, list_of_members, unsettled, rehearsed, keys],
        Stage.VOTING: [clock, mail_domain, frozen_roll, keys, rehearsed, notice],
        Stage.POLLS_CLOSED: [clock],
        Stage.CERTIFIED: [clock, verified, decided, post_room, embargo],
        Stage.ANNOUNCED: [clock, verified, mail_domain, post_room, embargo],
    }
    return [look(round, now) for look in by_stage.get(to, [])]


def clock(round, now):
    wrong = timekeeping.alarms(now)
    return Check(_("Clock"), " ".join(wrong) or _("It ticks, and its hosts are right."), LOOK if wrong else GOOD)


def mail_domain(round, now):
    """Letters and their links should come from one domain (ux.md 4), by a backend that sends."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2].lower()
    site = (urlparse(settings.BASE_URL).hostname or "").lower()
    backend = settings.EMAIL_BACKEND
    if any(f".{name}." in backend for name in NOWHERE):
        said = _("The mail backend %(backend)s sends to nobody.") % {"backend": backend}
        return Check(_("Mail domain"), said, LOOK)
    same = site == sender or site.endswith(f".{sender}") or sender.endswith(f".{site}")
    said = _("Letters come from %(sender)s and their links lead to %(site)s.") % {"sender": sender, "site": site}
    return Check(_("Mail domain"), said, GOOD if same else LOOK)


def questions(round, now):
    current = questionnaires.current(round.cycle)
    said = _("Campaigns get %(version)s.") % {"version": current} if current else _("No version is current.")
    url = reverse("admin:vetting_questionnaire_changelist")
    return Check(_("Questionnaire"), said, GOOD if current else LOOK, url)


def last_round(round):
    """The round before this one whose roll was frozen; None for the first."""
    rolled = Round.objects.filter(rehearsal=False, stage__in=Round.WITH_ROLL, freeze_at__lt=round.freeze_at)
    return rolled.exclude(pk=round.pk).order_by("-freeze_at").first()


def list_of_members(round, now):
    """The list as it is now beside the list at the last round's freeze: a list that shrank was spoiled somewhere."""
    today, last = Member.objects.confirmed().count(), last_round(round)
    return compared(_("List of members"), today, last, last and Member.objects.confirmed(last.freeze_at).count())


def frozen_roll(round, now):
    on_it, last = RollEntry.objects.filter(round=round).count(), last_round(round)
    return compared(_("Roll"), on_it, last, last and RollEntry.objects.filter(round=last).count())


def compared(title, number, last, before):
    if last is None:
        said = _("%(n)s on it. There is no earlier round to compare it with.") % {"n": f"{number:,}"}
        return Check(title, said, GOOD if number else LOOK)
    said = _("%(n)s on it; %(before)s in %(round)s.")
    words = {"n": f"{number:,}", "before": f"{before:,}", "round": last}
    return Check(title, said % words, GOOD if number and number >= before else LOOK)


def unsettled(round, now):
    """Members who can vote for no House seat as long as their district is not known."""
    number = Member.objects.confirmed().exclude(doubt="").count()
    whole = Member.objects.confirmed().count()
    said = _("The district of %(n)s of %(all)s members is not settled.") % {"n": f"{number:,}", "all": f"{whole:,}"}
    url = reverse("admin:groups_member_changelist") + "?place=unsettled"
    return Check(_("Districts"), said, LOOK if number else GOOD, url)


def rehearsed(round, now):
    """Whether staff have had a rehearsal's ballot letter in this cycle, and in the last thirty days (ux.md 3).

    Of a wiped one the line of the journal that proves it tells; its letters are gone.
    """
    url = reverse("admin:rounds_round_rehearse")
    rehearsals = Round.objects.filter(rehearsal=True, cycle=round.cycle_id)
    topics = [one.topic for one in rehearsals]
    sent = Letter.objects.filter(topic__in=topics, name="voting.ballot", state=Letter.State.SENT)
    found = [sent.aggregate(last=Max("settled_at"))["last"]] if topics else []
    wiped = Entry.objects.filter(subject__in=map(book.subject_of, rehearsals), verb=rehearsal_steps.WIPED)
    found += [parse_datetime(entry.after["steps"].get("ballots", "")) for entry in wiped]
    last = max(filter(None, found), default=None)
    if last is None:
        return Check(_("Test letters"), _("No rehearsal of this cycle has sent its ballot letters."), LOOK, url)
    said = _("Ballot letters of a rehearsal went to staff on %(day)s.") % {"day": day_in_zone(last, round.time_zone)}
    return Check(_("Test letters"), said, GOOD if now - last <= REHEARSAL_LASTS else LOOK, url)


def keys(round, now):
    missing = ceremony.ready(round)
    said = " ".join(missing) or _("The tally host and two holders of shares have opened a test envelope.")
    return Check(_("Keys"), said, LOOK if missing else GOOD)


def notice(round, now):
    """Whether the letter before the vote came through, by which the ballot letters can be judged."""
    letters = Letter.objects.filter(topic=round.topic, name="voting.notice")
    whole, sent = letters.count(), letters.filter(state=Letter.State.SENT).count()
    back = Delivery.objects.filter(letter__in=letters, state__in=Delivery.NOT_ARRIVED).count()
    said = _("%(sent)s of %(all)s went out; %(back)s did not arrive, as the provider says.")
    words = {"sent": f"{sent:,}", "all": f"{whole:,}", "back": f"{back:,}"}
    # The same twentieth of letters that stops a wave (mailings/breaker.py).
    good = whole and sent == whole and back * 20 < whole
    url = reverse("admin:voting_unreached", args=[round.pk])
    return Check(_("Notice of the vote"), said % words, GOOD if good else LOOK, url)


def verified(round, now):
    """What the last nightly look at the journal's chain and the results has found."""
    look = verifying.last()
    if look is None:
        return Check(_("Journal and results"), _("Nobody has looked yet whether they are as they were written."), LOOK)
    day = in_zone(look.at, round.time_zone)
    if look.wrong:
        return Check(
            _("Journal and results"), _("Looked at %(day)s: %(wrong)s") % {"day": day, "wrong": look.wrong}, LOOK
        )
    fresh = now - look.at <= VERIFIED_LASTS
    said = _("Looked at %(day)s: all are as they were written.") % {"day": day}
    return Check(_("Journal and results"), said, GOOD if fresh else LOOK)


def decided(round, now):
    """Results under the turnout floor that wait for a person; certifying waits for them too."""
    waiting, whole = results.undecided(round).count(), round.contests.count()
    said = _("%(n)s of %(all)s contests wait for a decision.") % {"n": f"{waiting:,}", "all": f"{whole:,}"}
    url = reverse("admin:rounds_round_results", args=[round.pk])
    return Check(_("Contests decided"), said, LOOK if waiting or not whole else GOOD, url)


def post_room(round, now):
    """Whether the letters of this stage could leave: nobody stopped them, and none has waited long."""
    wrong = [one.sentence for one in [*alarms.stopped(round), *alarms.stalled(round, now)]]
    said = " ".join(wrong) or _("No letters of this round are stopped, and none that are due stand still.")
    return Check(_("Post room"), said, LOOK if wrong else GOOD, reverse("admin:mailings_provider_changelist"))


def embargo(round, now):
    """When it goes public: at one instant, which is another hour on each coast."""
    said = _("It goes public %(when)s; in the other zones: %(zones)s.")
    zones = "; ".join(in_zone(round.announce_at, zone) for zone in COASTS if zone != round.time_zone)
    words = {"when": in_zone(round.announce_at, round.time_zone), "zones": zones}
    if round.announce_at > now:
        return Check(_("Announcement"), said % words, GOOD)
    past = _("Its hour, %(when)s, is past: it goes public at once.") % words
    return Check(_("Announcement"), past, LOOK)
