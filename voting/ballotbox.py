"""The ballot box: all SQL of eligibility and envelopes, per vendor; what came out of it is openedballots.py.

Nobody else writes or reads these tables. Nothing here knows a choice: an envelope is sealed before it comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from voting.packed import ENVELOPE
from voting.refusals import Refusal
from voting.statements import asked, batched, binary_row, copy, marks, on_postgresql, rows, run, streamed, within

# The advisory lock of a round is (7701, round): shared by voters, exclusive for the closer.
LOCK = 7701


# ------------------------------------------------------------------------------------------------ rounds and locks


def prepare(round) -> None:
    """Make the round's own compartment for envelopes; again is free.

    Made apart and attached, not CREATE … PARTITION OF, which would lock out another round's voters.
    """
    if compartment_stands(round.pk):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s::int, %s::int)", [LOCK, round.pk])
        if compartment_stands(round.pk):
            return
        name = compartment(round.pk)
        cursor.execute(f"CREATE TABLE {name} (LIKE envelope INCLUDING ALL)")
        cursor.execute(f"ALTER TABLE envelope ATTACH PARTITION {name} FOR VALUES IN ({int(round.pk)})")


def may_prepare() -> bool:
    """Whether this process's database role may make a compartment: the owner's may."""
    if not on_postgresql():
        return True
    return asked("SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'envelope'::regclass")


def compartment(round_id: int) -> str:
    return f"envelope_{int(round_id)}"


def compartment_stands(round_id: int) -> bool:
    """Whether envelopes of this round have where to lie (always on SQLite)."""
    if not on_postgresql():
        return True
    return asked("SELECT to_regclass(%s::text) IS NOT NULL", [compartment(round_id)])


def lock_shared(round_id: int) -> None:
    """Hold the round open for one vote, to the end of the transaction; read its state in a later statement.

    Together with the state in one statement, a voter who waited would see the state from before her wait.
    """
    if on_postgresql():
        run("SELECT pg_advisory_xact_lock_shared(%s::int, %s::int)", [LOCK, round_id])
    # SQLite: the transaction began IMMEDIATE, and that is the lock.


def lock_exclusive(round_id: int) -> None:
    """Wait for the votes in flight and let none begin, to the end of the transaction."""
    if on_postgresql():
        run("SELECT pg_advisory_xact_lock(%s::int, %s::int)", [LOCK, round_id])


# -------------------------------------------------------------------------------------------------------- the roll


def plan_for_many(sorting: str) -> None:
    """Before statements over many members, to the end of the transaction: PostgreSQL would compile each one.

    It takes them for dearer than they are, because each row looks into an index, and compiles longer than it runs.
    sorting is the memory it may sort in.
    """
    if on_postgresql():
        run("SELECT set_config('jit', 'off', true), set_config('work_mem', %s, true)", [sorting])


def admit(select: str, params, *, rivals: Sequence[int] = (), also: str = "") -> dict[int, int]:
    """Make everybody whom the select names eligible, nobody of them yet being so there: {contest: how many}.

    It gives the columns contest, credential and fresh. Who is not fresh and is eligible in one of the rivals,
    contests too, is left out. also is what PostgreSQL does in the same statement with "everybody" who is left.
    """
    # + 0: found by the credential's place in the index, which is once, and not by each contest's, which is often.
    elsewhere = (
        "SELECT 1 FROM eligibility o WHERE o.credential = chosen.credential"
        f" AND o.contest_id + 0 IN ({marks(rivals)}) ORDER BY o.contest_id LIMIT 1"
    )
    left_out = f" WHERE fresh OR ({elsewhere}) IS NULL" if rivals else ""
    # In the order of the index, which then is walked through once.
    everybody = f"SELECT * FROM ({select}) AS chosen{left_out} ORDER BY chosen.credential"
    count = f"WITH everybody AS {{}} ({everybody}){{}} SELECT contest, count(*) FROM everybody GROUP BY contest"
    insert = "INSERT INTO eligibility (credential, contest_id) SELECT credential, contest FROM"
    params = [*params, *rivals]
    if on_postgresql():
        writes = f", admitted AS ({insert} everybody){also and f', also AS ({also})'}"
        return dict(rows(count.format("MATERIALIZED", writes), params))
    found = dict(rows(count.format("", ""), params))
    run(f"{insert} ({everybody}) AS everybody", params)
    return found


def strike(contest, credential: int) -> bool:
    """Take a credential off a contest's roll; False when it was not on it."""
    return bool(run("DELETE FROM eligibility WHERE credential = %s AND contest_id = %s", [credential, contest.pk]))


def eligible_counts(credentials_sql: str, params) -> dict[int, int]:
    """{contest: how many on its roll are among those whom the select names}, in one query."""
    return dict(
        rows(
            f"SELECT contest_id, count(*) FROM eligibility WHERE credential IN ({credentials_sql}) GROUP BY contest_id",
            params,
        )
    )


def contests_of(credentials: Iterable[int]) -> dict[int, list[int]]:
    """The contests each credential may vote in, by number; one query for a whole batch of letters."""
    wanted = list(credentials)
    found: dict[int, list[int]] = {credential: [] for credential in wanted}
    if wanted:
        these, params = within(wanted)
        select = f"SELECT credential, contest_id FROM eligibility WHERE credential {these}"
        for credential, contest in rows(f"{select} ORDER BY credential, contest_id", params):
            found[credential].append(contest)
    return found


def seats_of(contests: list[int]) -> tuple[str, list]:
    """A select of everybody eligible in one of these contests, for the post room's line."""
    if on_postgresql():
        return "SELECT seats_in(%s::bigint[]) AS seat", [contests]
    return f"SELECT DISTINCT credential AS seat FROM eligibility WHERE contest_id IN ({marks(contests)})", contests


# ------------------------------------------------------------------------------------------------------- envelopes


def drop_in(round_id: int, credential: int, sealed: dict[int, tuple[bytes, bytes, bytes]]) -> int:
    """Put in one ballot's envelopes, {contest: (sealed, mac, retry check)}, in one statement; how many are new.

    Only where she is eligible. Always in the order of contests, so that two senders of one link wait for each
    other instead of locking each other out.
    """
    values = ", ".join(["(CAST(%s AS bigint), %s, %s, %s)"] * len(sealed))
    params = [part for contest, parts in sorted(sealed.items()) for part in (contest, *parts)]
    return run(
        # INSERT in front: Python's sqlite3 counts no rows of a statement that begins with WITH.
        "INSERT INTO envelope (round_id, credential, contest_id, sealed, mac, retry_check)"
        f" WITH sent (contest_id, sealed, mac, retry_check) AS (VALUES {values})"
        f" SELECT {int(round_id)}, e.credential, e.contest_id, sent.sealed, sent.mac, sent.retry_check"
        " FROM sent JOIN eligibility e ON e.contest_id = sent.contest_id"
        " WHERE e.credential = %s ORDER BY e.contest_id ON CONFLICT DO NOTHING",
        [*params, credential],
    )


def cast(round_id: int, credential: int, generation: int, sealed: dict[int, tuple[bytes, bytes, bytes]]) -> str:
    """PostgreSQL's own way to put in a ballot: lock, checks and envelopes in one round trip; a casting.Outcome.

    The web's database role may do this and read none of the tables. Committed when it returns, by itself.
    """
    contests = sorted(sealed)
    parts = [[sealed[contest][part] for contest in contests] for part in range(3)]
    # A transaction around it would not be committed yet: only the one of a test may be there.
    with transaction.atomic(durable=True) if connection.in_atomic_block else nullcontext():
        return asked(
            "SELECT cast_ballot(%s, %s, %s, %s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])",
            [round_id, credential, generation, contests, *parts],
        )


def status(round_id: int, credential: int) -> list[tuple[int, bytes | None, bool]]:
    """(contest, retry check, took part) of each contest a credential may vote in: what the web may know of her.

    A retry check: her envelope is in the box. Took part: it was opened.
    """
    found = rows(
        "SELECT contest_id, retry_check, took_part FROM my_status(%s, %s)"
        if on_postgresql()
        else "SELECT g.contest_id, e.retry_check, p.credential IS NOT NULL FROM eligibility g"
        " LEFT JOIN envelope e ON e.round_id = %s AND e.credential = g.credential AND e.contest_id = g.contest_id"
        " LEFT JOIN participation p ON p.contest_id = g.contest_id AND p.credential = g.credential"
        " WHERE g.credential = %s ORDER BY g.contest_id",
        [round_id, credential],
    )
    return [(contest, check and bytes(check), bool(part)) for contest, check, part in found]


def pour_in(round_id: int, sealed: list[tuple[int, int, bytes, bytes, bytes]]) -> None:
    """Put in many voters' envelopes, (credential, contest, sealed, mac, retry check), of a simulated vote.

    No eligibility is asked for and none may lie there yet: a vote of a person comes in by drop_in.
    """
    lines = [(round_id, *parts) for parts in sealed]
    types = ["int8", "int8", "int8", "bytea", "bytea", "bytea"]
    copy("envelope (round_id, credential, contest_id, sealed, mac, retry_check)", types, lines)


def retry_checks(round_id: int, credential: int) -> dict[int, bytes]:
    """{contest: retry check} of the envelopes a credential has in the box; empty: she has not voted."""
    return {contest: check for contest, check, _part in status(round_id, credential) if check}


def voted(round_id: int, credentials: Iterable[int]) -> set[int]:
    """Which of these credentials have a vote in the box or took part in an opened contest of theirs."""
    wanted = list(credentials)
    if not wanted:
        return set()
    if on_postgresql():
        return {one for (one,) in rows("SELECT who_voted(%s, %s::bigint[])", [round_id, wanted])}
    found = rows(
        f"SELECT credential FROM envelope WHERE round_id = %s AND credential IN ({marks(wanted)}) UNION"
        # After opening and destruction of the envelopes, participation still knows who took part.
        " SELECT p.credential FROM participation p JOIN eligibility e"
        " ON e.credential = p.credential AND e.contest_id = p.contest_id"
        f" WHERE e.credential IN ({marks(wanted)})",
        [round_id, *wanted, *wanted],
    )
    return {credential for (credential,) in found}


def envelopes(contest) -> Iterator[tuple[int, bytes, bytes]]:
    """(credential, sealed, mac) of every envelope of a contest, by credential, as they come: never all in memory."""
    return streamed(
        f"SELECT credential, sealed, mac FROM envelope {box_of(contest)} ORDER BY credential",
        ["int8", "bytea", "bytea"],
    )


def pieces(contest, size: int) -> Iterator[bytes]:
    """Every envelope of a contest as ENVELOPE lays it out, by credential, so many in each piece but the last."""
    if not on_postgresql():
        for some in batched(envelopes(contest), size):
            yield b"".join(ENVELOPE.pack(*one) for one in some)
        return
    last = -1
    while last is not None:
        piece, last = binary_row(
            "SELECT string_agg(int8send(credential) || sealed || mac, ''), max(credential)"
            f" FROM (SELECT credential, sealed, mac FROM envelope {box_of(contest)} AND credential > %s"
            " ORDER BY credential LIMIT %s) AS piece",
            [last, size],
        )
        if piece:
            yield piece


def box_of(contest) -> str:
    return f"WHERE round_id = {int(contest.round_id)} AND contest_id = {int(contest.pk)}"


def envelope_count(contest) -> int:
    """How many envelopes lie in a contest's box."""
    return asked(
        "SELECT count(*) FROM envelope WHERE round_id = %s AND contest_id = %s", [contest.round_id, contest.pk]
    )


def envelope_counts(round_id: int) -> dict[int, int]:
    """{contest: envelopes} of a whole round, in one query."""
    if on_postgresql():
        return dict(rows("SELECT contest_id, ballots FROM ballots_in(%s)", [round_id]))
    return dict(rows("SELECT contest_id, count(*) FROM envelope WHERE round_id = %s GROUP BY contest_id", [round_id]))


def need_right_to_wipe() -> None:
    """Refusal where this process's database role may not wipe a rehearsal."""
    if on_postgresql() and not may("wipe_rehearsal(bigint)"):
        raise Refusal(_("This website may not empty the ballot box. Do it at the desk of the mail host."))


def rehearsal_voted(round) -> bool:
    """Whether anybody has voted in a rehearsal; of a real round the answer is always no."""
    if on_postgresql():
        return asked("SELECT rehearsal_voted(%s)", [round.pk])
    return round.rehearsal and asked("SELECT EXISTS (SELECT 1 FROM envelope WHERE round_id = %s)", [round.pk])


def void_envelope(round_id: int, credential: int) -> dict[int, bytes]:
    """Take a whole ballot out before opening; {contest: MAC} of what was taken. The caller records that and why.

    Whole ballots only, so that a ballot is in the box for all its contests or for none. Refusal where this
    process's database role may not.
    """
    key = [round_id, credential]
    if on_postgresql():
        if not may("take_out(bigint, bigint)"):
            raise Refusal(_("This website may not take ballots out of the box. Do it at the desk of the mail host."))
        taken = rows("SELECT contest_id, mac FROM take_out(%s, %s)", key)
    else:
        taken = rows("SELECT contest_id, mac FROM envelope WHERE round_id = %s AND credential = %s", key)
        run("DELETE FROM envelope WHERE round_id = %s AND credential = %s", key)
    return {contest: bytes(mac) for contest, mac in taken}


def destroy_envelopes(round) -> bool:
    """Empty the round's compartment so that no page of the database file still holds an envelope.

    PostgreSQL truncates (a deleted row stays readable on disk, trust.md 0.1), once the round is certified or
    cancelled. SQLite overwrites what it deletes (secure_delete) and then empties its write-ahead log, once the
    transaction is through. False where this process's database role may not: another process's tick does it.
    """
    if on_postgresql():
        if not may("empty_box(bigint)"):
            return False
        rows("SELECT empty_box(%s)", [round.pk])
        return True
    run("DELETE FROM envelope WHERE round_id = %s", [round.pk])
    transaction.on_commit(empty_log)
    return True


def wipe_rehearsal(round) -> dict[str, int]:
    """Take everything of a rehearsal that is over out of the box, the roll's eligibility too; how many of what.

    On PostgreSQL by a function that refuses every other round. Refusal where this process's database role may not.
    """
    if on_postgresql():
        need_right_to_wipe()
        [(eligibility, opened, participation, envelopes)] = rows("SELECT * FROM wipe_rehearsal(%s)", [round.pk])
    else:
        if not asked("SELECT rehearsal FROM rounds_round WHERE id = %s", [round.pk]):
            raise Refusal(_("Only a rehearsal is wiped."))
        its = f"contest_id IN (SELECT id FROM rounds_contest WHERE round_id = {int(round.pk)})"
        eligibility, opened, participation = (
            run(f"DELETE FROM {table} WHERE {its}") for table in ("eligibility", "opened_ballot", "participation")
        )
        envelopes = run("DELETE FROM envelope WHERE round_id = %s", [round.pk])
        transaction.on_commit(empty_log)
    return {
        "eligibility": eligibility,
        "opened_ballot": opened,
        "participation": participation,
        "envelope": envelopes,
    }


def may(function: str) -> bool:
    """Whether this process's database role may call one of the ballot box's functions."""
    return asked("SELECT has_function_privilege(%s::text, 'EXECUTE')", [function])


def empty_log() -> None:
    """Write SQLite's log back and cut it to nothing; a reader in the way only delays that to the next time."""
    run("PRAGMA wal_checkpoint(TRUNCATE)")
