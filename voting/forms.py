"""What comes in by a form: a ballot in the middle of being filled in."""

import re
from dataclasses import dataclass, field

CHOICE = re.compile(r"c([1-9][0-9]{0,17})")
NUMBER = re.compile(r"[0-9]{2}")
PLACE = re.compile(r"[1-9][0-9]{0,17}|check|")
ACTS = {"start", "next", "back", "check", "change", "send", "language", "mail", "lines"}
OTHERS = {"ticket", "at", "to", "language", "go"}


class NotABallot(Exception):
    """What was sent is no ballot form of ours: a field twice, unknown, or of the wrong kind."""


@dataclass
class BallotForm:
    """A ballot as it was sent: the choices so far {contest: option}, where she is, and which button she pressed."""

    ticket: str = field(repr=False)
    go: str
    object: str = ""
    at: str = ""
    to: str = ""
    language: str = ""
    choices: dict[int, int] = field(default_factory=dict, repr=False)


def read_ballot(post) -> BallotForm:
    """The form in a POST; NotABallot for anything that our own pages can't have sent."""
    values = {}
    for name, given in post.lists():
        if len(given) != 1 or not (name in OTHERS or CHOICE.fullmatch(name)):
            raise NotABallot
        values[name] = given[0]
    go, _colon, thing = values.get("go", "next").partition(":")
    read = BallotForm(
        ticket=values.get("ticket", ""),
        go=go,
        object=thing,
        at=values.get("at", ""),
        to=values.get("to", ""),
        language=values.get("language", ""),
    )
    places = [read.at, read.to, thing if go == "change" else ""]
    if go not in ACTS or not all(PLACE.fullmatch(place) for place in places) or len(thing) > 20:
        raise NotABallot
    for name, value in values.items():
        if found := CHOICE.fullmatch(name):
            if not NUMBER.fullmatch(value):
                raise NotABallot
            read.choices[int(found[1])] = int(value)
    return read
