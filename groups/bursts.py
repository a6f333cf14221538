"""Which sign-ups look made by one hand: patterns that many people do not form by chance (trust.md T8). Pure.

A flag is for staff's eyes. Every figure below is a number of sign-ups; a crowd at a fair stays under each.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

DAY, HOUR, MOMENT = timedelta(days=1), timedelta(hours=1), timedelta(minutes=10)
# Mail programs that a crowd has in common; a burst of any other domain is told apart from theirs.
LARGE_DOMAINS = frozenset(
    {
        "gmail.com",
        "googlemail.com",
        "yahoo.com",
        "ymail.com",
        "rocketmail.com",
        "hotmail.com",
        "outlook.com",
        "live.com",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "comcast.net",
        "verizon.net",
        "att.net",
        "sbcglobal.net",
        "bellsouth.net",
        "cox.net",
        "charter.net",
        "earthlink.net",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "gmx.com",
        "mail.com",
        "fastmail.com",
        "zoho.com",
    }
)
DOTLESS = frozenset(["gmail.com", "googlemail.com"])
PLACEHOLDERS = frozenset(
    {
        "test",
        "tester",
        "testing",
        "asdf",
        "qwerty",
        "abc",
        "xyz",
        "foo",
        "bar",
        "none",
        "null",
        "nobody",
        "anonymous",
        "user",
        "voter",
    }
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One sign-up, as the rules see it: key is the address in its one spelling, network a hash, link a group's key."""

    pk: int
    at: datetime
    key: str
    name: str
    network: str
    link: int | None


@dataclass(frozen=True)
class Pattern:
    """Sign-ups with one trait (None: not this one) are flagged where at least many of them fall into one span."""

    rule: str
    trait: Callable[[Arrival], Hashable | None]
    many: int
    span: timedelta


def parts_of(key: str) -> tuple[str, str]:
    local, _at, domain = key.rpartition("@")
    return local, domain


def series_of(one: Arrival):
    """name01@… and name02@… without their numbers, ten in a row: name1960 and name1985 are two people."""
    local, domain = parts_of(one.key)
    found = re.search(r"[0-9]+", local)
    if not found:
        return None
    stem = local[: found.start()] + "#" + local[found.end() :]
    return stem, domain, int(found[0][-9:]) // 10


def mailbox_of(one: Arrival):
    """The mailbox without its tag, and without dots where the provider ignores them."""
    local, domain = parts_of(one.key)
    plain = local.partition("+")[0]
    return (plain.replace(".", "") if domain in DOTLESS else plain), domain


def name_in_network(one: Arrival):
    return (one.network, one.name.casefold()) if one.network and one.name else None


def no_name(one: Arrival):
    words = one.name.casefold().split()
    made = any(any(letter.isdigit() for letter in word) for word in words) or set(words[:1]) & PLACEHOLDERS
    return "none" if made else None


def shape_of(one: Arrival):
    """k3xq81 is letter, digit, two letters, two digits. One network, and only where letters and digits take turns."""
    runs = re.findall(r"[^\W\d_]+|[0-9]+|[\W_]", parts_of(one.key)[0])
    if not one.network or len(runs) < 2 or not any(run.isdigit() for run in runs):
        return None
    shape = tuple((len(run), run.isdigit()) if run.isalnum() else run for run in runs)
    return one.network, parts_of(one.key)[1], shape


def small_domain(one: Arrival):
    domain = parts_of(one.key)[1]
    return None if domain in LARGE_DOMAINS or domain.endswith(".edu") else domain


def link_in_network(one: Arrival):
    return (one.network, one.link) if one.network and one.link else None


def network_alone(one: Arrival):
    return one.network if one.network and not one.link else None


# The first that fits is what staff read. One person behind many addresses weighs more than a quick crowd.
PATTERNS = [
    Pattern("tagged", mailbox_of, many=3, span=DAY),
    Pattern("serial", series_of, many=5, span=DAY),
    Pattern("no_name", no_name, many=3, span=DAY),
    Pattern("same_name", name_in_network, many=4, span=DAY),
    Pattern("shape", shape_of, many=8, span=HOUR),
    Pattern("domain", small_domain, many=25, span=HOUR),
    # At one table a sheet takes half a minute; where a poster hangs, a few phones at once.
    Pattern("referral", link_in_network, many=30, span=MOMENT),
    Pattern("network", network_alone, many=15, span=MOMENT),
]


def flagged(arrivals: Iterable[Arrival]) -> dict[int, str]:
    """{pk: the rule that fired} of those that are part of a pattern; the whole burst, its first ones too."""
    arrivals = sorted(arrivals, key=lambda one: one.at)
    found: dict[int, str] = {}
    for pattern in PATTERNS:
        alike = defaultdict(lambda: defaultdict(list))
        for one in arrivals:
            trait = pattern.trait(one)
            if trait is not None:
                alike[trait][one.key].append(one)
        for by_key in alike.values():  # who signs up again and again is one
            firsts = [some[0] for some in by_key.values()]
            for first in crowded(firsts, many=pattern.many, span=pattern.span):
                for one in by_key[first.key]:
                    found.setdefault(one.pk, pattern.rule)
    return found


def crowded(arrivals: list[Arrival], *, many: int, span: timedelta) -> set[Arrival]:
    """Those that lie with at least so many, themselves counted, inside one span; arrivals are in order of time."""
    inside, first = set(), 0
    for last, one in enumerate(arrivals):
        while one.at - arrivals[first].at > span:
            first += 1
        if last - first + 1 >= many:
            inside.update(arrivals[first : last + 1])
    return inside
