"""What came out of the box: opened ballots by line id, and who took part, by credential; all SQL of both, per vendor.

Nothing in the two tables tells which line was whose.
"""

from array import array
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from voting import packed
from voting.packed import Lines
from voting.refusals import Refusal
from voting.statements import asked, copy_packed, insert, marks, on_postgresql, rows, run, streamed


def record_opened(contest, lines: Iterable[tuple[bytes, int]], *, credentials: Iterable[int]) -> None:
    """Write the opened lines (line id, option), sorted by line id, and who took part, sorted by credential.

    One call in the caller's transaction, so that nothing in the tables pairs the two. Refused when two lines
    have one id or the two lists differ in length.
    """
    opened_lines = lines if isinstance(lines, Lines) else Lines(lines)
    # From the opening they come packed and sorted, as the envelopes were read.
    taking_part = credentials if isinstance(credentials, array) else array("q", sorted(credentials))
    if opened_lines.twice() or len(opened_lines) != len(taking_part):
        raise Refusal(_("The opened lines and the voters of this contest do not fit together."))
    if on_postgresql():
        ballots = packed.rows_of_lines(contest.pk, opened_lines.heaps)
        copy_packed("opened_ballot (contest_id, line_id, option_number)", ballots)
        copy_packed("participation (contest_id, credential)", packed.rows_of_voters(contest.pk, taking_part))
    else:
        insert("opened_ballot (contest_id, line_id, option_number)", ((contest.pk, *one) for one in opened_lines))
        insert("participation (contest_id, credential)", ((contest.pk, one) for one in taking_part))


def opened(contest) -> list[tuple[bytes, int]]:
    """(line id, option) of every opened line, sorted by line id."""
    return [(bytes(line), option) for line, option in opened_lines(contest)]


def opened_lines(contest) -> Iterator[tuple[bytes, int]]:
    """The same as they come, never all in memory."""
    select = f"SELECT line_id, option_number FROM opened_ballot WHERE contest_id = {int(contest.pk)} ORDER BY line_id"
    return streamed(select, ["bytea", "int2"])


def may_read_opened() -> bool:
    """Whether this process's database role may read opened lines, as packing a round needs."""
    return not on_postgresql() or asked("SELECT has_table_privilege('opened_ballot', 'SELECT')")


def places_of(line_id: bytes, contests: list[int]) -> dict[int, tuple[int, int]]:
    """{contest: (number, option)} of one opened line in these contests, numbered from 1 as in the file; one query."""
    if not contests:
        return {}
    found = (
        rows("SELECT contest_id, number, option_number FROM line_at(%s, %s::bigint[])", [line_id, contests])
        if on_postgresql()
        else rows(
            "SELECT contest_id, (SELECT count(*) FROM opened_ballot o WHERE o.contest_id = b.contest_id"
            " AND o.line_id <= b.line_id), option_number FROM opened_ballot b"
            f" WHERE line_id = %s AND contest_id IN ({marks(contests)})",
            [line_id, *contests],
        )
    )
    return {contest: (number, option) for contest, number, option in found}


def participation_count(contest) -> int:
    """How many people's envelopes were opened in a contest, skips among them."""
    return asked("SELECT count(*) FROM participation WHERE contest_id = %s", [contest.pk])


def counts(contest) -> dict[int, int]:
    """{option number: lines} of an opened contest; 0 is the skips."""
    return dict(
        rows(
            "SELECT option_number, count(*) FROM opened_ballot WHERE contest_id = %s GROUP BY option_number",
            [contest.pk],
        )
    )


def destroy_participation(round) -> int:
    """Delete who took part in a round's contests, once the dispute window is over; how many rows."""
    if on_postgresql():
        return asked("SELECT forget_participation(%s)", [round.pk])
    contests = list(round.contests.values_list("pk", flat=True))
    return run(f"DELETE FROM participation WHERE contest_id IN ({marks(contests)})", contests) if contests else 0
