"""What became of letters that a provider accepted: its reports, each acted on once, in any order (trust.md 3).

A hard bounce or a complaint also marks the address. Nothing here touches anybody's right to vote.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from mailings import suppression
from mailings.models import Delivery, Letter

State = Delivery.State


@dataclass(frozen=True)
class Report:
    """One report: about which letter (its number), and what. event is the provider's own number for the report.

    mark is a Suppression.Reason where the address is not to be written to any more.
    """

    provider: str
    event: str
    letter: int
    state: int
    at: datetime
    reason: str = ""
    address: str = ""
    mark: str = ""

    @property
    def rank(self):
        """The higher state counts; of equal ones the earliest report."""
        return -self.state, self.at, self.reason


def record(reports, *, now) -> int:
    """Act on those of the reports that are about a letter of ours and are new; how many.

    "Delivered" keeps no number: it is by far the most frequent, and its rank alone makes the same again nothing.
    """
    wanted = {report.letter for report in reports}
    ours = set(Letter.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    reports = [report for report in reports if report.letter in ours]
    with transaction.atomic():
        numbered = {(report.provider, report.event): report for report in reports if report.state != State.DELIVERED}
        fresh = [report for report in reports if report.state == State.DELIVERED]
        fresh += [numbered[key] for key in note(numbered, now)]
        best = {}
        for report in sorted(fresh, key=lambda report: report.rank):
            best.setdefault(report.letter, report)
        keep([best[letter] for letter in sorted(best)])
        for report in fresh:
            if report.mark and report.address:
                source = f"{suppression.REPORTED} by {report.provider}"
                suppression.suppress([report.address], report.mark, now=now, source=source)
    return len(fresh)


def note(numbers, now) -> list[tuple[str, str]]:
    """Keep the numbers of reports, and return those that are new: of two processes only one gets each."""
    if not numbers:
        return []
    instant = connection.ops.adapt_datetimefield_value(now)
    rows = ", ".join(["(%s, %s, %s)"] * len(numbers))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO mailings_providerreport (provider, event, received_at) VALUES {rows} "  # noqa: S608
            "ON CONFLICT DO NOTHING RETURNING provider, event",
            [value for provider, event in sorted(numbers) for value in (provider, event, instant)],
        )
        return cursor.fetchall()


def keep(reports):
    """Write reports, one a letter, where nothing of a higher rank stands."""
    if not reports:
        return
    instant = connection.ops.adapt_datetimefield_value
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * len(reports))
    values = [(one.letter, int(one.state), instant(one.at), one.provider, one.reason[:200]) for one in reports]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO mailings_delivery (letter_id, state, at, provider, reason) VALUES {rows}
            ON CONFLICT (letter_id) DO UPDATE
            SET state = excluded.state, at = excluded.at, provider = excluded.provider, reason = excluded.reason
            WHERE excluded.state > mailings_delivery.state OR (excluded.state = mailings_delivery.state
                AND (excluded.at, excluded.reason) < (mailings_delivery.at, mailings_delivery.reason))
            """,  # noqa: S608
            [value for row in values for value in row],
        )


def counts(topic) -> dict[str, dict[int, int]]:
    """How many letters of a topic were reported in which state: {name: {Delivery.State: n}}."""
    found: dict[str, dict[int, int]] = {}
    grouped = Delivery.objects.filter(letter__topic=topic).values_list("letter__name", "state").annotate(n=Count("pk"))
    for name, state, n in grouped.order_by("letter__name", "state"):
        found.setdefault(name, {})[State(state)] = n
    return found


def not_arrived(letters) -> list[tuple[int, int, str]]:
    """Of these letters (a query) those that did not arrive, as (seat, Delivery.State, why)."""
    return list(
        Delivery.objects.filter(letter__in=letters, state__in=Delivery.NOT_ARRIVED)
        .order_by("letter__seat")
        .values_list("letter__seat", "state", "reason")
    )
