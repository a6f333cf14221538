"""Words before a colon in the desk's searches: race:MA-07, group:"Bay State", email:ada@example.org (ux.md 3).

Each list says which it knows, as {word: where it leads}: "race" leads to a race, "group" to a group, "email" to an
address. "" means that the list finds such a thing by itself when it is typed without its word.
"""

import re

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.utils.translation import gettext as _

from groups.models import Group
from groups.places import parse_district
from rounds.models import Race

NAMED = re.compile(r'\b([a-z]+):("[^"]*"|“[^”]*”|\S+)', re.IGNORECASE)
OFFICES = {"SEN": Race.Office.SENATE, "GOV": Race.Office.GOVERNOR}
EXAMPLES = {"race": "race:MA-07", "group": 'group:"Bay State"', "email": "email:ada@example.org"}
MOST_GROUPS = 50


def words_of(desk) -> dict[str, str]:
    return getattr(desk, "search_words", {})


def parted(text, words) -> tuple[list[tuple[str, str]], str]:
    """([(word, value)], the rest) of a search; what stands before another colon stays with the rest."""
    said = []

    def taken(found):
        word, value = found[1].lower(), found[2].strip('"“”').strip()
        if word not in words or not value:
            return found[0]
        said.append((word, value))
        return " "

    rest = NAMED.sub(taken, text)
    return (said, " ".join(rest.split())) if said else (said, text)


def named(desk, queryset, word, value):
    """Those of the rows that a word names, without a row twice. Raises groups' Refusal where a race is none."""
    path = words_of(desk)[word]
    if not path or "\0" in value:
        return queryset if not path else queryset.none()
    wanted = {"race": of_race, "group": of_group, "email": of_address}[word](path, value)
    if any(lookup_spawns_duplicates(desk.opts, name) for name in wanted):
        return queryset.filter(pk__in=desk.model._base_manager.filter(**wanted).values("pk"))
    return queryset.filter(**wanted)


def of_race(path, value) -> dict:
    """MA-07, WY-AL, MA-Sen, MA-Gov; MA: all races of the state. path is "self" for races themselves."""
    before = "" if path == "self" else f"{path}__"
    home, _dash, end = value.partition("-")
    if end.upper() in OFFICES:
        usps, _number = parse_district(home)
        return {f"{before}office": OFFICES[end.upper()], f"{before}place__usps": usps}
    usps, number = parse_district(value)
    wanted = {f"{before}place__usps": usps}
    return wanted if number is None else wanted | {f"{before}place__number": number, f"{before}office": "house"}


def of_group(path, value) -> dict:
    """The group of this name, or, where there is none, the groups with these words in their names."""
    for exactly in ("name__iexact", "name__icontains"):
        groups = list(Group.objects.filter(**{exactly: value}).values_list("pk", flat=True)[:MOST_GROUPS])
        if groups:
            return {f"{path}__in": groups}
    return {f"{path}__in": []}


def of_address(path, value) -> dict:
    return {f"{path}__iexact": value}


def help_of(desk) -> str:
    """A sentence for under the search: each word that a list knows, by example."""
    known = [EXAMPLES[word] for word in words_of(desk)]
    return _("Also %(examples)s.") % {"examples": ", ".join(known)} if known else ""
