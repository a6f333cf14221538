"""The rules that tell sign-ups made by one hand: 95 % or more of an attack, 1 % of plain ones (trust.md T8)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from groups.bursts import PATTERNS, Arrival, flagged

START = datetime(2026, 2, 1, 12, tzinfo=UTC)
FIRST = "Maria James Mary Robert Linda John Ana Michael Susan David Karen Luis Nancy José Omar Wei".split()  # noqa: SIM905
LAST = "Smith Johnson Garcia Brown Jones Nguyen Davis Martinez Lee Lopez Gonzalez Khan Kim".split()  # noqa: SIM905
MAIL = ["gmail.com"] * 50 + ["yahoo.com"] * 15 + ["hotmail.com"] * 8 + ["aol.com"] * 6 + ["icloud.com"] * 10


def arrivals(made):
    """Arrivals of (seconds after the start, key, name, network, link)."""
    return [
        Arrival(pk, START + timedelta(seconds=at), key, name, network, link)
        for pk, (at, key, name, network, link) in enumerate(made)
    ]


def person(draw):
    """An address as people have them, and the name it belongs to."""
    first, last = draw.choice(FIRST), draw.choice(LAST)
    mark = draw.choice(["", "", str(draw.randint(1940, 2008)), str(draw.randint(1, 99)), draw.choice("abcdefgh")])
    local = draw.choice([f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{last}{first}", f"{first}_{last}"])
    own = [f"{last}family{draw.randint(1, 9999)}.net", f"union{draw.randint(1, 60)}.org", "uni.edu"]
    domain = draw.choice(MAIL) if draw.random() < 0.9 else draw.choice(own)
    return f"{local}{mark}@{domain}".casefold(), f"{first} {last}"


def plain(draw, number):
    """A busy week's end: letters of groups, homes of two, a fair with a poster, a kitchen table."""
    made = []
    for _ in range(int(number * 0.8)):
        key, name = person(draw)
        link = draw.choice([None, *range(1, 60)])
        made.append((draw.randrange(2 * 86400), key, name, f"net{draw.randrange(3000)}", link))
    while len(made) < number * 0.9:  # fairs: up to sixty an hour by one poster, over one network
        start, network, link = draw.randrange(86400), f"fair{draw.randrange(10**6)}", draw.randrange(1, 60)
        for _ in range(50):
            made.append((start + draw.randrange(3600), *person(draw), network, link))
    while len(made) < number:  # tables: one after another
        start, network, link = draw.randrange(86400), f"table{draw.randrange(10**6)}", draw.randrange(1, 60)
        for turn in range(25):
            made.append((start + turn * draw.randrange(30, 90), *person(draw), network, link))
    return made


def serial(draw, number):
    """name001, name002 … from anywhere."""
    stem = draw.choice(["voter", "m.smith", "user_", "member.of.list"])
    return [
        (at * 11, f"{stem}{at:04}@gmail.com", " ".join(draw.choices(FIRST + LAST, k=2)), f"net{draw.random()}", None)
        for at in range(number)
    ]


def tagged(draw, number):
    """One mailbox, with tags and dots."""
    return [
        (at * 20, f"j.rivera+{draw.randrange(10**9)}@gmail.com", "Jo Rivera", f"net{draw.random()}", 7)
        for at in range(number)
    ]


def one_network(draw, number):
    """Addresses like people's, sent faster than people type."""
    return [(at * 5, *person(draw), "net", None) for at in range(number)]


def one_link(draw, number):
    """A leader pads her list from her own desk."""
    return [(at * 8, *person(draw), "desk", 7) for at in range(number)]


def catch_all(draw, number):
    """A domain that takes any name, from many networks."""
    return [
        (at * 40, f"{person(draw)[0].partition('@')[0]}@catch-all.example", "Jo Doe", f"net{draw.random()}", 7)
        for at in range(number)
    ]


def random_names(draw, number):
    """k3xq81@…, one after another."""
    letters = "bcdfghjklmnpqrstvwxz"
    return [
        (
            at * 30,
            "".join(draw.choices(letters, k=4)) + str(draw.randrange(1000, 9999)) + "@yahoo.com",
            " ".join(draw.choices(FIRST, k=2)),
            "net",
            7,
        )
        for at in range(number)
    ]


def numbered_people(draw, number):
    """Voter 1, Voter 2."""
    return [(at * 60, person(draw)[0], f"Voter {at}", f"net{draw.random()}", 7) for at in range(number)]


ATTACKS = [serial, tagged, one_network, one_link, catch_all, random_names, numbered_people]


@pytest.mark.parametrize("seed", range(3))
def test_at_most_one_in_a_hundred_plain_sign_ups_is_flagged(seed):
    people = arrivals(plain(random.Random(seed), 5000))
    assert len(people) >= 5000
    assert len(flagged(people)) <= len(people) // 100


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("number", [60, 700])
def test_at_least_95_in_a_hundred_of_an_attack_are_flagged_among_the_plain(attack, number):
    draw = random.Random(f"{attack.__name__} {number}")
    people, made = plain(draw, 2000), attack(draw, number)
    found = flagged(arrivals(people + made))
    assert len([pk for pk in found if pk >= len(people)]) >= 0.95 * number
    assert len([pk for pk in found if pk < len(people)]) <= len(people) // 100


def test_together_all_attacks_of_five_thousand():
    draw = random.Random(8)
    made = [one for attack in ATTACKS for one in attack(draw, 715)]
    assert len(flagged(arrivals(made))) >= 0.95 * len(made)


def fits(pattern, number, step):
    """So many sign-ups that share this pattern's trait, one every step."""
    made = {
        "tagged": lambda at: (f"jo+{at}@gmail.com", f"{FIRST[at % 16]} A", "", None),
        "serial": lambda at: (f"jo{at}@gmail.com", f"{FIRST[at % 16]} A", "", None),
        "no_name": lambda at: (f"{FIRST[at % 16].casefold()}@x{at}.org", f"Test {at}", "", None),
        "same_name": lambda at: (f"{FIRST[at % 16].casefold()}@x{at}.org", "Jo Doe", "net", 7),
        "shape": lambda at: (f"{FIRST[at % 16].casefold()[:2]}{at + 10}@gmail.com", FIRST[at % 16], "net", 7),
        "domain": lambda at: (f"{FIRST[at % 16]}.{LAST[at % 13]}@small.org".casefold(), FIRST[at % 16], "", 7),
        "referral": lambda at: (f"{FIRST[at % 16]}.{LAST[at % 13]}@gmail.com".casefold(), LAST[at % 13], "net", 7),
        "network": lambda at: (f"{FIRST[at % 16]}.{LAST[at % 13]}@gmail.com".casefold(), FIRST[at % 16], "net", None),
    }[pattern.rule]
    return arrivals((at * step.total_seconds(), *made(at)) for at in range(number))


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.rule)
def test_each_rule_begins_at_its_number_and_ends_with_its_span(pattern):
    step = timedelta(seconds=pattern.span // timedelta(seconds=pattern.many - 1))
    alike = fits(pattern, pattern.many, step)
    assert len({pattern.trait(one) for one in alike}) == 1
    named = [rule for rule in flagged(alike).values() if rule == pattern.rule]
    assert len(named) == pattern.many
    assert pattern.rule not in flagged(alike[:-1]).values()
    assert pattern.rule not in flagged(fits(pattern, pattern.many, step + timedelta(seconds=1))).values()


def test_who_signs_up_again_and_again_is_one_person():
    assert flagged(arrivals((at, "jo@gmail.com", "Jo Doe", "net", None) for at in range(100))) == {}
