"""The dry run of a wave: every letter is written, rendered and read back, and nothing is sent (trust.md 3).

Pieces of it lie in rows; each process takes the next one under a lease and counts what it found. A killed one's
piece is taken up again, and nothing is counted twice.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q

from mailings import carriers, checking, circulars, copies, letters, parcels, rendering, sending
from mailings.letters import Draft, Skip
from mailings.models import Letter, Piece, StoppedTopic, Wave

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
IN_SIGHT = 16  # more processes than this only wait for each other's pieces


def check_next(now) -> bool:
    """Look at the next piece of some wave; False where none is left."""
    piece = claim(now)
    if piece is None:
        return False
    held = piece.wave.all_letters.filter(pk__range=(piece.first, piece.last), state=Letter.State.HELD).order_by("pk")
    looked_at = list(held)
    faults = find_faults(piece.wave.name, looked_at, now=now)
    Piece.objects.filter(pk=piece.pk, lease_until=piece.lease_until, done_at=None).update(
        done_at=now, checked=len(looked_at), faulty=len(faults), fault=next(iter(faults.values()), "")[:200]
    )
    return True


def claim(now) -> Piece | None:
    """Take a piece that nobody looks at, for LEASE."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    stopped = StoppedTopic.objects.values("topic")
    due = Piece.objects.filter(free, done_at=None, wave__step=Wave.Step.CHECKING, wave__stopped_at=None)
    due = due.exclude(wave__topic__in=stopped).select_related("wave").order_by("wave__not_before", "pk")
    for piece in due[:IN_SIGHT]:
        until = now + LEASE
        if Piece.objects.filter(free, pk=piece.pk, done_at=None).update(lease_until=until):
            piece.lease_until = until
            return piece
    return None


def find_faults(name, some, *, now) -> dict[Letter, str]:
    """What is wrong with each of these letters of one name that can't be made; a letter that is not needed is right.

    What a provider merges is written once and read back pair by pair; letters that go one by one are read back
    whole, as they will be sent.
    """
    kind, carrier = letters.find(name), carriers.behind(settings.EMAIL_BACKEND)
    drafts, faults = {}, {}
    for letter, answer in answers(kind, some, now).items():
        if isinstance(answer, Draft):
            drafts[letter] = answer
        elif not isinstance(answer, Skip):
            faults[letter] = answer if isinstance(answer, str) else "its app did not say what to write"
    merges = carrier is not None and carrier.merges
    heaps, alone = circulars.gather(kind, drafts, carrier if merges else copies.OURSELVES)
    line = sending.Line()
    try:
        for heap in heaps:
            found = together(kind, heap, carrier, line, now) if merges else copied(kind, heap, now)
            if found is None:
                alone |= {member.letter: member.draft for member in heap}
            else:
                faults |= found
    finally:
        line.close()
    return faults | one_by_one(kind, alone, now)


def together(kind, heap, carrier, line, now) -> dict[Letter, str] | None:
    """The faults of letters that share a text; None where each has to be looked at by itself."""
    try:
        circular = circulars.compose(kind, heap, carrier)
        return None if circular is None else parcels.check(parcels.pack(circular, line.open()), now=now)
    except (OperationalError, InterfaceError):
        raise
    # A template, the provider's limits, or no connection to pack for: by itself each shows whether it is at fault.
    except Exception as error:
        log.warning("The letter %s could not be looked at together: %s", kind.name, type(error).__name__)
        return None


def copied(kind, heap, now) -> dict[Letter, str] | None:
    """The faults of letters that go one by one and share a text; None where each has to be looked at by itself."""
    try:
        messages = copies.made(kind, heap, now=now)
        if messages is None:
            return None
        return checking.check({one.letter: (one.draft, messages[one.letter]) for one in heap}, now=now)
    except (OperationalError, InterfaceError):
        raise
    # A template or an owner's function: by itself each shows whether it is at fault.
    except Exception as error:
        log.warning("The letter %s could not be looked at together: %s", kind.name, type(error).__name__)
        return None


def one_by_one(kind, drafts, now) -> dict[Letter, str]:
    """The faults of letters that are made and read back each by itself."""
    finished, faults = {}, {}
    for letter, draft in drafts.items():
        try:
            message = rendering.render(kind, letter, draft, now=now)
            message.message()
            finished[letter] = draft, message
        except (OperationalError, InterfaceError):
            raise
        except checking.Fault as fault:
            faults[letter] = str(fault)
        # Templates and headers raise whatever the data makes them raise.
        except Exception as error:
            faults[letter] = type(error).__name__
    try:
        return faults | checking.check(finished, now=now)
    except (OperationalError, InterfaceError):
        raise
    # The owners' functions are other apps', and may raise anything: nothing of the piece can be vouched for.
    except Exception as error:
        return faults | {letter: f"it could not be checked: {type(error).__name__}" for letter in finished}


def answers(kind, some, now) -> dict[Letter, object]:
    """What the letter's app answers for each; asked one by one, with the fault's name, when it fails for all."""
    try:
        found = kind.write(some, now)
        return {letter: found.get(letter.pk) for letter in some}
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease ends, and somebody looks again
    # The app's function may raise anything; one letter's data must not hide the rest.
    except Exception as error:
        log.warning("The letter %s could not be written for a piece: %s", kind.name, type(error).__name__)
    alone = {}
    for letter in some:
        try:
            alone[letter] = kind.write([letter], now).get(letter.pk)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            alone[letter] = type(error).__name__
    return alone
