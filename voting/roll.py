"""The roll: who may vote in what, frozen once, some contests a transaction (process.md 4.7)."""

import secrets
from collections import defaultdict

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from groups.models import Member, User
from mailings import suppression
from rounds.models import Contest, Round
from voting import ballotbox, statements
from voting.models import ContestRoll, Exclusion, RollEntry, Strike
from voting.refusals import Refusal

# Sixty-three random bits. A random UUID has 122, and PostgreSQL's own hash of it is the quickest way to 64 of them.
CREDENTIAL = {
    "postgresql": "uuid_hash_extended(gen_random_uuid(), 0) & 9223372036854775807",
    "sqlite": "random_credential()",
}
# A credential is taken once in a million rounds of a million members; then all of a piece's are drawn again.
DRAWS = 3
# A transaction takes contests until they have so many members: sorted by their random credentials, which fills an
# index from one end to the other and costs half of what one contest after the other does.
MEMBERS = 2_000_000
CONTESTS = 450  # and no more than so many: SQLite joins 500 selects at the most
# What PostgreSQL may take for that sorting before it sorts on disk.
SORTING = "128MB"


def freeze_step(round, *, now) -> bool:
    """Build the roll of some contests of a frozen round that have none yet; False when nothing was left to do.

    Killed in the middle it leaves nothing; called again, or by two at once, it changes nothing.
    """
    if round.stage != Round.Stage.FROZEN:
        return False
    with transaction.atomic():
        ballotbox.lock_exclusive(round.pk)
        contests = next_piece(round)
        if not contests:
            return False
        build(contests, now=now)
    return True


def next_piece(round) -> list[Contest]:
    """The contests whose roll comes next: of one office and in different places, so that nobody lives in two."""
    waiting = list(unbuilt(round).select_related("round", "race__place__state").order_by("pk"))
    if round.rehearsal or not waiting:
        return waiting[:1]  # a rehearsal's voters are the same in each
    places: dict[int, Contest] = {}
    for contest in waiting:
        if kind_of(contest) == kind_of(waiting[0]):
            places.setdefault(contest.race.place_id, contest)
    return up_to(MEMBERS, list(places.values())[:CONTESTS])


def kind_of(contest):
    return contest.race.office, contest.race.place.kind


def up_to(most, contests) -> list[Contest]:
    """As many of the contests as have so many members together, one at least."""
    select, params = union("SELECT {contest} AS contest, count(*) FROM ({members}) AS m", voters_of(contests))
    sizes, piece = dict(statements.rows(select, params)), []
    for contest in contests:
        most -= sizes[contest.pk]
        if piece and most < 0:
            break
        piece.append(contest)
    return piece


def left(round) -> int:
    """How many contests of a round have no roll yet."""
    return unbuilt(round).count()


def unbuilt(round):
    return Contest.objects.filter(round=round).exclude(roll__frozen_at__isnull=False)


def build(contests, *, now) -> None:
    """The roll of a piece's contests in the caller's transaction: entries, eligibility, exclusions, figures."""
    ballotbox.plan_for_many(SORTING)
    eligible = enroll(contests)
    exclude(contests)
    ContestRoll.objects.bulk_create(
        [ContestRoll(contest=contest, frozen_at=now, eligible=eligible.get(contest.pk, 0)) for contest in contests],
        update_conflicts=True,
        unique_fields=["contest"],
        update_fields=["frozen_at", "eligible"],
    )
    if not unbuilt(contests[0].round).exists():
        count_not_mailed(contests[0].round)


def count_not_mailed(round) -> None:
    """Note for each contest how many on its roll are not written to: at once for all, with the last of them."""
    silent, params = sql_of(Member.objects.filter(email_key__in=suppression.suppressed_keys_query()).values("id"))
    # Looked for one by one: of a roll just built PostgreSQL knows too little to choose a join.
    found = ballotbox.eligible_counts(f"SELECT ({credential_of('m.id', round.pk)}) FROM ({silent}) AS m", params)
    uncounted = list(ContestRoll.objects.filter(contest__round=round, not_mailed=None))
    for figures in uncounted:
        figures.not_mailed = found.get(figures.contest_id, 0)
    ContestRoll.objects.bulk_update(uncounted, ["not_mailed"])


def electorate(contest):
    """The members who may vote in a contest: confirmed by the freeze and living in the race's place.

    A rehearsal's are the staff who are members too, wherever they live, so that nobody else can get a letter.
    """
    if contest.round.rehearsal:
        return staff_who_are_members(contest.round.freeze_at)
    members = Member.objects.confirmed(at=contest.round.freeze_at)
    return members.living_in(contest.race.place).exclude(pk__in=struck(contest))


def staff_who_are_members(at):
    """The members, confirmed by an instant, who sign in at the desk by the same address: a rehearsal's voters."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    return Member.objects.confirmed(at=at).filter(email_key__in=staff.values("email"))


def struck(contest):
    """The keys of those whom staff keep off the round's roll, as a query."""
    return Strike.objects.filter(round=contest.round_id).values("member")


def excluded(contest) -> dict:
    """{reason: members} of those who might have been on a contest's roll and are not."""
    place, freeze_at = contest.race.place, contest.round.freeze_at
    if contest.round.rehearsal:
        return {}
    there = Member.objects.living_in(place).filter(erased_at=None)
    alone = there.filter(merged_into=None)
    found = {
        Exclusion.Reason.STRUCK: Member.objects.confirmed(at=freeze_at).living_in(place).filter(pk__in=struck(contest)),
        Exclusion.Reason.DUPLICATE: there.filter(merged_into__isnull=False),
        Exclusion.Reason.UNCONFIRMED: alone.exclude(confirmed_at__isnull=False, confirmed_at__lte=freeze_at),
    }
    if place.kind == place.Kind.DISTRICT:
        found[Exclusion.Reason.DISTRICT] = Member.objects.confirmed(at=freeze_at).filter(
            state=place.state, district=None
        )
    return found


def enroll(contests) -> dict[int, int]:
    """{contest: how many}: make a piece's voters eligible, with a place on the round's roll for who has none.

    Whether she has one is asked by the index, member by member: joining the whole roll to each piece's members
    would cost as many looks at the roll as there are pieces.
    """
    # Somebody who moves while the roll is built must not vote for two districts' representatives. One statement
    # sees her in one place, so it is asked of the contests of other pieces, and of nobody who has no place yet.
    same = Contest.objects.filter(round=contests[0].round, race__office=contests[0].race.office)
    rivals = list(same.exclude(pk__in=[contest.pk for contest in contests]).order_by().values_list("pk", flat=True))
    for _draw in range(DRAWS):
        try:
            with transaction.atomic():
                return ENROLL[connection.vendor](contests, rivals)
        except IntegrityError as error:  # somebody has one of these credentials: draw all of them anew
            taken = error
    raise taken


def enroll_at_once(contests, rivals) -> dict[int, int]:
    """PostgreSQL's way: places and eligibility in one statement, both in the order of the credentials."""
    select, params = looked_for(contests)
    return ballotbox.admit(
        f"SELECT contest, id, coalesce(credential, {CREDENTIAL['postgresql']}) AS credential,"
        # OFFSET 0, or each use of the credential would look for it again.
        f" credential IS NULL AS fresh FROM ({select} OFFSET 0) AS found",
        params,
        rivals=rivals,
        also=f"{PLACE} SELECT credential, {int(contests[0].round_id)}, id, 0 FROM everybody WHERE fresh",
    )


def enroll_in_turn(contests, rivals) -> dict[int, int]:
    """SQLite's way, which takes no two inserts in one statement: places, and then eligibility."""
    connection.ensure_connection()
    connection.connection.create_function("random_credential", 0, lambda: secrets.randbits(63))
    select, params = looked_for(contests)
    statements.run(
        f"{PLACE} SELECT {CREDENTIAL['sqlite']}, {int(contests[0].round_id)}, id, 0"
        f" FROM ({select}) AS found WHERE credential IS NULL",
        params,
    )
    select, params = looked_for(contests)  # now everybody has a place
    everybody = f"SELECT contest, credential, false AS fresh FROM ({select}) AS found"
    return ballotbox.admit(everybody, params, rivals=rivals)


ENROLL = {"postgresql": enroll_at_once, "sqlite": enroll_in_turn}
PLACE = "INSERT INTO voting_rollentry (credential, round_id, member_id, generation)"


def looked_for(contests):
    """The voters of these contests as (SQL, parameters): contest, id, and the credential or NULL."""
    voters, params = union("SELECT {contest} AS contest, m.id FROM ({members}) AS m", voters_of(contests))
    anybody = RollEntry.objects.filter(round=contests[0].round).exists()
    credential = credential_of("voter.id", contests[0].round_id) if anybody else "CAST(NULL AS bigint)"
    return f"SELECT voter.contest, voter.id, ({credential}) AS credential FROM ({voters}) AS voter", params


def credential_of(member: str, round_id) -> str:
    """The credential of one member, named by a column, or NULL: a look into the index and never a join."""
    return f"SELECT e.credential FROM voting_rollentry e WHERE e.round_id = {int(round_id)} AND e.member_id = {member}"


def exclude(contests) -> None:
    """Note of those who might have been on these contests' rolls why they are not."""
    chosen = defaultdict(list)
    for contest in contests:
        for reason, members in excluded(contest).items():
            chosen[reason].append((contest, members))
    for reason, some in chosen.items():
        found, params = union(f"SELECT {{contest}}, m.id, '{reason.value}' FROM ({{members}}) AS m", some)
        statements.run(
            "INSERT INTO voting_exclusion (contest_id, member_id, reason)"
            f" SELECT * FROM ({found}) AS found WHERE true ON CONFLICT DO NOTHING",
            params,
        )


def voters_of(contests) -> list[tuple]:
    return [(contest, electorate(contest)) for contest in contests]


def union(select, chosen):
    """One select for each of these contests, of the members beside it, all in one, as (SQL, parameters)."""
    parts, params = [], []
    for contest, members in chosen:
        sql, values = sql_of(members.order_by().values("id"))
        parts.append(select.format(contest=int(contest.pk), members=sql))
        params += values
    return " UNION ALL ".join(parts), params


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
