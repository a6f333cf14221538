"""What of a round's letters, and of the ballots after them, must not wait for somebody to look.

Kept, shown and mailed by endorsements/health/watching.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from mailings import claiming, pace, queue, ramp, rates
from mailings.models import Letter, Wave
from rounds.models import Round
from voting.models import ContestRoll, RollEntry, Turnout
from voting.turnout import SHOWN_FROM

State = Letter.State

# An open vote of which no letter was taken by the mail server after this long; a dry run of millions takes its time.
NOTHING_AFTER, NOTHING_AFTER_DRY_RUN = timedelta(minutes=30), timedelta(minutes=90)
STALLED_AFTER = timedelta(minutes=10)
LATE_BEFORE_CLOSE = timedelta(hours=12)

# How long after its start a wave is looked at for what came back: complaints come days after a letter.
RATED_FOR = timedelta(days=3)
# What is told of a whole wave, in tenths of a percent. The breaker (mailings/breaker.py) stops one that is under way
# by its last thousand letters; this stops nothing, and looks on when all are out.
BOUNCES, COMPLAINTS = 20, 1

# Ballots that do not come in: so long after half of the letters, where a contest has so many voters. Of fewer, under
# twenty ballots would be no wonder.
NO_BALLOTS_AFTER = timedelta(hours=2)
MANY_VOTERS = 5000

NO_BALLOTS = "no_ballots"
NOTHING_SENT, STALLED, LATE, STOPPED = "nothing_sent", "stalled", "late", "stopped"
BOUNCED, COMPLAINED = "bounced", "complained"

MAILINGS = {
    "voting.notice": gettext_lazy("The notice that the vote starts"),
    "voting.ballot": gettext_lazy("The ballot letters"),
    "voting.reminder": gettext_lazy("A reminder to vote"),
    "voting.extended": gettext_lazy("The letter that the vote ends later"),
    "voting.stopped": gettext_lazy("The letter that the vote was stopped"),
    "endorsements.result": gettext_lazy("The result, to the voters"),
}


@dataclass(frozen=True)
class Alarm:
    """One thing that is wrong: of which kind, what it is about, a sentence, where it is mended, since when.

    about keeps two of a kind apart, such as two waves or two races. since is None where only the look itself can say.
    """

    kind: str
    sentence: str
    url: str = ""
    about: str = ""
    since: datetime | None = None


def found(round, now) -> list[Alarm]:
    """What is wrong with the letters of this round at this instant."""
    alarms = list(stopped(round))
    if round.stage in Round.ENDED or round.paused_since:
        return alarms
    if round.stage == Round.Stage.VOTING:
        alarms += [*nothing_sent(round, now), *no_ballots(round, now), *late(round, now)]
    return [*alarms, *stalled(round, now), *rated(round, now)]


def stopped(round):
    """Letters that somebody or something stopped, each with its reason; a paused vote's are meant to wait."""
    standing = queue.stopped(round.topic)
    if standing and not round.paused_since:
        yield Alarm(
            STOPPED,
            _("All letters of this round are stopped: %(reason)s") % {"reason": standing.reason},
            # Once they go again she is back where the alarm stood.
            reverse("admin:mailings_stoppedtopic_switch", args=["resume", round.topic])
            + f"?back={reverse('admin:rounds_round_change', args=[round.pk])}",
            about=f"all {moment(standing.stopped_at)}",
            since=standing.stopped_at,
        )
    for wave in Wave.objects.filter(topic=round.topic, stopped_at__isnull=False).exclude(step=Wave.Step.DONE):
        yield Alarm(
            STOPPED,
            _("Stopped: %(mailing)s (%(letters)s in all). %(reason)s")
            % {"mailing": mailing_words(wave), "letters": f"{wave.letters:,}", "reason": wave.stop_reason},
            reverse("admin:mailings_wave_change", args=[wave.pk]),
            about=f"wave {wave.pk} {moment(wave.stopped_at)}",
            since=wave.stopped_at,
        )


def nothing_sent(round, now):
    """The vote is open and the mail server has taken no ballot letter."""
    ballots = Letter.objects.about(round.topic).filter(name="voting.ballot")
    checking = Wave.objects.filter(topic=round.topic, name="voting.ballot", step=Wave.Step.CHECKING).exists()
    patience = NOTHING_AFTER_DRY_RUN if checking else NOTHING_AFTER
    if now < round.voting_opens_at + patience or ballots.filter(state=State.SENT).exists():
        return
    if RollEntry.objects.filter(round=round).exists():
        yield Alarm(
            NOTHING_SENT,
            _("The vote is open, and the mail server has not taken one ballot letter."),
            reverse("admin:mailings_provider_changelist"),
            since=round.voting_opens_at,
        )


def no_ballots(round, now):
    """Letters are out, and ballots do not come in (ux.md 3).

    It reads only what the turnout may show, never the ballot box: “none at all” would end with the first
    voter's ballot, and its end would be her hour.
    """
    since = now - NO_BALLOTS_AFTER
    if since < round.voting_opens_at:
        return
    figures = Turnout.objects.filter(contest__round=round)
    looked = figures.filter(refreshed_at__gte=round.voting_opens_at + NO_BALLOTS_AFTER)
    if not looked.exists() or figures.filter(ballots__gte=SHOWN_FROM).exists():
        return
    if not ContestRoll.objects.filter(contest__round=round, eligible__gte=MANY_VOTERS).exists():
        return
    ballots = Letter.objects.about(round.topic).filter(name="voting.ballot", state=State.SENT, settled_at__lte=since)
    sent = ballots.count()
    if sent * 2 < RollEntry.objects.filter(round=round).count():
        return
    yield Alarm(
        NO_BALLOTS,
        ngettext(
            "%(sent)s ballot letter went out two hours ago or more, and no contest has %(few)s ballots yet. "
            "Does its link lead to the ballot, and does the page send?",
            "%(sent)s ballot letters went out two hours ago or more, and no contest has %(few)s ballots yet. "
            "Do their links lead to the ballot, and does the page send?",
            sent,
        )
        % {"sent": f"{sent:,}", "few": SHOWN_FROM},
        reverse("admin:rounds_round_change", args=[round.pk]),
    )


def stalled(round, now):
    """Letters of this round are due, and nothing has gone out of the house for a while."""
    since = now - STALLED_AFTER
    sent_at = pace.ours(now).sent_at
    if sent_at and sent_at > since:
        return
    due = Letter.objects.about(round.topic).filter(claiming.due(since), attempts=0)
    if due.exists() and not queue.stopped(round.topic):
        yield Alarm(
            STALLED,
            _("Letters of this round wait, and none has gone out for ten minutes."),
            reverse("admin:mailings_provider_changelist"),
            since=sent_at,
        )


def late(round, now):
    """Ballot letters that are not out twelve hours before the close; no rehearsal is that long."""
    if round.rehearsal or now < round.voting_closes_at - LATE_BEFORE_CLOSE:
        return
    ballots = Letter.objects.about(round.topic).filter(name="voting.ballot")
    left = ballots.filter(state__in=[State.READY, State.LEASED, State.HELD, State.SET_ASIDE]).count()
    if left:
        yield Alarm(
            LATE,
            ngettext(
                "%(n)s ballot letter is not sent, and the vote closes within twelve hours.",
                "%(n)s ballot letters are not sent, and the vote closes within twelve hours.",
                left,
            )
            % {"n": f"{left:,}"},
            reverse("admin:mailings_letter_changelist") + "?letter=voting.ballot",
        )


def rated(round, now):
    """Waves of which too many letters came back, or were called spam by those who got them."""
    lately = Wave.objects.filter(topic=round.topic, not_before__gt=now - RATED_FOR, not_before__lte=now)
    for wave in lately.order_by("pk"):
        rate = rates.of(wave)
        words = {"mailing": mailing_words(wave), "tried": f"{rate.tried:,}"}
        url = reverse("admin:mailings_wave_change", args=[wave.pk])
        if rate.complained_over(COMPLAINTS):
            said = ngettext(
                "%(mailing)s: %(n)s complaint after %(tried)s letters, over 0.1%%.",
                "%(mailing)s: %(n)s complaints after %(tried)s letters, over 0.1%%.",
                rate.complained,
            )
            yield Alarm(COMPLAINED, said % {**words, "n": f"{rate.complained:,}"}, url, about=f"wave {wave.pk}")
        if rate.bounced_over(BOUNCES):
            said = _("%(mailing)s: %(n)s of %(tried)s letters were refused or came back, over 2%%.")
            yield Alarm(BOUNCED, said % {**words, "n": f"{rate.bounced:,}"}, url, about=f"wave {wave.pk}")


def mailing_words(wave) -> str:
    """What a wave is about; its letter's own name where it is another room's."""
    return str(MAILINGS.get(wave.name, wave.name))


def moment(instant) -> int:
    """The number of a stop: another stop of the same is another alarm."""
    return int(instant.timestamp())


def waves_by_hand(round):
    """Waves that wait until somebody says that the next step may go: (sentence, url). No alarm, but a note."""
    for wave in Wave.objects.filter(topic=round.topic, stopped_at=None, step__in=ramp.UP_TO):
        said = ramp.state_in_words(wave)
        yield f"{mailing_words(wave)}: {said}", reverse("admin:mailings_wave_change", args=[wave.pk])
