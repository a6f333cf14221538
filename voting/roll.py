"""The roll: who may vote in what, frozen once, one contest a transaction (process.md 4.7)."""

import secrets

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from groups.models import Member, User
from mailings import suppression
from rounds.models import Contest, Round
from voting import ballotbox, statements
from voting.models import ContestRoll, Exclusion, RollEntry
from voting.refusals import Refusal

# Sixty-three random bits. A random UUID has 122, and PostgreSQL's own hash of it is the quickest way to 64 of them.
CREDENTIAL = {
    "postgresql": "uuid_hash_extended(gen_random_uuid(), 0) & 9223372036854775807",
    "sqlite": "random_credential()",
}
# A credential is taken once in a million rounds of a million members; then all of a contest's are drawn again.
DRAWS = 3


def freeze_step(round, *, now) -> bool:
    """Build the roll of one contest of a frozen round that has none yet; False when nothing was left to do.

    Killed in the middle it leaves nothing; called again, or by two at once, it changes nothing.
    """
    if round.stage != Round.Stage.FROZEN:
        return False
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        contest = unbuilt(round).select_related("round", "race__place__state").order_by("pk").first()
        if contest is None:
            return False
        build(contest, now=now)
    return True


def left(round) -> int:
    """How many contests of a round have no roll yet."""
    return unbuilt(round).count()


def unbuilt(round):
    return Contest.objects.filter(round=round).exclude(roll__frozen_at__isnull=False)


def build(contest, *, now) -> None:
    """One contest's roll in the caller's transaction: entries, eligibility, exclusions, figures."""
    ballotbox.plan_for_many()
    voters = electorate(contest)
    enroll(contest.round, voters)
    # Somebody who moves while the roll is built must not vote for two districts' representatives.
    rivals = Contest.objects.filter(round=contest.round, race__office=contest.race.office).exclude(pk=contest.pk)
    never_in = list(rivals.values_list("pk", flat=True))
    eligible = ballotbox.admit(contest, *credentials_of(contest.round, voters), never_in=never_in, anew=True)
    for reason, members in excluded(contest).items():
        exclude(contest, members, reason)
    ContestRoll.objects.update_or_create(contest=contest, defaults={"frozen_at": now, "eligible": eligible})
    if not left(contest.round):
        count_not_mailed(contest.round)


def count_not_mailed(round) -> None:
    """Note for each contest how many on its roll are not written to: at once for all, with the last of them."""
    silent = RollEntry.objects.filter(round=round, member__email_key__in=suppression.suppressed_keys_query())
    found = ballotbox.eligible_counts(*sql_of(silent.values("credential")))
    uncounted = list(ContestRoll.objects.filter(contest__round=round, not_mailed=None))
    for figures in uncounted:
        figures.not_mailed = found.get(figures.contest_id, 0)
    ContestRoll.objects.bulk_update(uncounted, ["not_mailed"])


def electorate(contest):
    """The members who may vote in a contest: confirmed by the freeze and living in the race's place.

    A rehearsal's are the staff who are members too, wherever they live, so that nobody else can get a letter.
    """
    members = Member.objects.confirmed(at=contest.round.freeze_at)
    if contest.round.rehearsal:
        return members.filter(email_key__in=User.objects.filter(is_staff=True, is_active=True).values("email"))
    return members.living_in(contest.race.place)


def excluded(contest) -> dict:
    """{reason: members} of those who might have been on a contest's roll and are not."""
    place, freeze_at = contest.race.place, contest.round.freeze_at
    if contest.round.rehearsal:
        return {}
    there = Member.objects.living_in(place).filter(erased_at=None)
    alone = there.filter(merged_into=None)
    found = {
        Exclusion.Reason.DUPLICATE: there.filter(merged_into__isnull=False),
        Exclusion.Reason.UNCONFIRMED: alone.exclude(confirmed_at__isnull=False, confirmed_at__lte=freeze_at),
    }
    if place.kind == place.Kind.DISTRICT:
        found[Exclusion.Reason.DISTRICT] = Member.objects.confirmed(at=freeze_at).filter(
            state=place.state, district=None
        )
    return found


def enroll(round, members) -> int:
    """Give every one of these members who has none a place on the round's roll, with a random credential.

    Whether she has one is asked by the index, member by member: joining the whole roll to each contest's members
    would cost as many looks at the roll as there are contests.
    """
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("random_credential", 0, lambda: secrets.randbits(63))
    chosen, params = sql_of(members.order_by().values("id"))
    statement = (
        "INSERT INTO voting_rollentry (credential, round_id, member_id, generation)"
        f" SELECT {CREDENTIAL[connection.vendor]}, {int(round.pk)}, chosen.id, 0"
        f" FROM ({chosen}) AS chosen WHERE ({credential_of('chosen.id', round)}) IS NULL"
    )
    for _draw in range(DRAWS):
        try:
            with transaction.atomic():
                return statements.run(statement, params)
        except IntegrityError as error:  # somebody has one of these credentials: draw all of them anew
            taken = error
    raise taken


def credentials_of(round, members):
    """The credentials of these members on a round's roll as (SQL, parameters)."""
    chosen, params = sql_of(members.order_by().values("id"))
    found = f"SELECT ({credential_of('m.id', round)}) AS credential FROM ({chosen}) AS m"
    # Materialized, or each use of the credential would look for it again.
    return f"WITH found AS MATERIALIZED ({found}) SELECT credential FROM found WHERE credential IS NOT NULL", params


def credential_of(member: str, round) -> str:
    """The credential of one member, named by a column, or NULL: a look into the index and never a join."""
    return f"SELECT e.credential FROM voting_rollentry e WHERE e.round_id = {int(round.pk)} AND e.member_id = {member}"


def exclude(contest, members, reason) -> int:
    """Note why these members are not on a contest's roll; how many are new."""
    chosen, params = sql_of(members.order_by().values("id"))
    return statements.run(
        "INSERT INTO voting_exclusion (contest_id, member_id, reason)"
        f" SELECT {int(contest.pk)}, chosen.id, '{reason.value}' FROM ({chosen}) AS chosen"
        " WHERE true ON CONFLICT DO NOTHING",
        params,
    )


def sql_of(queryset):
    """A queryset as (SQL, parameters), to stand inside a statement of our own."""
    return queryset.query.sql_with_params()


def eligible_count(contest) -> int:
    """How many are on a contest's frozen roll; Refusal while it is not built."""
    figures = ContestRoll.objects.filter(contest=contest, frozen_at__isnull=False).first()
    if figures is None:
        raise Refusal(_("The roll of %(contest)s is not built yet.") % {"contest": contest})
    return figures.eligible


def ballot_of(entry) -> list[Contest]:
    """The contests on somebody's ballot that stand, in the order of the ballot, with race and options."""
    return [contest for contest in contests_on(entry) if contest.state == Contest.State.OPEN]


def ballots_of(entries) -> dict[int, list[Contest]]:
    """{credential: contests that stand} for a whole batch, in a constant number of queries."""
    eligible = ballotbox.contests_of([entry.pk for entry in entries])
    wanted = {contest for contests in eligible.values() for contest in contests}
    standing = {contest.pk: contest for contest in on_ballots(wanted) if contest.state == Contest.State.OPEN}
    order = {pk: place for place, pk in enumerate(standing)}
    return {
        credential: [standing[pk] for pk in sorted(order.keys() & set(contests), key=order.get)]
        for credential, contests in eligible.items()
    }


def contests_on(entry) -> list[Contest]:
    """Every contest somebody is on the roll of, stopped and void ones too, in the order of the ballot."""
    return list(on_ballots([contest for contest, _check, _part in ballotbox.status(entry.round_id, entry.pk)]))


def on_ballots(pks):
    """Contests by number with all that a ballot or a letter shows, in the order of the ballot."""
    return (
        Contest.objects.filter(pk__in=pks)
        .select_related("round", "race__place__state")
        .prefetch_related(
            "options__candidacy__nominations__group",
            "options__candidacy__nominations__local_endorsement__joint_groups",
        )
    )


def options_of(pks) -> set[tuple[int, int]]:
    """(contest, option number) of everything that may be chosen in these contests; asked with each vote."""
    wanted = list(pks)
    marks = statements.marks(wanted)
    return set(
        statements.rows(f"SELECT contest_id, number FROM rounds_contestoption WHERE contest_id IN ({marks})", wanted)
    )
