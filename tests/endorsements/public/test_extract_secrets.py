"""What never stands in the public extract of a round's journal: names, addresses, tokens, results before their time."""

import ast
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endorsements.health import verifying
from endorsements.public import extract_words
from groups.models import Group, Member, User
from journal import book
from journal.models import Entry
from rounds import planning
from rounds.models import Round
from tests import house
from tests import world as worlds
from tests.endorsements.public.test_extract import HASH, rows, text
from tests.factories.groups import UserFactory
from tests.factories.results import counted
from tests.factories.rounds import START, RoundFactory

pytestmark = pytest.mark.django_db

Stage = Round.Stage


def verbs_of_the_house():
    """Every kind of entry that the program writes, as its sources name them."""
    found = set()
    for _path, source in house.python_files():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and house.called(node) in ("record", "record_each") and node.args:
                said = node.args[0]
                if isinstance(said, ast.Constant):
                    found.add(said.value)
                elif isinstance(said, ast.JoinedStr):
                    found.add(
                        "".join(part.value if isinstance(part, ast.Constant) else "clear" for part in said.values)
                    )
    return found | set(extract_words.VERBS)


POISON = ["Eve Poison", "eve@poison.example", "k3jH8sLq0Zp4VbN7xYwA1c", "7734", "60.6%"]


@pytest.mark.parametrize("stage", [Stage.NOMINATING, Stage.VOTING, Stage.COUNTED, Stage.ANNOUNCED, Stage.CANCELLED])
def test_no_kind_of_entry_lets_a_name_an_address_a_token_or_a_number_through(client, stage):
    """Every verb of the house about every thing of a round, each field full of what must not come out."""
    eve = UserFactory(email="eve@poison.example", name="Eve Poison", is_staff=True)
    round = RoundFactory(slug="spring", stage=stage)
    result = counted({1: 60, 2: 40}, round=round)
    things = [round, result.contest, result, result.contest.options.get(number=1).candidacy, "member:1"]
    bad = {name: " ".join(POISON) for name in [*planning.DATES, *planning.SETTINGS, "state", "stage", "commitment"]}
    bad |= {word: word for word in POISON} | {"envelopes": 7734}
    verbs = verbs_of_the_house()
    assert len(verbs) > 100
    for verb in sorted(verbs):
        for thing in things:
            for by in (eve, "member:7734", None):
                reason = " ".join(POISON)
                book.record(verb, thing, by=by, now=START, reason=reason, before=bad, after=bad)
    for state in (*Stage.values, "stopped", "void"):
        after = bad | {"stage": state, "state": state}
        for verb in ("round.stage", "contest.state"):
            for thing in things[:2]:
                book.record(verb, thing, by=eve, now=START, reason=POISON[0], before=bad, after=after)

    for said in (text(client), json.dumps(rows(client))):
        said = HASH.sub("", said)
        assert [word for word in [*POISON, "Poison", "poison", "user:", "member:"] if word in said] == []
        assert "A round manager paused the vote." in said


@given(text=st.text(max_size=60), name=st.sampled_from(["Dee Dorn", "Zoë O’Hara", "Ana-Maria Peña"]))
def test_whatever_stands_around_a_name_it_is_found(text, name):
    names = {" ".join(extract_words.WORD.findall(name.casefold()))}

    assert extract_words.fit(f"{text} {name} {text}", names) is False
    assert extract_words.fit(f"{text} eve@example.org {text}", set()) is False


@pytest.mark.parametrize("state", [None, [], "voting", {"stage": ["x"]}, {"stage": "nowhere"}])
def test_an_odd_entry_breaks_nothing(client, state):
    voting = RoundFactory(slug="spring", stage=Stage.VOTING)
    for verb in ("round.stage", "round.rescheduled", "round.rules"):
        book.record(verb, voting, by=None, now=START, after=state)

    assert "The clock changed dates." in text(client)


def everything_private():
    """Names, addresses and codes of staff, leaders and members in this database."""
    for user in User.objects.all():
        yield from (user.email, user.name)
    for member in Member.objects.all():
        yield from (member.email, f"{member.first_name} {member.last_name}")
    yield from Group.objects.values_list("sign_up_code", flat=True)


def test_the_extracts_of_the_world_hold_nobodys_name_address_token_or_tally(client, group, ada, dee, set_clock):
    set_clock(worlds.NOW + timedelta(minutes=1))
    world = worlds.World(group, ada, dee)
    world.write_every_letter()
    private = {said.strip() for said in everything_private() if said.strip()} | set(world.tokens().values())
    for entry in list(Entry.objects.all()):  # as if each had been typed into a reason that the public reads
        for words in (entry.actor_name, world.joined.email, entry.reason):
            book.record("round.paused", world.voting, by=dee, now=worlds.NOW, reason=words)
    verifying.nightly(worlds.NOW)

    slugs = [round.slug for round in Round.objects.exclude(stage=Stage.DRAFT)]
    assert {"spring", "summer", "winter", "autumn", "halted", "next-vote"} <= set(slugs)
    for slug in slugs:
        for said in (text(client, slug), json.dumps(rows(client, slug)), text(client, slug, lang="es")):
            assert [word for word in private if word in said] == []
    assert rows(client, "autumn") == []  # counted and not certified: its entries are the fingerprint of a result
    assert "about the work behind it" not in text(client, "autumn")
