"""F21: bugs in the merge of letters, injected; nothing wrong may leave the house."""

import random
from dataclasses import replace
from email.utils import parseaddr

from django.conf import settings
from django.core import mail

from journal import clock
from mailings import letters, postroom, queue
from mailings.letters import Draft
from mailings.models import Letter, StoppedTopic
from tests.faults import federation
from tests.faults.plan import Fault, Seen
from voting import links
from voting.models import RollEntry


def off_by_one(answers, chance):
    """Each gets the next one's link."""
    keys = list(answers)
    shifted = [answers[key] for key in [*keys[1:], keys[0]]]
    return {
        key: replace(answers[key], link=other.link, context=other.context)
        for key, other in zip(keys, shifted, strict=True)
    }


def shared_object(answers, chance):
    """All letters of a batch hold one and the same link."""
    one = chance.choice(list(answers.values()))
    return {key: replace(answer, link=one.link) for key, answer in answers.items()}


def swapped_array(answers, chance):
    """Two recipients are exchanged."""
    one, other = chance.sample(list(answers), 2)
    return answers | {
        one: replace(answers[one], to=answers[other].to),
        other: replace(answers[other], to=answers[one].to),
    }


def stale_cache(answers, chance):
    """The second half of a batch gets the links that the first half had, by their place."""
    keys = list(answers)
    half = len(keys) // 2
    return {key: replace(answers[key], link=answers[old].link) for old, key in zip(keys, keys[half:], strict=False)}


def two_recipients(answers, chance):
    """One letter has a second address."""
    one, other = chance.sample(list(answers), 2)
    return answers | {one: replace(answers[one], to=f"{answers[one].to}, {answers[other].to}")}


BUGS = {
    "off by one": off_by_one,
    "a shared object": shared_object,
    "two exchanged": swapped_array,
    "a stale cache": stale_cache,
    "two recipients": two_recipients,
}


def play(home, size, chance):
    """Each bug in turn, on fresh letters to the whole roll; what it changed must be stopped, and its topic with it."""
    seen = Seen()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    round, _contests, entries = federation.open_vote(size.letters_a_bug)
    right = {
        entry.member.email: links.ballot_url(entry) for entry in RollEntry.objects.select_related("round", "member")
    }
    kind = letters.find("voting.ballot")
    changed = 0
    for number, (name, bug) in enumerate(BUGS.items()):
        wrong = set()
        chances = random.Random(chance.random())

        def write(some, now, bug=bug, wrong=wrong, chances=chances):
            answers = kind.write(some, now)
            drafts = {key: answer for key, answer in answers.items() if isinstance(answer, Draft)}
            merged = bug(drafts, chances) if len(drafts) > 1 else {}
            wrong |= {key for key, draft in merged.items() if draft != drafts[key]}
            return answers | merged

        letters._letters["voting.ballot"] = replace(kind, write=write)
        try:
            queue.enqueue("voting.ballot", seats=[entry.pk for entry in entries], now=clock.now(), topic=round.topic,
                          subject=round.pk, wave=1000 + number)  # fmt: skip
            waiting = Letter.objects.filter(wave=1000 + number)
            before, stopped = len(mail.outbox), False
            while waiting.waiting().exists():
                queue.resume(round.topic)
                postroom.send_due(clock.now())
                stopped |= StoppedTopic.objects.filter(topic=round.topic).exists()
        finally:
            letters._letters["voting.ballot"] = kind
        sent = set(waiting.filter(state=Letter.State.SENT).values_list("pk", flat=True))
        if sent & wrong:
            seen.breaches.append(f"{name}: {len(sent & wrong)} changed letters were sent")
        if not wrong:
            seen.void.append(f"{name} changed nothing")
        for message in mail.outbox[before:]:
            if len(message.to) != 1 or right[parseaddr(message.to[0])[1]] not in message.body:
                seen.breaches.append(f"{name}: somebody got another's link")
        # Two addresses in one are no address: that letter is set aside before any look at its finished bytes.
        if not stopped and name != "two recipients":
            seen.breaches.append(f"{name}: the topic was not stopped")
        queue.resume(round.topic)
        changed += len(wrong)
    seen.figures |= {"letters changed by a bug": changed, "of them sent": 0, "kinds of bugs": len(BUGS)}
    return seen


FAULTS = [
    Fault(
        "F21",
        "Merge bugs injected: off by one, a shared object, two exchanged, a stale cache, two recipients",
        "every changed letter is stopped before it is sent, and its topic with it (I6)",
        play,
        full={"letters_a_bug": 1000},
        small={"letters_a_bug": 40},
    )
]
