"""A wave goes step by step: a dry run of all, 50, 1,000, 10,000, the rest (trust.md 3). Each step waits for quiet.

Its letters are held back and let go in portions, so that the line stays short: a stop takes back within one
batch what is not in a sender's hands. Everything is a row; any number of processes may call carry_on at once.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from journal import book
from mailings import breaker, states
from mailings.models import Letter, Piece, StoppedTopic, Wave

State, Step = Letter.State, Wave.Step

# How many letters are let go up to a step, its own included; ALL goes in portions.
UP_TO = {Step.CANARIES: 50, Step.THOUSAND: 1_000, Step.TEN_THOUSAND: 10_000}
PORTION = 20_000
PIECE = 500
NEXT = {
    Step.CHECKING: Step.CANARIES,
    Step.CANARIES: Step.THOUSAND,
    Step.THOUSAND: Step.TEN_THOUSAND,
    Step.TEN_THOUSAND: Step.ALL,
    Step.ALL: Step.DONE,
}


def begin(name, *, topic, subject, number, letters, not_before, now) -> Wave:
    """The wave of these letters, made where there is none; from RAMP_FROM letters on it goes by steps.

    Whoever puts the letters in line asks wave.held, and says written when all are there.
    """
    wave, _made = Wave.objects.get_or_create(
        name=name,
        subject=subject,
        number=number,
        defaults={
            "topic": topic,
            "letters": letters,
            "held": letters >= settings.RAMP_FROM,
            "not_before": not_before,
            "judged_since": now,
        },
    )
    return wave


def written(wave) -> bool:
    """All letters are in line: the dry run of a large wave begins, a small one just goes. Twice is once."""
    if wave.step != Step.WRITING:
        return False
    with transaction.atomic():
        if not move(wave, Step.CHECKING if wave.held else Step.ALL):
            return False
        if wave.held:
            lay_out(wave)
    return True


def lay_out(wave) -> None:
    """The pieces of the dry run. Its letters stand close together, so that pieces by number are even enough."""
    ends = wave.all_letters.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    pieces = [
        Piece(wave=wave, first=first, last=first + PIECE - 1) for first in range(ends["first"], ends["last"] + 1, PIECE)
    ]
    Piece.objects.bulk_create(pieces, batch_size=2000)


def move(wave, to) -> bool:
    """The one gate of a wave's step: from where we believe it to be, or not at all."""
    moved = Wave.objects.filter(pk=wave.pk, step=wave.step).update(step=to, quiet_since=None)
    wave.refresh_from_db()
    return bool(moved)


def under_way(now):
    """The waves that may go on now, the one that is due first in front."""
    stopped = StoppedTopic.objects.values("topic")
    begun = Wave.objects.exclude(step__in=[Step.WRITING, Step.DONE]).filter(stopped_at=None).exclude(topic__in=stopped)
    return begun.filter(Q(step=Step.CHECKING) | Q(not_before__lte=now)).order_by("not_before", "pk")


def carry_on(now) -> int:
    """Let go what may go of each wave, and stop one that goes wrong; how many letters were let go."""
    return sum(carry_on_one(wave, now) for wave in under_way(now))


def carry_on_one(wave, now) -> int:
    if wave.step == Step.CHECKING:
        if not_checked(wave):
            return 0
        if faults := faulty(wave):
            stop(wave, reason=faults, now=now)
            return 0
        move(wave, Step.CANARIES)
    if trouble := breaker.trouble(wave, now=now):
        stop(wave, reason=trouble, now=now)
        return 0
    # Of a small wave nothing is held, unless it was stopped on its way.
    gone = release(wave, now=now) if wave.not_before <= now else 0
    if not gone and finished(wave):
        if wave.step == Step.ALL:
            move(wave, Step.DONE)
        elif quiet(wave, now):
            move(wave, NEXT[wave.step])
            return carry_on_one(wave, now)
    return gone


def release(wave, *, now) -> int:
    """Let go the letters that this step still may; how many. Two at once let go no more than one."""
    with transaction.atomic():
        wave = Wave.objects.select_for_update().get(pk=wave.pk)
        if wave.stopped_at or StoppedTopic.objects.filter(topic=wave.topic).exists():
            return 0
        room = UP_TO[wave.step] - wave.released if wave.step in UP_TO else PORTION - untried(wave)
        if room <= 0:
            return 0
        held = wave.all_letters.filter(state=State.HELD)
        chosen = held.order_by("pk").values_list("pk", flat=True)[:room]
        last = Letter.objects.filter(pk__in=chosen).aggregate(last=Max("pk"))["last"]
        if last is None:
            return 0
        gone = states.move(held.filter(pk__lte=last), State.READY, now=now)
        Wave.objects.filter(pk=wave.pk).update(
            released=wave.released + gone, released_to=max(last, wave.released_to), quiet_since=None
        )
    return gone


def waiting(wave):
    """Its letters that were let go and are in line or in a sender's hands; by the index of topics."""
    return wave.all_letters.filter(topic=wave.topic, state__in=[State.READY, State.LEASED])


def untried(wave) -> int:
    """How many of them nobody has tried to send yet: those that a server put off may take hours more."""
    return waiting(wave).filter(Q(state=State.LEASED) | Q(attempts=0)).count()


def finished(wave) -> bool:
    """Whether all that was let go is tried; at the last step, whether nothing is left at all."""
    if wave.step == Step.ALL:
        return not waiting(wave).exists() and not wave.all_letters.filter(state=State.HELD).exists()
    return not untried(wave)


def quiet(wave, now) -> bool:
    """Whether the step's letters were out for so many minutes without trouble, and nobody has to agree."""
    if wave.quiet_since is None:
        Wave.objects.filter(pk=wave.pk, step=wave.step, quiet_since=None).update(quiet_since=now)
        wave.refresh_from_db()
    if settings.RAMP_BY_HAND or wave.quiet_since is None:
        return False
    return now >= wave.quiet_since + timedelta(minutes=settings.RAMP_CLEAN_MINUTES)


# The dry run's figures.


def not_checked(wave) -> int:
    return wave.pieces.filter(done_at=None).count()


def checked(wave) -> int:
    return wave.pieces.aggregate(n=Sum("checked"))["n"] or 0


def faulty(wave) -> str:
    """What the dry run found, in a sentence; "" for nothing."""
    bad = wave.pieces.filter(faulty__gt=0).order_by("first")
    n = bad.aggregate(n=Sum("faulty"))["n"] or 0
    if not n:
        return ""
    return ngettext(
        "In the dry run %(n)s letter could not be made (%(fault)s).",
        "In the dry run %(n)s letters could not be made (the first: %(fault)s).",
        n,
    ) % {"n": f"{n:,}", "fault": bad[0].fault}


# What people may press, and the breaker.


def stop(wave, *, reason, now, by=None) -> bool:
    """Take back what no sender holds yet, and let nothing more go; False when it was stopped already."""
    with transaction.atomic():
        if (
            not Wave.objects.filter(pk=wave.pk, stopped_at=None)
            .exclude(step=Step.DONE)
            .update(stopped_at=now, stop_reason=str(reason))
        ):
            return False
        standing = Wave.objects.select_for_update().get(pk=wave.pk)
        back = states.move(waiting(standing).filter(state=State.READY), State.HELD, now=now)
        Wave.objects.filter(pk=wave.pk).update(released=max(standing.released - back, 0))
        book.record("mailings.wave_stopped", wave, by=by, now=now, reason=str(reason))
    wave.refresh_from_db()
    return True


def resume(wave, *, by, now, reason) -> bool:
    """Let a stopped wave go on where it was; what happened before is judged. False when it was not stopped.

    One that its dry run stopped is checked anew.
    """
    with transaction.atomic():
        if not Wave.objects.filter(pk=wave.pk, stopped_at__isnull=False).update(
            stopped_at=None, stop_reason="", quiet_since=None, judged_since=now, judged_from=wave.released_to
        ):
            return False
        if wave.step == Step.CHECKING:
            wave.pieces.filter(done_at__isnull=False).update(
                done_at=None, lease_until=None, checked=0, faulty=0, fault=""
            )
        book.record("mailings.wave_resumed", wave, by=by, now=now, reason=reason)
    wave.refresh_from_db()
    return True


def go_on(wave, *, by, now, reason) -> bool:
    """Take the next step now, as a person decides; also past what a dry run found. False where there is none."""
    if wave.step not in NEXT or wave.step == Step.ALL:
        return False
    with transaction.atomic():
        before = Step(wave.step)
        if not move(wave, NEXT[wave.step]):
            return False
        after = {"before": {"step": before.name}, "after": {"step": Step(wave.step).name}}
        book.record("mailings.wave_step", wave, by=by, now=now, reason=reason, **after)
        if wave.stopped_at:
            resume(wave, by=by, now=now, reason=reason)
    return True


def state_in_words(wave) -> str:
    """Where a wave is and what it waits for, in one sentence."""
    if wave.stopped_at:
        return _("Stopped: %(reason)s") % {"reason": wave.stop_reason}
    if wave.step == Step.CHECKING:
        return _("%(done)s of %(all)s letters are checked; none is sent yet.") % {
            "done": f"{checked(wave):,}",
            "all": f"{wave.letters:,}",
        }
    if wave.step in UP_TO:
        if settings.RAMP_BY_HAND:
            return _("%(step)s are let go. Somebody has to say that the next may go.") % {
                "step": wave.get_step_display()
            }
        return _("%(step)s are let go; the next follow after %(n)s minutes without trouble.") % {
            "step": wave.get_step_display(),
            "n": settings.RAMP_CLEAN_MINUTES,
        }
    return str(wave.get_step_display())
