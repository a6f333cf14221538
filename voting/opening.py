"""Opening the envelopes after the vote: committed to, verified, opened in memory, shuffled, counted (trust.md 2).

One contest a call. An envelope that does not fit stops its contest by name; it is never skipped.
"""

import hashlib
import hmac

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from journal import book
from keys import files, sealing
from rounds.models import Contest, Round
from voting import ballotbox, records, results
from voting.models import Count, Turnout, VoidedEnvelope
from voting.refusals import Refusal
from voting.voiding import mark_of


class Irregular(Exception):
    """Something in a contest's box is not as it was cast. The text names the contest and what, never a choice."""


def open_step(round, *, now) -> bool:
    """Open and count the next contest of a closed round; True when one was settled, False when there is nothing to do.

    Does nothing on a host that can't read the seal key. A kill at any point leaves the contest unopened, and
    the next call gives the same result. Not to be called inside a transaction: the commitment is committed first.
    """
    if round.stage != Round.Stage.POLLS_CLOSED or not can_open(round):
        return False
    contest = unopened(round).select_related("race__place__state", "round").first()
    if contest is None:
        return False
    if contest.state != Contest.State.OPEN:
        return results.settle_void(contest, now=now)
    try:
        commit(contest, now=now)
        open_and_count(contest, now=now)
    except Irregular as irregular:
        stop(contest, str(irregular), now=now)
    return True


def can_open(round) -> bool:
    """Whether this host holds the round's seal key and the key of its envelopes."""
    name = records.key_name(round.pk)
    return files.stands(files.SEAL, name) and files.stands(files.CAST, name)


def unopened(round):
    """The contests that the next calls will settle; one stopped by an irregular envelope waits for people."""
    stopped = Count.objects.filter(state=Count.State.IRREGULAR, contest__state=Contest.State.OPEN)
    return Contest.objects.filter(round=round, result=None).exclude(pk__in=stopped.values("contest")).order_by("pk")


def left(round) -> int:
    """How many contests have no result yet, the stopped ones among them."""
    return Contest.objects.filter(round=round, result=None).count()


def irregular(round):
    """The contests that an irregular envelope stopped, as counts with their sentence."""
    stopped = Count.objects.filter(
        contest__round=round, contest__result=None, contest__state=Contest.State.OPEN, state=Count.State.IRREGULAR
    )
    return stopped.select_related("contest__race__place__state", "contest__round").order_by("contest")


def commit(contest, *, now) -> None:
    """Write down the number of envelopes and SHA-256 over their sorted MACs, before anybody can know what is inside."""
    with transaction.atomic(durable=True):
        ballotbox.lock_shared(contest.round_id)  # no ballot is voided meanwhile: that takes the lock alone
        Count.objects.get_or_create(contest=contest)
        count = Count.objects.select_for_update().get(contest=contest)
        if count.state != Count.State.WAITING:
            return
        macs = sorted(mac for _credential, _sealed, mac in ballotbox.envelopes(contest))
        count.commitment, count.envelopes = commitment_of(macs), len(macs)
        count.state = Count.State.COMMITTED
        count.voided = VoidedEnvelope.objects.filter(contest=contest).count()
        count.save(update_fields=["commitment", "envelopes", "state", "voided"])
        book.record("contest.committed", contest, by=None, now=now, after={"commitment": count.commitment})


def commitment_of(sorted_macs) -> str:
    """SHA-256 over the MACs one after the other, in hex."""
    return hashlib.sha256(b"".join(sorted_macs)).hexdigest()


def open_and_count(contest, *, now) -> None:
    """Everything from the sealed envelopes to the result in one transaction, choices in memory only."""
    with transaction.atomic(durable=True):
        ballotbox.lock_shared(contest.round_id)
        # Two tally hosts may meet here: the second waits for the row and then finds the contest opened.
        count = Count.objects.select_for_update().get(contest=contest)
        if count.state != Count.State.COMMITTED:
            return
        box = list(ballotbox.envelopes(contest))
        check_box(contest, count, box)
        lines = opened_lines(contest, box)
        ballotbox.record_opened(contest, lines, credentials=[credential for credential, _sealed, _mac in box])
        check_figures(contest, count)
        results.count(contest, now=now)
        count.state, count.opened, count.opened_at = Count.State.OPENED, len(lines), now
        count.save(update_fields=["state", "opened", "opened_at"])
        book.record("contest.opened", contest, by=None, now=now, after={"envelopes": len(lines)})


def check_box(contest, count, box) -> None:
    """Compare the box with what was committed to, with the turnout seen while it was open, and with the voided ones."""
    if len(box) != count.envelopes:
        raise Irregular(
            _("%(contest)s: %(then)d envelopes were committed to, and %(now)d are there now.")
            % {"contest": contest.race, "then": count.envelopes, "now": len(box)}
        )
    macs = sorted(mac for _credential, _sealed, mac in box)
    if commitment_of(macs) != count.commitment:
        raise Irregular(
            _("%(contest)s: an envelope was changed after the commitment to all of them.") % {"contest": contest.race}
        )
    voided = list(VoidedEnvelope.objects.filter(contest=contest).values_list("mark", flat=True))
    back = set(voided) & {mark_of(mac) for mac in macs}
    if back:
        raise Irregular(
            _("%(contest)s: an envelope that was voided has been put back (%(mark)s).")
            % {"contest": contest.race, "mark": min(back)[:12]}
        )
    seen = Turnout.objects.filter(contest=contest).first()
    if seen and seen.ballots > len(box) + len(voided):
        raise Irregular(
            _("%(contest)s: at least %(then)d envelopes were there on %(day)s, and %(now)d are there now.")
            % {
                "contest": contest.race,
                "then": seen.ballots,
                "day": date_format(seen.refreshed_at.astimezone(contest.round.zone), "DATETIME_FORMAT"),
                "now": len(box),
            }
        )


def opened_lines(contest, box) -> list[tuple[bytes, int]]:
    """The (line id, option) of each envelope, in the order of their line ids, which says nothing of the voters'."""
    name = records.key_name(contest.round_id)
    private, key = files.read(files.SEAL, name), files.read(files.CAST, name)
    options = set(contest.options.values_list("number", flat=True))
    lines: dict[bytes, int] = {}
    for credential, sealed, mac in box:
        right = records.envelope_mac(key, contest.round_id, credential, contest.pk, sealed)
        if not hmac.compare_digest(right, mac):
            raise odd(
                contest, mac, _("was changed, copied from another, or put in by hand: its seal of this house is wrong")
            )
        info = records.info(contest.round_id, credential, contest.pk)
        try:
            record = sealing.open_sealed(sealed, private, info=info)
        except sealing.Unopenable as error:
            raise odd(contest, mac, _("does not open with this round’s key in its place")) from error
        try:
            option, line = records.unpack(record, credential=credential, contest=contest.pk)
        except records.Malformed as error:
            raise odd(contest, mac, _("holds a record of another envelope, or none")) from error
        if option not in options:
            raise odd(contest, mac, _("holds an option that is not on the ballot"))
        if line in lines:
            raise odd(contest, mac, _("has the line of another envelope"))
        lines[line] = option
    return sorted(lines.items())


def odd(contest, mac, what) -> Irregular:
    """Name an envelope by its mark: a person with the database finds it, nobody else learns whose it is."""
    return Irregular(
        _("%(contest)s: the envelope %(mark)s %(what)s.")
        % {"contest": contest.race, "mark": mark_of(mac)[:12], "what": what}
    )


def check_figures(contest, count) -> None:
    """Envelopes = opened = people who took part = sum over the options, or nothing is written (trust.md 2.4)."""
    figures = {
        "envelopes": count.envelopes,
        "opened": len(ballotbox.opened(contest)),
        "participation": ballotbox.participation_count(contest),
        "sum": sum(ballotbox.counts(contest).values()),
    }
    if len(set(figures.values())) > 1:
        raise Irregular(
            _("%(contest)s: %(envelopes)d envelopes, %(opened)d lines, %(participation)d voters and %(sum)d counted.")
            % {"contest": contest.race, **figures}
        )


def stop(contest, sentence, *, now) -> None:
    """Stop a contest by name. Nothing of it was written; people decide what to do."""
    with transaction.atomic():
        stopped = Count.objects.filter(contest=contest, state__in=[Count.State.WAITING, Count.State.COMMITTED]).update(
            state=Count.State.IRREGULAR, irregularity=sentence
        )
        if stopped:
            book.record("contest.irregular", contest, by=None, now=now, reason=sentence)


def retry(count, *, by, now, reason) -> bool:
    """Look again at a contest that was stopped, under the commitment it has. False when it is not stopped."""
    if not reason.strip():
        raise Refusal(_("Say what was mended before the envelopes are looked at again."))
    with transaction.atomic():
        again = Count.State.COMMITTED if count.commitment else Count.State.WAITING
        freed = Count.objects.filter(pk=count.pk, state=Count.State.IRREGULAR).update(state=again, irregularity="")
        if freed:
            book.record("contest.retried", count.contest, by=by, now=now, reason=reason)
    return bool(freed)
