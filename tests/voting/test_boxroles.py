"""The database's roles, by attempts: the web may cast and ask for status, and reach no ballot by any other way."""

import secrets
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from endorsements import lifecycle, steering
from rounds.models import Contest, Round
from tests.factories.results import counted
from tests.factories.rounds import RoundFactory
from tests.factories.voting import RollEntryFactory, polls, vote
from tests.voting.walking import heading, in_order, open_link, press
from voting import (
    ballotbox,
    boxroles,
    casting,
    checks,
    links,
    obstacles,
    openedballots,
    opening,
    packing,
    posting,
    turnout,
    voiding,
)
from voting.casting import Outcome
from voting.models import Count
from voting.refusals import Refusal

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def roles(monkeypatch, db):
    """The three roles, of this test database alone; they go with the transaction."""
    name = connection.settings_dict["NAME"]
    monkeypatch.setattr(boxroles, "name_of", lambda role: f"{name}_{role}")


@pytest.fixture
def now_open():
    """Polls that are open by the real clock, which the database's function reads: one contest, two voters."""
    now = timezone.now()
    round, contests, entries = polls(
        voters=2,
        nominations_open_at=now - timedelta(days=40),
        nominations_close_at=now - timedelta(days=20),
        freeze_at=now - timedelta(days=2),
        voting_opens_at=now - HOUR,
        voting_closes_at=now + HOUR,
        announce_at=now + timedelta(days=3),
    )
    boxroles.grant_all()
    return round, contests, entries


@contextmanager
def being(role):
    """Act with a role's rights and no others."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {boxroles.quoted(boxroles.name_of(role))}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def refused(statement):
    """Whether the database refuses a statement for want of rights; a statement that is wrong otherwise was let in."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if statement.startswith("COPY"):
                with cursor.copy(statement) as pipe:
                    if "TO STDOUT" in statement:
                        list(pipe)
            else:
                cursor.execute(statement)
    except (DatabaseError, psycopg.Error) as error:
        return "permission denied" in str(error) or "must be owner" in str(error)
    return False


def attempts(round):
    """Every way to read or change a table of the ballot box, a round's own compartment among them."""
    for table in [*boxroles.TABLES, ballotbox.compartment(round.pk)]:
        column = "credential" if table != "opened_ballot" else "contest_id"
        yield f"SELECT {column} FROM {table}"
        yield f"SELECT count(*) FROM {table}"
        yield f"UPDATE {table} SET {column} = {column}"
        yield f"DELETE FROM {table}"
        yield f"TRUNCATE {table}"
        yield f"COPY {table} TO STDOUT"
        yield f"COPY {table} FROM STDIN"
        yield f"INSERT INTO {table} DEFAULT VALUES"
        yield f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"
        yield f"DROP TABLE {table}"


def test_the_web_casts_and_asks_and_is_refused_everything_else(now_open):
    round, (contest,), (entry, other) = now_open
    nonce = secrets.token_bytes(16)
    with being(boxroles.WEB):
        assert not casting.has_voted(entry)
        assert casting.cast(entry, choices={contest.pk: 1}, nonce=nonce) == Outcome.RECORDED
        assert casting.cast(entry, choices={contest.pk: 1}, nonce=nonce) == Outcome.SAME_AGAIN
        assert casting.cast(entry, choices={contest.pk: 2}, nonce=nonce) == Outcome.ALREADY
        assert casting.has_voted(entry)
        assert not casting.has_voted(other)
        assert list(casting.lines(entry, nonce)) == [contest.pk]
        assert [statement for statement in attempts(round) if not refused(statement)] == []
        for call in (
            "who_voted(1, '{1}')",
            "ballots_in(1)",
            "take_out(1, 1)",
            "empty_box(1)",
            "forget_participation(1)",
        ):
            assert refused(f"SELECT {call}"), call
        assert not boxroles.reads_ballots()
    assert ballotbox.envelope_count(contest) == 1


def test_a_whole_ballot_goes_through_the_pages_with_the_webs_rights(now_open):
    _round, (contest,), (entry, _other) = now_open
    with being(boxroles.WEB):
        client = Client()
        page = press(open_link(entry, client), "start", client)
        check = press(page, "next", client, **{f"c{contest.pk}": "01"})
        receipt = press(check, "send", client)
        assert heading(receipt) == "We have your vote"
        assert press(receipt, "lines", client).status_code == 200
        assert press(receipt, "mail", client).status_code == 200
        assert press(check, "send", client).content == receipt.content
        assert open_link(entry, client).status_code == 200
    assert in_order(entry) == [contest.pk]


def test_a_sent_ballot_costs_three_statements(now_open, django_assert_num_queries):
    """Whose it is, what is on the ballot, and the box: one round trip with the lock, the checks and the envelopes."""
    _round, (contest,), (entry, _other) = now_open
    check = press(press(open_link(entry), "start"), "next", **{f"c{contest.pk}": "01"})
    with django_assert_num_queries(5):  # with the test's own transaction: a savepoint and its release
        assert heading(press(check, "send")) == "We have your vote"


def test_what_the_function_answers_is_what_statements_of_our_own_answer(now_open, dee):
    """Stranger, dead link, early, late, paused, closed, cancelled, a stopped race: by either way, the same word."""
    round, (contest,), (entry, _other) = now_open
    now = timezone.now()
    cases = {
        Outcome.NOT_YET: {"voting_opens_at": now + HOUR / 2},
        Outcome.CLOSED: {"voting_closes_at": now - HOUR / 2},
        Outcome.PAUSED: {"paused_since": now},
        Outcome.CANCELLED: {"stage": Round.Stage.CANCELLED},
    }
    for outcome, fields in cases.items():
        before = {name: getattr(round, name) for name in fields}
        Round.objects.filter(pk=round.pk).update(**fields)
        assert both_ways(entry, {contest.pk: 1}) == {outcome}
        Round.objects.filter(pk=round.pk).update(**before)
    for stage in (Round.Stage.FROZEN, Round.Stage.POLLS_CLOSED, Round.Stage.CERTIFIED):
        Round.objects.filter(pk=round.pk).update(stage=stage)
        assert both_ways(entry, {contest.pk: 1}) == {Outcome.NOT_YET if stage == "frozen" else Outcome.CLOSED}
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.VOTING)

    stranger = RollEntryFactory(round=round)
    assert both_ways(stranger, {contest.pk: 1}) == {Outcome.CHANGED}
    Contest.objects.filter(pk=contest.pk).update(state=Contest.State.STOPPED)
    assert both_ways(entry, {contest.pk: 1}) == {Outcome.CHANGED}
    Contest.objects.filter(pk=contest.pk).update(state=Contest.State.OPEN)

    links.renew(type(entry).objects.get(pk=entry.pk), by=dee, now=now, reason="Her letter was forwarded.")
    assert both_ways(entry, {contest.pk: 1}) == {Outcome.DEAD_LINK}
    assert ballotbox.envelope_count(contest) == 0


def both_ways(entry, choices):
    nonce = secrets.token_bytes(16)
    said = {casting.cast(entry, choices=choices, nonce=nonce)}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ballotbox, "on_postgresql", lambda: False)  # casting's own statements
        patched.setattr(casting.ballotbox, "status", status_by_tables)
        said.add(casting.cast(entry, choices=choices, nonce=nonce))
    return said


def status_by_tables(round_id, credential):
    contests = ballotbox.contests_of([credential])[credential]
    with connection.cursor() as cursor:
        cursor.execute("SELECT contest_id, retry_check FROM envelope WHERE credential = %s", [credential])
        checks = {contest: bytes(check) for contest, check in cursor.fetchall()}
    return [(contest, checks.get(contest), False) for contest in contests]


def test_the_post_room_knows_who_has_voted_and_not_how(now_open, dee):
    round, (contest,), (entry, other) = now_open
    vote(entry)
    with being(boxroles.POST):
        assert ballotbox.voted(round.pk, [entry.pk, other.pk]) == {entry.pk}
        assert ballotbox.contests_of([entry.pk]) == {entry.pk: [contest.pk]}
        assert turnout.refresh(timezone.now()) == 1
        assert posting.enqueue_ballots(round, now=timezone.now()) == 2
        allowed = [statement for statement in attempts(round) if not refused(statement)]
        assert allowed == [
            "SELECT credential FROM eligibility",
            "SELECT count(*) FROM eligibility",
            "COPY eligibility TO STDOUT",
            "COPY eligibility FROM STDIN",
            "INSERT INTO eligibility DEFAULT VALUES",
        ]
        assert voiding.void_ballot(entry, by=dee, now=timezone.now(), reason="Her neighbor used the link.") == 1
    assert ballotbox.envelope_count(contest) == 0


def test_the_web_can_not_void_a_ballot_and_says_where_to(now_open, dee):
    _round, (contest,), (entry, _other) = now_open
    vote(entry)
    with being(boxroles.WEB), pytest.raises(Refusal, match="may not take ballots out"):
        voiding.void_ballot(entry, by=dee, now=timezone.now(), reason="Her neighbor used the link.")
    assert ballotbox.envelope_count(contest) == 1


def test_a_cancelled_round_is_emptied_by_the_next_tick_where_the_web_may_not(now_open, dee):
    round, (contest,), (entry, _other) = now_open
    vote(entry)
    with being(boxroles.WEB):
        assert steering.cancel(round, by=dee, now=timezone.now(), reason="The list was wrong.") is True
    assert ballotbox.envelope_count(contest) == 1
    with being(boxroles.POST):
        lifecycle.advance_all(timezone.now())
    assert ballotbox.envelope_count(contest) == 0


def test_nobody_empties_the_box_of_a_running_round(now_open):
    round, _contests, (entry, _other) = now_open
    vote(entry)
    for call in ("empty_box", "forget_participation"):
        with pytest.raises(DatabaseError, match="once it is"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {call}(%s)", [round.pk])


def test_the_tally_opens_and_counts_with_its_own_rights_and_changes_no_envelope(now_open):
    round, (contest,), entries = now_open
    for entry in entries:
        vote(entry)
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.POLLS_CLOSED)
    round.refresh_from_db()
    with being(boxroles.TALLY):
        assert opening.open_step(round, now=round.voting_closes_at) is True
        allowed = {statement for statement in attempts(round) if not refused(statement)}
        assert not {one for one in allowed if one.startswith(("UPDATE", "DELETE", "TRUNCATE", "LOCK", "DROP"))}
        assert "SELECT credential FROM envelope" in allowed
    assert Count.objects.get(contest=contest).state == Count.State.OPENED


def test_the_web_finds_a_line_of_a_certified_round_alone(now_open):
    round, (contest,), _entries = now_open
    line = bytes(range(13))
    openedballots.record_opened(contest, [(line, 1)], credentials=[5])
    with being(boxroles.WEB):
        assert openedballots.places_of(line, [contest.pk]) == {}
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ANNOUNCED)
    with being(boxroles.WEB):
        assert openedballots.places_of(line, [contest.pk]) == {contest.pk: (1, 1)}


def test_the_freeze_waits_for_a_box_that_this_role_may_not_make(now_open, capsys):
    coming = RoundFactory(stage=Round.Stage.VETTING)
    assert not any("ballot box" in one.sentence for one in obstacles.obstacles(coming, timezone.now()))  # the owner may
    with being(boxroles.POST):
        [said] = [one for one in obstacles.obstacles(coming, timezone.now()) if "ballot box" in one.sentence]
        assert said.blocking and f"manage.py ballot_box prepare {coming.slug}" in said.sentence
        with pytest.raises(CommandError, match="owner"):
            call_command("ballot_box", "prepare")
        with pytest.raises(CommandError, match="owner"):
            call_command("ballot_box", "roles")
        coming.stage = Round.Stage.NOMINATING
        [early] = [one for one in obstacles.obstacles(coming, timezone.now()) if "ballot box" in one.sentence]
        assert not early.blocking
    for _time in range(2):
        call_command("ballot_box", "prepare", coming.slug)
    coming.stage = Round.Stage.VETTING
    with being(boxroles.POST):
        assert not any("ballot box" in one.sentence for one in obstacles.obstacles(coming, timezone.now()))
        ballotbox.prepare(coming)  # it stands: nothing to make
    with pytest.raises(CommandError, match="no round"):
        call_command("ballot_box", "prepare", "nowhere")


def test_roles_are_given_twice_alike_and_passwords_travel_as_their_check(now_open, settings, caplog):
    caplog.set_level("DEBUG", logger="django.db.backends")
    settings.BOX_PASSWORDS = {"web": "a word nobody logs", "post": "", "tally": ""}
    settings.DEBUG = True
    call_command("ballot_box", "roles")
    call_command("ballot_box", "roles")
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [boxroles.name_of("web")])
        assert cursor.fetchone()[0].startswith("SCRAM-SHA-256$")
    assert "a word nobody logs" not in caplog.text


def test_the_deploy_check_warns_of_one_role_for_everything_but_on_the_tally_host(now_open, settings):
    settings.KEYS_DIR.joinpath("seal").rename(settings.KEYS_DIR / "elsewhere")
    assert [one.id for one in checks.one_role(None)] == ["voting.W001"]
    with being(boxroles.WEB):
        assert checks.one_role(None) == []
    settings.KEYS_DIR.joinpath("elsewhere").rename(settings.KEYS_DIR / "seal")
    assert checks.one_role(None) == []


def test_the_web_shows_a_package_that_the_tally_packed(now_open, client):
    round, (contest,), _entries = now_open
    Contest.objects.filter(pk=contest.pk).delete()
    counted({1: 60, 2: 40}, round=round, stage=Round.Stage.ANNOUNCED)
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.ANNOUNCED)
    address = f"/rounds/{round.slug}/package.zip"
    with being(boxroles.WEB):
        assert packing.pack_due(timezone.now()) == 0
        assert client.get(address).status_code == 404
    with being(boxroles.TALLY):
        assert packing.pack_due(timezone.now()) == 1
    with being(boxroles.WEB):
        assert client.get(address).status_code == 200
