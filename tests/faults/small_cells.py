"""F25: every split of every tiny contest, as page, package and letter; nobody's vote may be read off them."""

import hashlib
import re
from collections import defaultdict

from django.db import transaction
from django.test import Client

from rounds.models import Round
from tests.factories.results import counted
from tests.factories.rounds import CandidacyFactory, RoundFactory
from tests.faults.plan import Fault, Seen
from voting import package, results
from voting.models import Result
from voting.publication import Audience, Figures, publishable

NUMBER = 4711  # the same round and contest each time: what differs is the votes alone
ROLL = 600


def splits(most):
    """(yes, no) of every contest with at most so many ballots."""
    return [(yes, ballots - yes) for ballots in range(most + 1) for yes in range(ballots + 1)]


def play(home, size, chance):
    """Show each split to the world; splits that must look alike are compared byte by byte."""
    seen, looks, exact = Seen(), defaultdict(set), 0
    candidacy = CandidacyFactory(name="Jane Rivera", state="on_ballot", gates=3)
    chosen = splits(size.ballots_at_most)
    if size.one_split_of > 1:
        chosen = [one for one in chosen if min(one) <= 3 or chance.randrange(size.one_split_of) == 0]
    for yes, no in chosen:
        with transaction.atomic():
            result = announced(candidacy, yes, no)
            publication = publishable(result.contest, Audience.PUBLIC)
            if publication.figures == Figures.EXACT:
                exact += 1
                if min(yes, no) < 3 or min(yes, no) * 100 < 3 * (yes + no):
                    seen.breaches.append(f"exact figures of {yes} to {no}")
            else:
                # How many voted may be known from 10 on, and who is in front; how many differ may not.
                known = yes + no if yes + no >= 10 else "few"
                looks[known, result.outcome, yes > no or known == "few"].add(look(result))
            transaction.set_rollback(True)
    for (ballots, outcome, _front), seen_as in looks.items():
        if len(seen_as) > 1:
            seen.breaches.append(f"{ballots} ballots, {outcome}: {len(seen_as)} different looks")
    seen.figures |= {"splits": len(chosen), "exact": exact, "withheld, by how they look": len(looks)}
    return seen


def announced(candidacy, yes, no):
    """A contest with this split, counted, certified and announced."""
    round = RoundFactory(pk=NUMBER, slug="tiny", name="Tiny", stage=Round.Stage.ANNOUNCED, cycle=candidacy.race.cycle,
                         publish="all")  # fmt: skip
    result = counted(
        {1: yes, 2: no},
        round=round,
        roll=ROLL,
        candidates=[candidacy],
        contest__pk=NUMBER,
        contest__race=candidacy.race,
    )
    if result.outcome == Result.Outcome.NEEDS_REVIEW:
        # A person's decision tells nothing that the figures do not: the same for all.
        Result.objects.filter(pk=result.pk).update(outcome=Result.Outcome.NOT_ENDORSED)
    results.certify(round, by=None, now=round.voting_closes_at)
    result.refresh_from_db()
    return result


def look(result):
    """A hash of everything that the public gets of a round: its page, its package's files, read together."""
    page = Client().get("/rounds/tiny/")
    if page.status_code != 200 or b"Tiny" not in page.content:
        raise RuntimeError(f"the round's page answers {page.status_code}")
    said = [page.content]
    said += [content for _path, content in sorted(package.files(result.contest.round).items())]
    return hashlib.sha256(b"\0".join(re.sub(rb"nonce=\S+", b"", one) for one in said)).hexdigest()


FAULTS = [
    Fault(
        "F25",
        "Tiny contests: all splits",
        "no exact figure where fewer than 3 or 3 % differ; splits withheld look alike, byte by byte, on the page and"
        " in every file of the package (trust.md 2.5)",
        play,
        full={"ballots_at_most": 60, "one_split_of": 1},
        small={"ballots_at_most": 14, "one_split_of": 20},
    )
]
