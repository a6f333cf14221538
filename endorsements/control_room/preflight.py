"""What somebody looks through before a round's next stage: each a sentence, and whether it is as it should be."""

from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlparse

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from endorsements import certifying, lifecycle
from endorsements.health import backups, timekeeping, verifying
from endorsements.models import Endorsement, StandingAlarm
from endorsements.rehearsal import rehearsal_steps
from groups.models import Member
from journal import approvals, book, ticks
from journal.models import Entry
from journal.wording import day_in_zone, in_zone, until
from mailings import discretion
from mailings.models import Delivery, Letter
from rounds.models import Round
from vetting import questionnaires
from voting import alarms, ceremony, openedballots, opening
from voting.models import Result, RollEntry

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
    before_certifying = [decided, verified, keys_still, who_certifies, letters_left]
    by_stage = {
        Stage.NOMINATING: [clock, mail_domain, questions],
        Stage.VETTING: [clock, questions],
        Stage.FROZEN: [clock, mail_domain, list_of_members, unsettled, rehearsed, keys],
        Stage.VOTING: [clock, mail_domain, frozen_roll, keys, rehearsed, notice, backup],
        Stage.POLLS_CLOSED: [clock],
        Stage.CERTIFIED: [ticking, *before_certifying, post_room, embargo],
        Stage.ANNOUNCED: [ticking, verified, public_words, package, results_rehearsed, mail_domain, post_room, embargo],
    }
    return [look(round, now) for look in by_stage.get(to, [])]


def clock(round, now):
    return of_clock(timekeeping.alarms(now))


def ticking(round, now):
    """The clock alone, for a list that says of itself what the nightly look has found."""
    age, apart = ticks.heard(now)
    return of_clock(
        [alarm.sentence for alarm in timekeeping.silent(age, now)] + list(map(timekeeping.apart_words, apart))
    )


def of_clock(wrong):
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
    last = last_round(round)
    entries = RollEntry.objects.filter(round__in=[one for one in (round, last) if one])
    on_it = dict(entries.order_by("round").values_list("round").annotate(n=Count("pk")))
    return compared(_("Roll"), on_it.get(round.pk, 0), last, last and on_it.get(last.pk, 0))


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
    """Whether staff have had a rehearsal's ballot letter in this cycle, and in the last thirty days (ux.md 3)."""
    last = rehearsed_at(round, "ballots")
    said = _("Ballot letters of a rehearsal went to staff on %(day)s.")
    return of_rehearsal(round, last, now, said, _("No rehearsal of this cycle has sent its ballot letters."))


def results_rehearsed(round, now):
    """The same of the letter that tells a voter the result."""
    last = rehearsed_at(round, "results")
    said = _("Result letters of a rehearsal went to staff on %(day)s.")
    return of_rehearsal(round, last, now, said, _("No rehearsal of this cycle has sent its result letters."))


def rehearsed_at(round, step):
    """When a rehearsal of this cycle last sent the letter of a step; None for never.

    Of a wiped one the line of the journal that proves it tells; its letters are gone.
    """
    rehearsals = Round.objects.filter(rehearsal=True, cycle=round.cycle_id)
    topics = [one.topic for one in rehearsals]
    name = rehearsal_steps.BY_LETTER[step]
    sent = Letter.objects.filter(topic__in=topics, name=name, state=Letter.State.SENT)
    found = [sent.aggregate(last=Max("settled_at"))["last"]] if topics else []
    wiped = Entry.objects.filter(subject__in=map(book.subject_of, rehearsals), verb=rehearsal_steps.WIPED)
    found += [parse_datetime(entry.after["steps"].get(step, "")) for entry in wiped]
    return max(filter(None, found), default=None)


def of_rehearsal(round, last, now, said, never):
    url = reverse("admin:rounds_round_rehearse")
    if last is None:
        return Check(_("Test letters"), never, LOOK, url)
    said = said % {"day": day_in_zone(last, round.time_zone)}
    return Check(_("Test letters"), said, GOOD if now - last <= REHEARSAL_LASTS else LOOK, url)


def keys(round, now):
    missing = ceremony.ready(round)
    said = " ".join(missing) or _("The tally host and two holders of shares have opened a test envelope.")
    return Check(_("Keys"), said, LOOK if missing else GOOD)


def notice(round, now):
    """Whether the letter before the vote came through, by which the ballot letters can be judged."""
    letters = Letter.objects.filter(topic=round.topic, name="voting.notice")
    found = letters.aggregate(
        whole=Count("pk"),
        sent=Count("pk", filter=Q(state=Letter.State.SENT)),
        back=Count("pk", filter=Q(delivery__state__in=Delivery.NOT_ARRIVED)),
    )
    whole, sent, back = found["whole"], found["sent"], found["back"]
    said = _("%(sent)s of %(all)s went out; %(back)s did not arrive, as the provider says.")
    words = {"sent": f"{sent:,}", "all": f"{whole:,}", "back": f"{back:,}"}
    # The same twentieth of letters that stops a wave (mailings/breaker.py).
    good = whole and sent == whole and back * 20 < whole
    url = reverse("admin:voting_unreached", args=[round.pk])
    return Check(_("Notice of the vote"), said % words, GOOD if good else LOOK, url)


def backup(round, now):
    """How old the last backup is, where whoever makes them notes it."""
    made = backups.last()
    if made is None:
        return Check(_("Backup"), _("None was ever noted. After each, run: manage.py backup_made"), LOOK)
    said = _("The last one was made %(when)s.") % {"when": in_zone(made, round.time_zone)}
    return Check(_("Backup"), said, LOOK if backups.old(made, now) else GOOD)


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
    """Contests that are not counted, and results that wait for a person; which and why is the tellers'."""
    review = Q(result__outcome=Result.Outcome.NEEDS_REVIEW)
    found = round.contests.aggregate(
        whole=Count("pk"), left=Count("pk", filter=Q(result=None)), waiting=Count("pk", filter=review)
    )
    words = {name: f"{number:,}" for name, number in found.items()}
    said = _("%(waiting)s of %(whole)s contests wait for a decision.") % words
    if found["left"]:
        said = _("%(left)s of %(whole)s contests are not counted.") % words + " " + said
    url = reverse("admin:rounds_round_results", args=[round.pk])
    good = found["whole"] and not found["left"] and not found["waiting"]
    return Check(_("Contests decided"), said, GOOD if good else LOOK, url)


def post_room(round, now):
    """Whether the letters of this stage could leave, as the clock has last seen it."""
    kept = StandingAlarm.objects.filter(round=round, over_at=None, missed_at=None)
    wrong = [alarm.sentence for alarm in kept.filter(kind__in=[alarms.STOPPED, alarms.STALLED]).order_by("pk")]
    said = " ".join(wrong) or _("No letters of this round are stopped, and none that are due stand still.")
    return Check(_("Post room"), said, LOOK if wrong else GOOD, reverse("admin:mailings_provider_changelist"))


def embargo(round, now):
    """When it goes public: at one instant, which is another hour on each coast."""
    said = _("It goes public %(when)s, in %(left)s; in the other zones: %(zones)s.")
    zones = "; ".join(in_zone(round.announce_at, zone) for zone in COASTS if zone != round.time_zone)
    when, left = in_zone(round.announce_at, round.time_zone), until(round.announce_at, now)
    words = {"when": when, "left": left, "zones": zones}
    if round.announce_at > now:
        return Check(_("Announcement"), said % words, GOOD)
    past = _("Its hour, %(when)s, is past: it goes public at once.") % words
    return Check(_("Announcement"), past, LOOK)


# Before the certification: how anything came out, tellers alone know.


def keys_still(round, now):
    """Whether the envelopes could be opened once more: certifying destroys what could do it."""
    title = _("Opening once more")
    if ceremony.escrowed(round):
        said = _("Two holders of shares can open the envelopes once more. After the certification nobody can.")
        return Check(title, said, GOOD)
    if opening.can_open(round):
        said = _("The host that looked can open the envelopes once more. After the certification nobody can.")
        return Check(title, said, GOOD)
    said = _(
        "The host that looked can’t open the envelopes once more, and no two holders of shares have shown they can."
    )
    return Check(title, said, LOOK)


def who_certifies(round, now):
    title, url = _("Who certifies"), reverse("admin:rounds_round_change", args=[round.pk])
    if round.certification == Round.Certification.AUTOMATIC:
        return Check(title, _("The clock does it, as soon as nothing keeps the round."), GOOD)
    if not certifying.by_two(round):
        return Check(title, _("One person does it, on the round’s page."), GOOD, url)
    waiting = approvals.standing(certifying.ACTION, round, now)
    if waiting is None:
        return Check(title, _("Two people do it, on the round’s page. Nobody has asked for it yet."), GOOD, url)
    said = _("%(name)s has asked for it. A second person has to agree.") % {"name": waiting.asked_name}
    return Check(title, said, LOOK, url)


def letters_left(round, now):
    """Letters that wait, but those whose being there would tell that somebody has voted, as a receipt's."""
    left = discretion.shown(Letter.objects.about(round.topic).waiting()).count()
    said = ngettext("%(n)s letter of this round waits.", "%(n)s letters of this round wait.", left)
    url = reverse("admin:mailings_wave_changelist") if left else ""
    said = said % {"n": f"{left:,}"} if left else _("No letter of this round waits.")
    return Check(_("Letters left"), said, LOOK if left else GOOD, url)


# Before the announcement.


def public_words(round, now):
    """Whether each public page has its words: title, reason and photo. Told in numbers, for who may see rounds."""
    title, url = _("Public pages"), reverse("admin:endorsements_endorsement_changelist")
    url += f"?round__id__exact={round.pk}"
    issued = list(Endorsement.objects.filter(round=round, status=Endorsement.Status.ISSUED))
    lacking = {
        _("a title"): sum(not one.title for one in issued),
        _("a reason"): sum(not one.reason.strip() for one in issued),
        _("a photo"): sum(not one.photo for one in issued),
    }
    if not issued:
        return Check(title, _("This round has issued no endorsement."), GOOD)
    parts = [
        _("%(n)s of %(all)s lack %(what)s") % {"n": f"{number:,}", "all": f"{len(issued):,}", "what": what}
        for what, number in lacking.items()
        if number
    ]
    said = "; ".join(parts) + "." if parts else _("Each has a title, a reason and a photo.")
    return Check(title, said, LOOK if parts else GOOD, url)


def package(round, now):
    """Whether this process can pack what is published. Making it takes its time: that is not tried here."""
    title = _("Package")
    if round.rehearsal:
        return Check(title, _("A rehearsal publishes none."), GOOD)
    if openedballots.may_read_opened():
        return Check(title, _("The host that looked may read what was opened, and can make it."), GOOD)
    said = _("The host that looked may not read what was opened. The host that counted makes it, if its clock ticks.")
    return Check(title, said, LOOK)
