"""Who gets which letter of a vote: rows in the post room's line, in the caller's transaction, each once.

No row expires: whether a letter is still wanted is seen when it is written, so that an extended vote loses none.
"""

from datetime import datetime, time, timedelta

from django.db.models import F

from groups.models import User
from mailings import queue, ramp
from rounds.models import Contest, Round
from voting import ballotbox
from voting.models import LinkRequest, RollEntry

CHUNK = 500_000  # each piece may read all members once, to put neighbors together
SMALLEST, CREDENTIALS = 0, 2**63
# Reminders go out between these hours of the round's own zone.
MORNING, EVENING = time(9), time(19)
NOTICE_BEFORE = timedelta(hours=24)
REQUEST_KEPT = timedelta(hours=24)
CANCELLED_WAVE = 1_000_000


def enqueue_notice(round, *, now) -> int:
    """One notice per person on the roll, a day before the vote opens; how many are new."""
    return to_the_roll("voting.notice", round, now=now, not_before=round.voting_opens_at - NOTICE_BEFORE)


def enqueue_ballots(round, *, now) -> int:
    """One ballot letter per person on the roll, not before the vote opens; how many are new."""
    return to_the_roll("voting.ballot", round, now=now, not_before=round.voting_opens_at)


def enqueue_reminders(round, *, now) -> int:
    """A reminder midway and one on the last morning; who has voted by then gets none. How many are new."""
    return sum(
        to_the_roll("voting.reminder", round, now=now, wave=hour_of(moment), not_before=moment)
        for moment in reminder_moments(round)
        if moment > now
    )


def enqueue_extended(round, *, now) -> int:
    """Tell everybody on the roll the new closing time, and remind by the new times."""
    enqueue_reminders(round, now=now)
    return to_the_roll("voting.extended", round, now=now, wave=round.schedule_version)


def enqueue_stopped(round, *, now) -> int:
    """Tell those whose race is stopped or void, or everybody on the roll when the whole round is cancelled."""
    if round.stage == Round.Stage.CANCELLED:
        return to_the_roll("voting.stopped", round, now=now, wave=CANCELLED_WAVE)
    gone = list(round.contests.exclude(state=Contest.State.OPEN).values_list("pk", flat=True))
    if not gone:
        return 0
    sql, params = ballotbox.seats_of(gone)
    return queue.enqueue_select(
        "voting.stopped", sql, params, now=now, topic=round.topic, subject=round.pk, wave=len(gone)
    )


def enqueue_receipt(entry, *, now) -> int:
    """Mail a voter who asks for it that a vote of hers is in; once."""
    return queue.enqueue("voting.receipt", seats=[entry.pk], now=now, topic=entry.round.topic, subject=entry.round_id)


def ask_for_link(address, *, now) -> None:
    """Note that somebody asked for the link of this address: the same work whoever that is.

    Requests are forgotten after a day, by whoever asks next.
    """
    LinkRequest.objects.filter(asked_at__lt=now - REQUEST_KEPT).delete()
    request = LinkRequest.objects.create(address=address, asked_at=now)
    queue.enqueue("voting.link", seats=[request.pk], now=now, topic="links", expires=now + REQUEST_KEPT)


def to_the_roll(name, round, *, now, wave=0, not_before=None, expires=None) -> int:
    """A letter for everybody on a round's roll, in pieces of about CHUNK rows by credential; how many are new.

    To a large roll it goes by steps (mailings/ramp.py), and staff who are members get it first.
    """
    entries = RollEntry.objects.filter(round=round)
    size, moment = entries.count(), not_before or now
    mailing = ramp.begin(
        name, topic=round.topic, subject=round.pk, number=wave, letters=size, not_before=moment, now=now
    )
    pieces = size // CHUNK + 1
    step = CREDENTIALS // pieces + 1
    chosen = [piece_of(entries, start, min(start + step, CREDENTIALS)) for start in range(SMALLEST, CREDENTIALS, step)]
    if mailing.held:
        staff = User.objects.filter(is_staff=True, is_active=True).values("email")
        chosen.insert(0, piece_of(entries.filter(member__email_key__in=staff), SMALLEST, CREDENTIALS))
    new = sum(
        queue.enqueue_select(
            name,
            *piece,
            now=now,
            topic=round.topic,
            subject=round.pk,
            wave=wave,
            not_before=moment,
            expires=expires,
            held=mailing.held,
        )
        for piece in chosen
    )
    ramp.written(mailing)
    return new


def piece_of(entries, start, end):
    """One piece's seats, neighbors in a row: letters that share contests and language go in one batch."""
    chosen = entries.filter(credential__gte=start, credential__lte=end - 1)
    in_a_row = chosen.order_by("member__district_id", "member__state_id", "member__language", "pk")
    return in_a_row.values(seat=F("credential")).query.sql_with_params()


def reminder_moments(round) -> list[datetime]:
    """Midway through the vote, and the last morning; in the daytime of the round's zone and inside the vote."""
    if round.rehearsal:  # over within minutes, at whatever hour
        return [round.voting_opens_at + (round.voting_closes_at - round.voting_opens_at) / 2]
    opens, closes = (moment.astimezone(round.zone) for moment in (round.voting_opens_at, round.voting_closes_at))
    midway = (round.voting_opens_at + (round.voting_closes_at - round.voting_opens_at) / 2).astimezone(round.zone)
    midway = by_day(midway)
    last = datetime.combine(closes.date(), MORNING, round.zone)
    if closes - last < timedelta(hours=3):
        last -= timedelta(days=1)
    return sorted({moment for moment in (midway, last) if opens < moment < closes})


def by_day(moment):
    """The same instant, or the next one at which people may be written to."""
    if moment.time() < MORNING:
        return datetime.combine(moment.date(), MORNING, moment.tzinfo)
    if moment.time() > EVENING:
        return datetime.combine(moment.date() + timedelta(days=1), MORNING, moment.tzinfo)
    return moment


def hour_of(moment) -> int:
    """A reminder's wave: the hour it is set for, so that the same reminder is written once."""
    return int(moment.timestamp()) // 3600
