"""The post room: claim letters, have them written, check them, send them, mark them.

A SIGKILL anywhere loses nothing and repeats at most one batch, with the same links and Message-IDs. No
transaction is open while the network is waited for. A letter that can't be made never holds up the others.
"""

import gc
import logging
import time
import traceback
from collections import defaultdict
from copy import deepcopy
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.template import TemplateDoesNotExist, TemplateSyntaxError

from keys.files import KeyMissing
from mailings import (
    carriers,
    checking,
    circulars,
    claiming,
    copies,
    dryrun,
    letters,
    pace,
    parcels,
    queue,
    ramp,
    rendering,
    sending,
    suppression,
)
from mailings.letters import Draft, Skip
from mailings.models import Letter

State = Letter.State
log = logging.getLogger(__name__)

SECONDS, STEP = 60, 15
LOOK_AGAIN = 1  # somebody may come in the meantime whose letter is waited for
# So many refusals in one batch, and more than letters sent, are about us and not about the addresses.
REFUSALS_THAT_STOP = 10


def send_due(now, limit=None) -> int:
    """Send what is due until nothing is, or SECONDS are over, or limit are sent; how many were sent.

    now is when this begins. It moves on with the work, in steps, because a minute may pass a deadline.
    """
    began, sent = time.monotonic(), 0
    settle_down()
    claiming.tend(now)
    ramp.carry_on(now)
    line, turns = sending.Line(), pace.Turns(carriers.batch_of(settings.EMAIL_BACKEND))
    try:
        while (worked := time.monotonic() - began) < SECONDS and (limit is None or sent < limit):
            at, instant = now + timedelta(seconds=worked // STEP * STEP), now + timedelta(seconds=worked)
            most = turns.many if limit is None else min(turns.many, limit - sent)
            batch, granted = turns.next(most, now=at, instant=instant)
            if batch is None:
                if granted:
                    goes_on = ramp.carry_on(at) or dryrun.check_next(at)
                else:
                    goes_on = await_rate(at, instant, SECONDS - worked)
                if goes_on:
                    continue
                break
            handed = line.handed
            went = send_batch(batch, line, at)
            pace.give_back(granted - (line.handed - handed), now=instant)
            if went and not sent:
                pace.went(now=instant)
            sent += went
        else:
            dryrun.check_next(now)  # also while the line is never empty, if slowly
    except sending.Busy as answer:
        pace.back_off(answer, now=now)
        log.warning("Letters wait: the mail server asks for it (%s).", answer)
    except sending.Broken as trouble:
        log.warning("Letters wait: no way to the mail server (%s).", trouble)
    finally:
        line.close()
    return sent


@cache
def settle_down():
    """Once a process: the collector need not walk all that stands by now again and again beside a thousand letters."""
    gc.collect()
    gc.freeze()


def await_rate(now, instant, left) -> bool:
    """Sleep until the rate lets the next letters go; False where nothing waits for it, or it takes too long."""
    wait = pace.ready_in(pace.ours(instant), instant)
    if wait is None or wait > left or not claiming.anything_due(now):
        return False
    time.sleep(min(wait, LOOK_AGAIN))
    return True


def send_batch(batch, line, now) -> int:
    """Write, check, send and mark one batch; how many were sent. Broken where the mail server is gone."""
    try:
        kind = letters.find(batch.name)
    except LookupError as error:
        claiming.settle(batch, batch.letters, State.SET_ASIDE, now=now, reason=str(error))
        return 0
    carrier = carriers.behind(settings.EMAIL_BACKEND)
    heaps, alone = circulars.gather(kind, write(batch, kind, now), carrier or copies.OURSELVES)
    packed, copied, unshared = share(batch, kind, heaps, carrier, line, now)
    finished = copied | render(batch, kind, alone | unshared, carrier, now)
    if not check(batch, packed, finished, now):
        return 0
    sent, refused = post(batch, kind, packed, line, now)
    # One bad address can make a provider refuse all of a parcel: by itself each shows whether it was it.
    again = render(batch, kind, refused, carrier, now)
    if not check(batch, [], again, now):
        again = {}
    return sent + deliver(batch, kind, {key: message for key, (_, message) in (finished | again).items()}, line, now)


def write(batch, kind, now) -> dict[Letter, Draft]:
    """The drafts of those letters that are needed; the others are settled."""
    drafts, skipped = {}, defaultdict(list)
    for letter, answer in ask(batch, kind, now).items():
        if isinstance(answer, Draft):
            drafts[letter] = answer
        elif isinstance(answer, Skip):
            skipped[str(answer.reason)].append(letter)
        else:
            set_aside(batch, letter, "its app did not say what to write", now)
    silent = suppression.blocked([draft.to for draft in drafts.values()], kind.kind)
    for letter in [letter for letter, draft in drafts.items() if suppression.normalise(draft.to) in silent]:
        skipped[suppression.NOT_WRITTEN_TO].append(letter)
        del drafts[letter]
    for reason, some in skipped.items():
        claiming.settle(batch, some, State.SKIPPED, now=now, reason=reason)
    return drafts


def ask(batch, kind, now) -> dict[Letter, object]:
    """What the letter's app answers for each letter; asked one by one when it fails for all together."""
    try:
        answers = kind.write(batch.letters, now)
        return {letter: answers.get(letter.pk) for letter in batch.letters}
    except (OperationalError, InterfaceError):
        raise  # the database is away: nobody's letter is at fault, and the lease brings them back
    # The app's function may raise anything; one letter's data must not hold up the rest.
    except Exception as error:
        log.warning("The letter %s could not be written for a batch: %s", batch.name, trace(error))
    answers = {}
    for letter in batch.letters:
        try:
            answers[letter] = kind.write([letter], now).get(letter.pk)
        except (OperationalError, InterfaceError):
            raise
        except KeyMissing:
            claiming.defer(batch, letter, "a key is missing on this host", now=now)
        except Exception as error:
            set_aside(batch, letter, trace(error), now)
    return answers


def share(batch, kind, heaps, carrier, line, now) -> tuple[list[parcels.Parcel], dict, dict[Letter, Draft]]:
    """What is written once for many: finished parcels for a provider that merges, finished messages (as render
    gives them) where there is no provider, and the drafts that can't share a text after all."""
    packed, copied, unshared = [], {}, {}
    for heap in heaps:
        drafts = {member.letter: member.draft for member in heap}
        try:
            if carrier and (circular := circulars.compose(kind, heap, carrier)):
                packed.append(parcels.pack(circular, line.open()))
            elif not carrier and (messages := copies.made(kind, heap, now=now)):
                copied |= {letter: (draft, messages[letter]) for letter, draft in drafts.items()}
            else:
                unshared |= drafts
        except (OperationalError, InterfaceError):
            raise
        except sending.Closed:
            claiming.give_back(batch, batch.letters, now=now)
            raise
        # A template or a provider's own limits; by itself each letter shows whether it is at fault.
        except Exception as error:
            log.warning("The letter %s could not be written for many: %s", batch.name, trace(error))
            unshared |= drafts
    return packed, copied, unshared


def render(batch, kind, drafts, carrier, now) -> dict[Letter, tuple[Draft, rendering.Finished]]:
    """The finished messages; a letter whose template or data fails is set aside alone."""
    finished = {}
    for letter, draft in drafts.items():
        try:
            message = rendering.render(kind, letter, draft, now=now)
            message.message()
            if carrier and carrier.metadata:
                message.metadata = parcels.reference(letter)
            if carrier and carrier.alone:
                message.esp_extra = deepcopy(carrier.alone)
            finished[letter] = draft, message
        except (OperationalError, InterfaceError):
            raise
        except checking.Fault as fault:
            set_aside(batch, letter, str(fault), now)
        # Templates and headers raise whatever the data makes them raise.
        except Exception as error:
            set_aside(batch, letter, trace(error), now)
    return finished


def check(batch, packed, finished, now) -> bool:
    """Whether every letter is its recipient's. If not, nothing of the batch goes and its topic is stopped."""
    every = [*finished, *(member.letter for parcel in packed for member in parcel.circular.members)]
    try:
        faults = checking.check(finished, now=now)
        for parcel in packed:
            faults |= parcels.check(parcel, now=now)
    except (OperationalError, InterfaceError):
        raise
    # What can't be checked must not go: the owners' functions are other apps', and may raise anything.
    except Exception as error:
        faults = {letter: f"it could not be checked: {trace(error)}" for letter in every}
    if not faults:
        return True
    for letter, reason in faults.items():
        set_aside(batch, letter, reason, now)
    claiming.give_back(batch, [letter for letter in every if letter not in faults], now=now)
    for letter in {letter.topic: letter for letter in faults}.values():
        queue.stop(letter.topic, reason=f"{batch.name}: {faults[letter]}", now=now)
    return False


def post(batch, kind, packed, line, now) -> tuple[int, dict[Letter, Draft]]:
    """Send the parcels, each marked before the next goes; how many letters were sent, and what must go alone."""
    sent, refused, waiting = 0, {}, list(packed)
    try:
        while waiting and not batch.half_gone():
            circular = waiting[0].circular
            some = [member.letter for member in circular.members]
            try:
                receipts = line.post(waiting[0])
            except sending.Closed:
                raise
            except sending.Deferred as reason:
                claiming.defer_all(batch, some, str(reason), now=now)
            except sending.Refused:
                refused |= {member.letter: member.draft for member in circular.members}
            except sending.Broken as reason:
                waiting.pop(0)
                claiming.defer_all(batch, some, str(reason), now=now)
                raise
            # A yes in words that were not understood: whether they are out, somebody must find out.
            except Exception as error:
                set_all_aside(batch, some, f"the provider's answer was not understood: {trace(error)}", now)
            else:
                sent += receive(batch, kind, circular, receipts, now)
            waiting.pop(0)
    finally:
        left = [member.letter for parcel in waiting for member in parcel.circular.members]
        claiming.give_back(batch, left, now=now)
    return sent, refused


def receive(batch, kind, circular, receipts, now) -> int:
    """Mark what became of each letter of a parcel; how many were sent."""
    taken, refused = {}, []
    for member in circular.members:
        receipt = receipts.get(member.address.lower())
        if receipt and not receipt.taken:
            refused.append(member.letter)
        else:
            taken[member.letter] = (receipt and receipt.number) or member.message_id
    claiming.settle(batch, refused, State.FAILED, now=now, reason="the provider refused the recipient")
    return mark(batch, kind, taken, refused, now)


def deliver(batch, kind, messages, line, now) -> int:
    """Send the messages one by one and mark what became of each; how many were sent."""
    sent, refused, waiting = {}, [], list(messages)
    try:
        while waiting and not batch.half_gone():
            letter = waiting.pop(0)
            try:
                line.send(messages[letter])
                sent[letter] = sending.number_of(messages[letter])
            except sending.Deferred as reason:
                claiming.defer(batch, letter, str(reason), now=now)
            except sending.Refused as reason:
                claiming.settle(batch, [letter], State.FAILED, now=now, reason=str(reason))
                refused.append(letter)
            except sending.Closed:
                waiting.append(letter)
                raise
            except sending.Broken as reason:
                claiming.defer(batch, letter, str(reason), now=now)
                raise
            # A message that the backend itself can't take: this letter's own poison.
            except Exception as error:
                set_aside(batch, letter, trace(error), now)
    finally:
        # Also when the process is told to stop in the middle: what is out must not go out again.
        won = mark(batch, kind, sent, refused, now)
        claiming.give_back(batch, waiting, now=now)
    return won


def mark(batch, kind, sent, refused, now) -> int:
    """Mark letters sent, {letter: its number}, and stop the topic where that says something is wrong with us."""
    won, trouble = claiming.mark_sent(batch, sent, kind.on_sent, now=now)
    if trouble:
        log.error("The letter %s: %s", batch.name, trouble)
        queue.stop(won[0].topic, reason=f"{batch.name}: {trouble}", now=now)
    if len(refused) >= REFUSALS_THAT_STOP and len(refused) > len(sent):
        queue.stop(refused[0].topic, reason=f"{batch.name}: the mail server refused {len(refused)} in a row", now=now)
    return len(won)


def set_all_aside(batch, some, reason, now):
    """Take letters out of the line and stop their topics."""
    claiming.settle(batch, some, State.SET_ASIDE, now=now, reason=reason)
    for topic in sorted({letter.topic for letter in some}):
        queue.stop(topic, reason=f"{batch.name}: {reason}", now=now)


def set_aside(batch, letter, reason, now):
    """Take a letter out of the line until somebody has looked at it."""
    log.warning("The letter %s no. %s is set aside: %s", batch.name, letter.pk, reason)
    claiming.settle(batch, [letter], State.SET_ASIDE, now=now, reason=reason)


def trace(error) -> str:
    """What was raised and where; not its text, which may hold personal data, except what names a template."""
    if isinstance(error, TemplateDoesNotExist | TemplateSyntaxError):
        return f"{type(error).__name__}: {error}"
    frames = list(traceback.extract_tb(error.__traceback__))
    frames = [frame for frame in frames if "site-packages" not in frame.filename] or frames
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
