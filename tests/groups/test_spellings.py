"""One person is one member, however her address is typed. SPELLINGS=500x100 plays fifty thousand sign-ups."""

import os
import random
import unicodedata

import pytest

from groups import arrivals, members, signup
from groups.models import Member, MemberSource
from groups.signup import Request
from rounds.models import Round
from tests.factories.groups import district
from tests.factories.rounds import START, ContestFactory
from voting import roll
from voting.models import RollEntry

pytestmark = pytest.mark.django_db
PEOPLE, SPELLINGS = (int(number) for number in os.environ.get("SPELLINGS", "20x30").split("x"))
DOMAINS = ["example.org", "bücher.example", "münchen.example", "exämple.org"]

# As East Asian keyboards write Latin letters.
FULL_WIDTH = {ord(letter): ord(letter) - ord("a") + ord("ａ") for letter in "abcdefghijklmnopqrstuvwxyz"}


def address(number):
    local = f"josé.{number}" if number % 3 == 0 else f"ann.smith+{number}"
    return f"{local}@{DOMAINS[number % len(DOMAINS)]}"


def spelled(draw, plain):
    """The same address as another keyboard, mail program or list writes it."""
    local, domain = plain.split("@")
    if draw.random() < 0.5:
        domain = domain.encode("idna").decode()
    elif draw.random() < 0.3:
        domain = domain.translate(FULL_WIDTH)
    said = "".join(draw.choice([letter, letter.upper()]) for letter in f"{local}@{domain}")
    said = unicodedata.normalize(draw.choice(["NFC", "NFD"]), said)
    return draw.choice(["", " ", "\t", "\u00a0"]) + said + draw.choice(["", " ", "\r\n"])


def test_as_many_members_as_people_however_often_each_signs_up(america):
    draw, typed = random.Random(7), set()
    for number in random.Random(8).choices(range(PEOPLE), k=PEOPLE * SPELLINGS):
        said = spelled(draw, address(number))
        typed.add(said)
        arrivals.keep(Request(said, "Jo", "", "02142"), network="", now=START)
    assert arrivals.take_in(START) == PEOPLE * SPELLINGS
    assert len(typed) > 5 * PEOPLE
    assert Member.objects.count() == PEOPLE
    assert MemberSource.objects.count() == PEOPLE
    for member in Member.objects.all():
        signup.confirm(member, now=START)
    keys = {members.email_key(address(number)) for number in range(PEOPLE)}
    assert set(Member.objects.confirmed().values_list("email_key", flat=True)) == keys
    assert set(Member.objects.values_list("district", flat=True)) == {district("MA", 7).pk}
    round = ContestFactory(round__stage=Round.Stage.FROZEN).round
    while roll.freeze_step(round, now=round.freeze_at):
        pass
    assert RollEntry.objects.filter(round=round).count() == PEOPLE  # one credential each
