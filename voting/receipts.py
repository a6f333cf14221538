"""The page that says a vote is in. It is the same for everybody, so it is written once and then filled in.

On the evening a vote closes this page is most of what a vote costs; only the number and the ticket are her own.
"""

from datetime import datetime
from functools import lru_cache

from django.template.loader import get_template
from django.utils.html import escape

from journal.context import federation
from rounds.models import Round
from voting import ballots

NUMBER, TICKET = "<the number>", "<the ticket>"
KEPT = 64  # pages a process keeps: rounds that vote at once, in their languages
FRESH = 5  # seconds: so old the dates on the page may be


def page(round_id: int, *, language: str, number: str, ticket: str, now: datetime) -> str:
    """The page's text in the language that is active; language is its code for the form."""
    facts = facts_of(round_id, int(now.timestamp()) // FRESH)
    parts = pattern(facts, language, tuple(sorted(federation(None).items())))
    fill = {NUMBER: number, TICKET: ticket}
    return "".join(fill.get(part, part) for part in parts)


class Facts:
    """A round as the page shows it: two that are alike in every column make one page."""

    def __init__(self, round):
        self.round = round
        self.columns = tuple(str(getattr(round, field.attname)) for field in round._meta.concrete_fields)

    def __hash__(self):
        return hash(self.columns)

    def __eq__(self, other):
        return self.columns == other.columns


@lru_cache(maxsize=KEPT)
def facts_of(round_id: int, moment: int) -> Facts:
    """The round as it stands, asked for once in FRESH seconds; moment only tells one such while from another."""
    return Facts(Round.objects.get(pk=round_id))


@lru_cache(maxsize=KEPT)
def pattern(facts: Facts, language: str, said: tuple) -> list[str]:
    """The page in parts, with NUMBER and TICKET standing where hers will. Nothing of anybody's is kept."""
    round = facts.round
    text = get_template("voting/receipt.html").render(
        {
            **dict(said),
            **ballots.facts(round),
            # What the frame of the page asks a request for, and no more: no session, no message, no user.
            "request": {"resolver_match": {"app_name": "voting"}},
            "language": language,
            "shows_lines": round.receipt_mode == round.ReceiptMode.OPEN,
            "number": NUMBER,
            "ticket": TICKET,
        }
    )
    before, _number, rest = text.partition(escape(NUMBER))
    between, _ticket, after = rest.partition(escape(TICKET))
    return [before, NUMBER, between, TICKET, after]
