"""A round's keys: made, rehearsed, handed to three holders, destroyed (trust.md 2.2)."""

import re
import secrets
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from journal import book
from journal.models import Entry
from keys import escrow as shares
from keys import files, sealing
from rounds.models import Round
from voting import records
from voting.models import KeyTest
from voting.refusals import Refusal

# Pages of the closed vote still know their links for a day (trust.md 2.2).
LINKS_LIVE_ON = timedelta(days=1)


def make_keys(round, *, by, now) -> bool:
    """Make the round's link, cast and seal keys; True when any was new. Standing keys stay. For the tally host.

    Refusal once votes may be sealed under other keys, or where the public key belongs to no seal key here.
    """
    name, public = records.key_name(round.pk), records.public_name(round.pk)
    if keys_stand(round) and files.stands(files.SEAL, name):
        return False
    if round.stage not in [*Round.BEFORE_FREEZE, Round.Stage.FROZEN]:
        raise Refusal(_("Keys are made before the vote opens. %(round)s is at “%(stage)s”.") % named(round))
    if files.stands(files.CAST, public) and not files.stands(files.SEAL, name):
        raise Refusal(_("The seal key of %(round)s stands on another host; make its keys there.") % named(round))
    files.make(files.LINK, name)
    files.make(files.CAST, name)
    private = files.make(files.SEAL, name, sealing.make_pair()[0])
    files.make(files.CAST, public, sealing.public_of(private))
    book.record("keys.made", round, by=by, now=now, after={"fingerprint": fingerprint(round)})
    return True


def keys_stand(round) -> bool:
    """Whether this host can take votes: link key, cast key and the public half of the seal key are here."""
    name = records.key_name(round.pk)
    return (
        files.stands(files.LINK, name)
        and files.stands(files.CAST, name)
        and files.stands(files.CAST, records.public_name(round.pk))
    )


def fingerprint(round) -> str:
    """The fingerprint of the round's public key, as printed on its page; from the rehearsal once keys are gone."""
    public = records.public_name(round.pk)
    with suppress(files.KeyMissing):  # another process may destroy it between the two looks
        if files.stands(files.CAST, public):
            return sealing.fingerprint(files.read(files.CAST, public))
    tested = KeyTest.objects.filter(round=round).order_by("-tested_at").first()
    return tested.fingerprint if tested else ""


def test_host(round, *, by, now):
    """Let this host open a test envelope with its own seal key, and write that down. Refusal when it can't."""
    rehearse(round, files.read(files.SEAL, records.key_name(round.pk)), KeyTest.Holder.HOST, by=by, now=now)


def test_escrow(round, first, second, *, by, now):
    """Let two holders' shares open a test envelope, and write that down. Refusal when they can't."""
    rehearse(round, joined(first, second), KeyTest.Holder.ESCROW, by=by, now=now)


def restore(round, first, second, *, by, now) -> bool:
    """Put a lost seal key back on this host from two shares, once it has opened a test envelope; False where it stands.

    Refusal when the shares make no key or another round's.
    """
    name, private = records.key_name(round.pk), joined(first, second)
    rehearse(round, private, KeyTest.Holder.ESCROW, by=by, now=now)
    if files.stands(files.SEAL, name):
        return False
    files.make(files.SEAL, name, private)
    book.record("keys.restored", round, by=by, now=now, after={"fingerprint": fingerprint(round)})
    return True


def joined(first, second) -> bytes:
    """The key that two shares make; Refusal in the words of what is wrong with them."""
    try:
        return shares.join(first, second)
    except shares.BadShares as error:
        raise Refusal(str(error)) from error


def rehearse(round, private, holder, *, by, now):
    """Seal random bytes with the public key that the web hosts use; this private key has to open them."""
    name = records.public_name(round.pk)
    if not files.stands(files.CAST, name):
        raise Refusal(_("%(round)s has no keys yet: manage.py round_keys make %(slug)s") % named(round))
    public, said = files.read(files.CAST, name), secrets.token_bytes(sealing.RECORD)
    info = f"test-envelope/v1|{round.pk}".encode()
    try:
        opened = sealing.open_sealed(sealing.seal(said, public, info=info), private, info=info)
    except sealing.Unopenable as error:
        raise Refusal(_("This key does not open a test envelope of %(round)s.") % named(round)) from error
    if opened != said:
        raise Refusal(_("The test envelope of %(round)s came out changed.") % named(round))
    actor, actor_name = book.actor_of(by)
    with transaction.atomic():
        KeyTest.objects.update_or_create(
            round=round,
            holder=holder,
            fingerprint=sealing.fingerprint(public),
            defaults={"tested_at": now, "tested_by": (actor_name or actor)[:120]},
        )
        after = {"holder": str(holder), "fingerprint": sealing.fingerprint(public)}
        book.record("keys.rehearsed", round, by=by, now=now, after=after)


def escrow(round, *, by, now, again="") -> list[str]:
    """Three shares of the seal key, any two of which have it. Shown once, stored nowhere.

    A second set needs a reason (again); shares of two sets do not fit together.
    """
    name = records.key_name(round.pk)
    if not files.stands(files.SEAL, name):
        raise Refusal(_("The seal key of %(round)s can’t be read on this host.") % named(round))
    given = Entry.objects.filter(subject=book.subject_of(round), verb="keys.escrowed").exists()
    if given and not again.strip():
        raise Refusal(
            _("The three shares of %(round)s were given out before. Say why they are needed anew.") % named(round)
        )
    book.record(
        "keys.escrowed", round, by=by, now=now, reason=again, after={"shares": 3, "fingerprint": fingerprint(round)}
    )
    return shares.split(files.read(files.SEAL, name))


def make_ready(round, *, now) -> bool:
    """The embedded default's own ceremony: this one machine holds every key, and the journal says so.

    True when something was left to do. Refusal outside the embedded default, where people hold the shares.
    """
    if not settings.EMBEDDED:
        raise Refusal(
            _("Only the embedded default makes its own keys: manage.py round_keys make %(slug)s") % named(round)
        )
    if not ready(round):
        return False
    make_keys(round, by=None, now=now)
    test_host(round, by=None, now=now)
    first, second, _third = shares.split(files.read(files.SEAL, records.key_name(round.pk)))
    test_escrow(round, first, second, by=None, now=now)
    book.record(
        "keys.embedded",
        round,
        by=None,
        now=now,
        reason="The embedded default holds all three kinds of keys itself. Nobody else holds a share: for trials only.",
    )
    return True


def ready(round) -> list[str]:
    """What the round's keys still lack before the vote may open, each with the command that mends it."""
    name, missing = records.key_name(round.pk), []
    for kind, key, what in (
        (files.LINK, name, _("The key for the ballot links")),
        (files.CAST, name, _("The key for taking votes")),
        (files.CAST, records.public_name(round.pk), _("The public half of the seal key")),
    ):
        if not files.stands(kind, key):
            missing.append(
                _("%(what)s is not on this host (%(file)s). Run: manage.py round_keys make %(slug)s")
                % {"what": what, "file": f"{kind}/{key}", "slug": round.slug}
            )
    if missing:
        return missing
    under = KeyTest.objects.filter(round=round, fingerprint=fingerprint(round)).values_list("holder", flat=True)
    tested = set(under)
    if KeyTest.Holder.HOST not in tested:
        missing.append(
            _("The tally host has not opened a test envelope. Run there: manage.py round_keys rehearse %(slug)s")
            % named(round)
        )
    if KeyTest.Holder.ESCROW not in tested:
        missing.append(
            _(
                "Two holders of the escrowed key have not opened a test envelope. Run: manage.py round_keys escrow "
                "%(slug)s, then with two shares: manage.py round_keys rehearse %(slug)s --shares"
            )
            % named(round)
        )
    return missing


def escrowed(round) -> bool:
    """Whether two holders of shares have opened a test envelope under the round's present public key."""
    holder = KeyTest.Holder.ESCROW
    return KeyTest.objects.filter(round=round, holder=holder, fingerprint=fingerprint(round)).exists()


def still_here(round) -> list[str]:
    """The round's keys on this host that could still open its ballots or make receipts."""
    name = records.key_name(round.pk)
    return [f"{kind}/{name}" for kind in (files.SEAL, files.CAST) if files.stands(kind, name)]


def destroy_keys(round, *, by, now) -> list[str]:
    """Destroy what this host holds of the round's keys and return the names of what went. Twice does nothing.

    Refusal while ballots may still have to be opened. The link key outlives the vote by a day, so that an old
    link still says that the vote has ended; calling again after that destroys it too.
    """
    if round.stage in [Round.Stage.VOTING, Round.Stage.POLLS_CLOSED, Round.Stage.COUNTED]:
        raise Refusal(
            _("%(round)s is at “%(stage)s”: its keys are destroyed once it is certified or cancelled.") % named(round)
        )
    name = records.key_name(round.pk)
    doomed = [(files.SEAL, name), (files.CAST, name), (files.CAST, records.public_name(round.pk))]
    # A rehearsal is archived by being wiped: no link of it has anything left to say.
    wiped = round.rehearsal and round.stage == Round.Stage.ARCHIVED
    if round.stage == Round.Stage.CANCELLED or wiped or now >= round.voting_closes_at + LINKS_LIVE_ON:
        doomed.append((files.LINK, name))
    print_of = fingerprint(round)
    gone = [f"{kind}/{key}" for kind, key in doomed if files.destroy(kind, key)]
    if gone:
        book.record("keys.destroyed", round, by=by, now=now, after={"files": gone, "fingerprint": print_of})
    return gone


def destroy_due(now) -> int:
    """Destroy what this host still holds of rounds that are certified or cancelled; how many lost a key. A tick's work.

    Every host that ticks does this for itself: the one that certifies or cancels a round may hold no seal key.
    """
    ids = files.names(files.SEAL) | files.names(files.CAST) | files.names(files.LINK)
    rounds = [int(name.removeprefix("round-")) for name in ids if re.fullmatch(r"round-[0-9]{1,18}", name)]
    over = [Round.Stage.CERTIFIED, Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED, Round.Stage.CANCELLED]
    due = Round.objects.filter(pk__in=rounds, stage__in=over) if rounds else []
    return sum(bool(destroy_keys(round, by=None, now=now)) for round in due)


def named(round) -> dict:
    """The round as the sentences here name it."""
    return {"round": round, "slug": round.slug, "stage": round.get_stage_display()}
