"""Nobody learns how somebody voted: not from tables, dumps, disks, logs, letters or error reports (trust.md 2)."""

import itertools
import logging
import os
import random
import re
import subprocess
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from django import get_version
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils.log import AdminEmailHandler

from journal import clock
from keys import escrow, files, sealing
from mailings import postroom
from rounds.models import Candidacy, Round
from tests import servers
from tests.crawl import every_row
from tests.factories.voting import keys_of, polls, vote
from tests.voting.walking import fields, in_order, open_link, press
from voting import ballotbox, casting, ceremony, links, opening, records, tickets

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
MARK = "Zaphira Quillfeather"  # a candidate whom nothing else is named after
BOX = ("envelope", "opened_ballot", "participation")


@pytest.fixture
def open_polls(set_clock):
    """Two contests of two candidates each, and four voters; the mark is the second one's name."""
    round, contests, entries = polls(contests=2, candidates=2, voters=4)
    for contest in contests:
        chosen = contest.options.get(number=2).candidacy_id
        Candidacy.objects.filter(pk=chosen).update(name=MARK)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests, entries


def vote_by_the_pages(entry, option, client=None):
    """Her vote through the pages, the same option in both contests; every page on the way."""
    client = client or Client()
    pages = [open_link(entry, client)]
    pages.append(press(pages[-1], "start", client))
    for contest in in_order(entry):
        pages.append(press(pages[-1], "next", client, **{f"c{contest}": f"{option:02d}"}))
    for go in ("send", "mail", "lines"):
        pages.append(press(pages[-1], go, client))
    assert [page.status_code for page in pages] == [200] * 7
    return pages


def sealed_of(entry):
    """{contest: the three byte strings of her envelope}."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT contest_id, sealed, mac, retry_check FROM envelope WHERE credential = %s", [entry.pk])
        return {contest: tuple(map(bytes, parts)) for contest, *parts in cursor.fetchall()}


# Before opening


def test_a_vote_adds_sealed_envelopes_to_the_tables_and_nothing_else(open_polls):
    _round, contests, (entry, *_others) = open_polls
    before = every_row(but=["cache"])
    client = Client()
    pages = vote_by_the_pages(entry, 2, client)
    after = every_row(but=["cache"])
    changed = {
        table: sorted(set(after[table]) - set(before[table])) for table in after if after[table] != before[table]
    }
    letters = [table for table in changed if table != "envelope" and not table.startswith("envelope_")]
    assert letters == ["mailings_letter"]  # the receipt she asked for: a row without choice, address or number
    assert len(changed["envelope"]) == len(contests)
    assert all(before[table] == [row for row in after[table] if row in before[table]] for table in after)
    [letter] = changed["mailings_letter"]
    assert not re.search(rf"{MARK}|\bc\d+\b|option", letter)
    assert (every_row()["cache"], every_row()["django_session"], client.cookies) == ([], [], {})
    assert [page.request["QUERY_STRING"] for page in pages] == [""] * 7
    assert [page.request["PATH_INFO"] for page in pages[1:]] == ["/vote/"] * 6


def test_envelopes_are_of_one_length_and_share_no_bytes(open_polls):
    round, _contests, entries = open_polls
    for entry, option in zip(entries, (1, 1, 2, 3), strict=True):
        vote(entry, option=option)
    envelopes = [parts for entry in entries for parts in sealed_of(entry).values()]
    assert {tuple(map(len, parts)) for parts in envelopes} == {(sealing.SEALED, 32, 32)}
    for kind in range(3):
        strings = [parts[kind] for parts in envelopes]
        for one, other in itertools.combinations(strings, 2):
            pieces = {one[at : at + 6] for at in range(len(one) - 5)}
            assert not pieces & {other[at : at + 6] for at in range(len(other) - 5)}
    name = records.key_name(round.pk)
    said = b"".join(part for parts in envelopes for part in parts)
    assert files.read(files.CAST, name) not in said
    # About as many bits set as not: the bytes look like chance, whatever was chosen.
    assert 0.45 < sum(byte.bit_count() for byte in said) / (8 * len(said)) < 0.55


def test_no_log_at_any_level_has_a_choice_a_ticket_or_a_link(open_polls, caplog, settings):
    settings.DEBUG = True  # so that Django logs every statement
    for name in ("", "django", "django.db.backends", "django.request"):
        caplog.set_level(logging.DEBUG, logger=name)
    # This one would tell all; the settings hold it back whatever level is asked for.
    assert logging.getLogger("django.template").level == logging.INFO
    round, contests, (entry, *_others) = open_polls
    token = links.ballot_token(entry)
    pages = vote_by_the_pages(entry, 2)
    ticket = fields(pages[-1])["ticket"]
    postroom.send_due(clock.now())
    lines = casting.lines(entry, tickets.read(ticket, now=clock.now()).nonce)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "INSERT INTO envelope" in logged
    assert [word for word in (token, ticket, *lines.values()) if word in logged] == []
    for contest in contests:
        assert not re.search(rf"\bc{contest.pk}\b.{{0,4}}02", logged)
    # The voter's number and her option never stand in one statement.
    assert [line for line in logged.splitlines() if str(entry.pk) in line and MARK in line] == []


def test_no_letter_tells_what_she_chose(open_polls):
    round, _contests, (ayes, noes, *_others) = open_polls
    for entry, option in ((ayes, 1), (noes, 2)):
        vote_by_the_pages(entry, option)
    mail.outbox.clear()
    postroom.send_due(clock.now())
    assert len(mail.outbox) == 2
    texts = {re.sub(r"member\d+@\S+|Number \d+", "", message.body) for message in mail.outbox}
    assert len(texts) == 1
    assert MARK not in texts.pop()


@pytest.mark.parametrize("where", ["voting.casting.seal", "voting.ballotbox.drop_in", "voting.forms.BallotForm"])
def test_an_error_report_has_no_choice_and_no_ticket(open_polls, monkeypatch, settings, caplog, where):
    settings.ADMINS = [("Dee", "dee@example.org")]
    _round, _contests, (entry, *_others) = open_polls
    client = Client(raise_request_exception=False)
    page = press(open_link(entry, client), "start", client)
    for contest in in_order(entry):
        page = press(page, "next", client, **{f"c{contest}": "02"})

    def broken(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr(where, broken)
    sent = press(page, "send", client)
    assert sent.status_code == 500
    [record] = [
        record for record in caplog.records if record.name == "django.request" and record.levelno >= logging.ERROR
    ]
    record.request = sent.wsgi_request
    record.exc_info = sent.exc_info if hasattr(sent, "exc_info") and sent.exc_info else record.exc_info
    mail.outbox.clear()
    AdminEmailHandler(include_html=True).emit(record)
    [report] = mail.outbox
    said = report.body + "".join(content for content, _kind in report.alternatives) + sent.content.decode()
    assert "RuntimeError" in said
    said = said.replace(get_version(), "")  # "5.2" is no choice of option 2 in contest 5
    assert fields(page)["ticket"] not in said
    for contest in in_order(entry):
        assert not re.search(rf"\b{contest}\b[^\w\n]{{1,8}}0?2\b|c{contest}\W{{1,12}}02", said)


def test_an_error_behind_a_link_mails_the_link_to_nobody(open_polls, monkeypatch, settings):
    """Whatever Django would send by itself when administrators are named: no link of anybody's is in it."""
    settings.ADMINS = [("Dee", "dee@example.org")]
    _round, _contests, (entry, *_others) = open_polls

    def broken(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr("voting.roll.ballot_of", broken)
    mail.outbox.clear()
    assert open_link(entry, Client(raise_request_exception=False)).status_code == 500
    token = links.ballot_token(entry)
    assert [message.subject for message in mail.outbox if token in message.message().as_string()] == []


# Dumps


def dump():
    """The whole database as text, as its own tools write it."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        return "\n".join(connection.connection.iterdump())
    said = connection.settings_dict
    command = [servers.find("pg_dump"), "-h", said["HOST"], "-p", str(said["PORT"]), "-U", said["USER"], said["NAME"]]
    environment = {**os.environ, "PGPASSWORD": said.get("PASSWORD") or ""}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout


def envelopes_in(text):
    """{(credential, contest): sealed bytes} read out of a dump."""
    if connection.vendor == "sqlite":
        rows = re.findall(r"""INSERT INTO "?envelope"? VALUES\(\d+,(\d+),(\d+),X'([0-9A-F]+)',""", text)
    else:
        blocks = re.findall(r"^COPY public\.envelope_\d+ .*?;\n(.*?)^\\\.", text, re.S | re.M)
        rows = [
            (credential, contest, sealed.removeprefix("\\\\x"))
            for block in blocks
            for _round, credential, contest, sealed, *_rest in (line.split("\t") for line in block.splitlines())
        ]
    return {(int(credential), int(contest)): bytes.fromhex(sealed) for credential, contest, sealed in rows}


def opened_with(key, round, found):
    """{(credential, contest): option} of the envelopes that a key opens."""
    options = {}
    for (credential, contest), sealed in found.items():
        try:
            record = sealing.open_sealed(sealed, key, info=records.info(round.pk, credential, contest))
        except sealing.Unopenable:
            continue
        options[credential, contest] = records.unpack(record, credential=credential, contest=contest)[0]
    return options


def test_a_dump_opens_with_two_shares_of_the_right_key_and_with_nothing_less(open_polls, dee):
    round, contests, entries = open_polls
    chosen = dict(zip(entries, (1, 2, 3, 2), strict=True))
    for entry, option in chosen.items():
        vote(entry, option=option)
    found = envelopes_in(dump())
    right = {(entry.pk, contest.pk): option for entry, option in chosen.items() for contest in contests}
    assert found.keys() == right.keys()
    shares = ceremony.escrow(round, by=dee, now=clock.now())
    for first, second in itertools.permutations(shares, 2):
        assert opened_with(escrow.join(first, second), round, found) == right
    for share in shares:
        with pytest.raises(escrow.BadShares):
            escrow.join(share, share)
        for piece in share.split("."):
            assert opened_with(bytes.fromhex(piece[1:]), round, found) == {}
    other, _contests, _entries = polls()
    assert opened_with(files.read(files.SEAL, records.key_name(other.pk)), round, found) == {}
    for kind, name in ((files.CAST, records.key_name(round.pk)), (files.LINK, records.key_name(round.pk))):
        assert opened_with(files.read(kind, name), round, found) == {}


def test_a_dump_holds_no_key_no_link_and_no_line(open_polls):
    round, _contests, (entry, *_others) = open_polls
    pages = vote_by_the_pages(entry, 2)
    nonce = tickets.read(fields(pages[-1])["ticket"], now=clock.now()).nonce
    name, text = records.key_name(round.pk), dump().lower()
    secrets = [files.read(kind, name).hex() for kind in (files.LINK, files.CAST, files.SEAL)]
    secrets += [links.ballot_token(entry).lower(), nonce.hex(), *casting.lines(entry, nonce).values()]
    assert [secret for secret in secrets if secret in text] == []
    assert sealed_of(entry).popitem()[1][0].hex() in text  # the search would find what is there


# After certification


def on_disk():
    """The bytes of the database's own files: SQLite's with its log, PostgreSQL's heaps without its log."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            path = Path(connection.settings_dict["NAME"])
            return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
        cursor.execute("CHECKPOINT")
        cursor.execute(
            "SELECT pg_read_binary_file(path) FROM (SELECT pg_relation_filepath(oid) AS path FROM pg_class"
            " WHERE relkind IN ('r', 't') AND relnamespace = 'public'::regnamespace) AS files WHERE path IS NOT NULL"
        )
        return b"".join(bytes(content) for (content,) in cursor.fetchall())


def test_after_certification_no_envelope_is_left_on_disk(open_polls, dee):
    round, _contests, entries = open_polls
    for entry in entries:
        vote(entry, option=2)
    sealed = [parts[0] for entry in entries for parts in sealed_of(entry).values()]
    private = files.path_of(files.SEAL, records.key_name(round.pk))
    found = on_disk()
    assert [one in found for one in sealed] == [True] * 8
    count_it(round)
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.CERTIFIED)
    round.refresh_from_db()
    ballotbox.destroy_envelopes(round)
    ceremony.destroy_keys(round, by=dee, now=round.voting_closes_at + timedelta(days=2))
    found = on_disk()
    # Whole envelopes, and any half of one that a page's edge may have spared.
    assert [one[at : at + 16] in found for one in sealed for at in (0, 48, 96)] == [False] * 24
    assert private.exists() is False


def count_it(round):
    Round.objects.filter(pk=round.pk).update(stage=Round.Stage.POLLS_CLOSED)
    round.refresh_from_db()
    while opening.open_step(round, now=round.voting_closes_at):
        pass


# What the tables may say


def columns():
    """(table, column, type, default, identity) of the ballot box, its compartments too."""
    keys_of(Round(pk=1))
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table in BOX:
                cursor.execute(
                    f"SELECT name, lower(type), lower(coalesce(dflt_value, '')) FROM pragma_table_info('{table}')"
                )
                yield from ((table, *column, "NO") for column in cursor.fetchall())
            return
        cursor.execute(
            "SELECT table_name, column_name, data_type, coalesce(column_default, ''), is_identity"
            " FROM information_schema.columns WHERE table_name ~ '^(envelope(_[0-9]+)?|opened_ballot|participation)$'"
        )
        yield from cursor.fetchall()


def test_the_ballot_box_has_no_time_no_serial_and_no_address(open_polls):
    found = list(columns())
    forbidden = [
        (table, column)
        for table, column, kind, default, identity in found
        if kind.startswith(("timestamp", "date", "time", "inet", "json", "text", "char", "varchar"))
        or identity == "YES"
        or "nextval" in default
        or (
            re.search(r"(^|_)(ip|agent|session|created|updated|time|seq|id|serial)($|_)", column)
            and column not in ("round_id", "contest_id", "line_id")
        )
    ]
    assert {table for table, *_rest in found} >= set(BOX)
    assert forbidden == []
    assert {column for table, column, *_rest in found if table == "opened_ballot"} == {
        "contest_id",
        "line_id",
        "option_number",
    }
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name IN ('envelope', 'opened_ballot', 'participation')")
            assert all(sql.endswith("WITHOUT ROWID") for (sql,) in cursor.fetchall())


@pytest.mark.postgresql
def test_neither_transaction_nor_order_pairs_voters_and_lines(set_clock):
    """The attack of trust.md 0.1, which linked every voter where tables were merely split."""
    voters = 400
    round, (contest,), entries = polls(voters=voters)
    set_clock(round.voting_opens_at + HOUR)
    chance = random.Random(7)
    wish = {entry.pk: chance.choice([1, 2]) for entry in entries}
    for entry in entries:
        vote(entry, option=wish[entry.pk])
    count_it(round)
    for order in ("ctid", "xmin::text::bigint, ctid"):
        voted = by("participation", "credential", order)
        lines = by("opened_ballot", "option_number", order)
        right = sum(wish[credential] == option for credential, option in zip(voted, lines, strict=True))
        share = max(sum(option == one for option in wish.values()) for one in (1, 2)) / voters
        expected = share**2 + (1 - share) ** 2
        deviation = (expected * (1 - expected) / voters) ** 0.5
        assert abs(right / voters - expected) < 4 * deviation
    stamps = defaultdict(set)
    for table in ("participation", "opened_ballot"):
        stamps[table] = set(by(table, "xmin::text", "1"))
        assert len(stamps[table]) == 1
    # One stamp for both: it tells the contest's transaction, and nothing of a voter.
    assert stamps["participation"] == stamps["opened_ballot"]


def by(table, column, order):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY {order}")
        return [value for (value,) in cursor.fetchall()]
