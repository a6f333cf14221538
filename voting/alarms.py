"""What of a vote's letters must not wait for somebody to look: said in the control room, mailed to staff once."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from groups.models import User
from mailings import claiming, pace, queue, ramp
from mailings.models import Letter, Wave
from rounds.models import Round
from voting.models import RollEntry

State = Letter.State

# An open vote of which no letter was taken by the mail server after this long; a dry run of millions takes its time.
NOTHING_AFTER, NOTHING_AFTER_DRY_RUN = timedelta(minutes=30), timedelta(minutes=90)
STALLED_AFTER = timedelta(minutes=10)
LATE_BEFORE_CLOSE = timedelta(hours=12)

NOTHING_SENT, STALLED, LATE = 1, 2, 3

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
    """One thing that is wrong: its number, which makes its letter one, a sentence, and where it is mended."""

    number: int
    sentence: str
    url: str


def found(round, now) -> list[Alarm]:
    """What is wrong with the letters of this round at this instant."""
    alarms = list(stopped(round))
    if round.stage == Round.Stage.VOTING and not round.paused_since:
        alarms += [*nothing_sent(round, now), *stalled(round, now), *late(round, now)]
    return alarms


def stopped(round):
    """Letters that somebody or something stopped, each with its reason; a paused vote's are meant to wait."""
    standing = queue.stopped(round.topic)
    if standing and not round.paused_since:
        yield Alarm(
            moment(standing.stopped_at),
            _("All letters of this round are stopped: %(reason)s") % {"reason": standing.reason},
            reverse("admin:mailings_stoppedtopic_changelist"),
        )
    for wave in Wave.objects.filter(topic=round.topic, stopped_at__isnull=False).exclude(step=Wave.Step.DONE):
        yield Alarm(
            moment(wave.stopped_at),
            _("Stopped: %(mailing)s (%(letters)s in all). %(reason)s")
            % {"mailing": mailing_words(wave), "letters": f"{wave.letters:,}", "reason": wave.stop_reason},
            reverse("admin:mailings_wave_change", args=[wave.pk]),
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
        )


def late(round, now):
    """Ballot letters that are not out twelve hours before the close."""
    if now < round.voting_closes_at - LATE_BEFORE_CLOSE:
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


def mailing_words(wave) -> str:
    """What a wave is about; its letter's own name where it is another room's."""
    return str(MAILINGS.get(wave.name, wave.name))


def moment(instant) -> int:
    """The number of a stop: another stop of the same is another letter."""
    return int(instant.timestamp())


def waves_by_hand(round):
    """Waves that wait until somebody says that the next step may go: (sentence, url). No alarm, but a note."""
    for wave in Wave.objects.filter(topic=round.topic, stopped_at=None, step__in=ramp.UP_TO):
        said = ramp.state_in_words(wave)
        yield f"{mailing_words(wave)}: {said}", reverse("admin:mailings_wave_change", args=[wave.pk])


def tell(round, now) -> int:
    """Write to those who steer rounds about each alarm, once each; how many letters are new."""
    alarms = found(round, now)
    if not alarms:
        return 0
    staff = list(those_who_steer().values_list("pk", flat=True))
    return sum(
        queue.enqueue("voting.alarm", seats=staff, now=now, topic="alarms", subject=round.pk, wave=alarm.number)
        for alarm in alarms
    )


def those_who_steer():
    """Staff who may steer a round."""
    may = Q(is_superuser=True)
    for permissions in ("user_permissions", "groups__permissions"):
        may |= Q(**{f"{permissions}__codename": "steer_round", f"{permissions}__content_type__app_label": "rounds"})
    return User.objects.filter(may, is_active=True, is_staff=True).distinct()
