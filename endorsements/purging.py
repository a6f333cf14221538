"""What is kept no longer than it is needed: what, for how long, by which rule; thrown away by the clock, and proved.

Every kind counts and deletes by one and the same query, so that the proof is about what the purge does.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from endorsements import lifecycle
from endorsements.models import Chore
from endorsements.rehearsal import wiping
from groups import arrivals, asking, introducing, unconfirmed
from groups.importing import uploads
from groups.members import OLD_ADDRESS_KEPT
from groups.models import AddressChange, LeaderRequest, MemberRequest
from journal import book
from journal.models import Entry
from mailings.models import Letter, ProviderReport
from rounds.models import Candidacy, Round
from voting.models import LinkRequest
from voting.posting import REQUEST_KEPT

VERB = "purge"
EVERY = timedelta(hours=20)
PIECE = 2_000
# A run works for so many seconds and leaves the rest to the next.
PATIENCE = 20
REPORTS_KEPT = timedelta(days=30)
CONTACTS_KEPT = timedelta(days=90)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kind:
    """One kind of what is thrown away: its name, what it is, after how long, by which rule, and which rows are due."""

    name: str
    what: Promise
    after: Promise
    rule: str
    due: Callable[..., QuerySet]
    blanks: tuple[str, ...] = ()  # fields that are emptied; where none is named, the rows go
    forget: Callable[..., int] | None = None  # by a verb of its room, forget(now, most), where more goes than the rows
    by_round: bool = False  # done by the round's own work or by wiping it, and only proved here


def over(now):
    """Announced rounds whose dispute window is over by its date, whatever keeps one from its archive."""
    announced = [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]
    return Round.objects.filter(stage__in=announced, announce_at__lte=now - lifecycle.DISPUTES)


def letters_of_ended_rounds(now):
    """All letters of rounds whose dispute window is over: their states tell who had voted by then."""
    cancelled = Round.objects.filter(stage=Round.Stage.CANCELLED, voting_closes_at__lte=now - lifecycle.DISPUTES)
    return Letter.objects.filter(topic__in=[round.topic for round in over(now) | cancelled])


def participation_left(now):
    """Rounds whose list of who voted should be gone and is not: not archived yet, or with that work still to do."""
    kept = Chore.objects.filter(name=Chore.Name.DESTROY_PARTICIPATION, done_at=None).values("round")
    return over(now).filter(Q(stage=Round.Stage.ANNOUNCED) | Q(pk__in=kept))


def contacts_of_withdrawn(now):
    """Campaigns that left or were declined, long after their round; where they were in none, long after they left."""
    left = Candidacy.objects.filter(state__in=[Candidacy.State.WITHDRAWN, Candidacy.State.DECLINED])
    contacts = ~Q(campaign_email="") | ~Q(campaign_phone="") | ~Q(campaign_name="")
    hers = Concat(Value("candidacy:"), Cast(OuterRef("pk"), CharField()))
    lately = Entry.objects.filter(verb="candidacy.state", subject=hers, at__gt=now - CONTACTS_KEPT)
    after_round = Q(round__announce_at__lte=now - CONTACTS_KEPT)
    return left.filter(contacts, after_round | (Q(round=None) & ~Exists(lately)))


KINDS = [
    Kind(
        "participation",
        _("Who took part in a round"),
        _("30 days after the announcement"),
        "trust.md 2.5",
        participation_left,
        by_round=True,
    ),
    Kind(
        "rehearsals",
        _("Rehearsals that nobody has wiped: their rolls, letters, ballots and results"),
        _("3 days after their planned end"),
        "ux.md 3",
        wiping.overdue,
        by_round=True,
    ),
    Kind(
        "letters",
        _("Letters of a round, whose states tell who had voted"),
        _("30 days after the round's announcement, or after the planned end of a cancelled one"),
        "trust.md 1, T37",
        letters_of_ended_rounds,
    ),
    Kind(
        "reports",
        _("Numbers of mail providers' reports"),
        _("30 days"),
        "trust.md 7, 59",
        lambda now: ProviderReport.objects.filter(received_at__lte=now - REPORTS_KEPT),
    ),
    Kind(
        "contacts",
        _("Contacts of campaigns that withdrew or were declined"),
        _("90 days after the announcement of their round"),
        "process.md 13",
        contacts_of_withdrawn,
        blanks=("campaign_email", "campaign_phone", "campaign_name"),
    ),
    Kind(
        "old-addresses",
        _("Old addresses of members who have a new one"),
        _("7 days"),
        "process.md 13",
        lambda now: AddressChange.objects.filter(changed_at__lte=now - OLD_ADDRESS_KEPT),
    ),
    Kind(
        "link-requests",
        _("Requests for a voting link"),
        _("24 hours"),
        "process.md 13",
        lambda now: LinkRequest.objects.filter(asked_at__lte=now - REQUEST_KEPT),
    ),
    Kind(
        "member-requests",
        _("What members asked of their entry"),
        _("24 hours"),
        "process.md 13",
        lambda now: MemberRequest.objects.filter(asked_at__lte=now - asking.KEPT),
    ),
    Kind(
        "leader-requests",
        _("Decided requests to lead a group"),
        _("90 days"),
        "process.md 13",
        lambda now: LeaderRequest.objects.filter(decided_at__lte=now - introducing.KEPT),
    ),
    Kind(
        "uploads",
        _("Uploaded lists"),
        _("7 days"),
        "process.md 13",
        uploads.old,
    ),
    Kind(
        "sign-ups",
        _("Sign-ups that were taken in, with their patterns"),
        _("7 days; a flagged one that nobody has looked at 28 days"),
        "process.md 13",
        arrivals.old,
    ),
    Kind(
        "unconfirmed",
        _("Members who never confirmed their sign-up"),
        format_lazy(_("{days} days after the last time they signed up"), days=settings.UNCONFIRMED_DAYS),
        "process.md 13",
        unconfirmed.old,
        forget=unconfirmed.forget,
    ),
]


# What stays: what it is, and why nothing of it is thrown away.
STAYS = [
    (
        _("The journal: who did what, when and why"),
        _("For good. A line that were taken out would break the chain."),
    ),
    (
        _("Who looked at whose data: opened a member’s page or a vetting file, found somebody, took a table"),
        _(
            "For good, as a part of the journal. A line names who looked and, by its number alone, at whom; nothing of "
            "what was read, and not what was searched for."
        ),
    ),
]


BY_ROUND = {kind.name for kind in KINDS if kind.by_round}


def due(now) -> dict[str, int]:
    """{kind: how many rows are past their time}; all 0 where everything was thrown away."""
    return {kind.name: kind.due(now).count() for kind in KINDS}


def purge(now, *, by=None, patience=PATIENCE) -> dict[str, int]:
    """Throw away what is due, in small transactions, until it is done or the patience ends; {kind: how many rows}.

    The journal says how many of each kind, and nothing of what they were.
    """
    until, gone = monotonic() + patience, {}
    if wiped := wiping.wipe_due(now):
        gone["rehearsals"] = wiped
    for kind in KINDS:
        if kind.by_round:
            continue
        while monotonic() < until and (some := piece(kind, now)):
            gone[kind.name] = gone.get(kind.name, 0) + some
    left = {name: n for name, n in due(now).items() if n}
    book.record(VERB, VERB, by=by, now=now, after={"gone": gone, "left": left})
    return gone


def piece(kind, now) -> int:
    """One transaction's rows of a kind; how many."""
    if kind.forget:
        return kind.forget(now, PIECE)
    with transaction.atomic():
        keys = list(kind.due(now).order_by("pk").values_list("pk", flat=True)[:PIECE])
        rows = kind.due(now).model._base_manager.filter(pk__in=keys)
        if kind.blanks:
            rows.update(**dict.fromkeys(kind.blanks, ""))
        else:
            rows.delete()
    return len(keys)


def last(now) -> Entry | None:
    """The last purge, as the journal has it."""
    return Entry.objects.filter(subject=VERB).order_by("-id").first()


def daily(now) -> bool:
    """Purge once in twenty hours, and again at the next tick where something was left; False when it is not time."""
    before = last(now)
    if before is not None and before.at > now - EVERY and not set(before.after["left"]) - BY_ROUND:
        return False
    purge(now)
    return True
