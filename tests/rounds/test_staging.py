"""The one gate of a round's stage, and on PostgreSQL a trigger that lets no other hand move it."""

from itertools import pairwise

import pytest
from django.db import DatabaseError, connection, transaction

from journal import book
from journal.models import Entry
from rounds import staging
from rounds.models import Round
from rounds.refusals import Refusal
from tests.factories.rounds import START, RoundFactory

Stage = Round.Stage
STORY = [
    Stage.DRAFT,
    Stage.NOMINATING,
    Stage.VETTING,
    Stage.FROZEN,
    Stage.VOTING,
    Stage.POLLS_CLOSED,
    Stage.COUNTED,
    Stage.CERTIFIED,
    Stage.ANNOUNCED,
    Stage.ARCHIVED,
]
ALLOWED = {*pairwise(STORY), *((stage, Stage.CANCELLED) for stage in STORY[:7])}


@pytest.mark.django_db
@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("after", Stage)
def test_every_move_is_allowed_or_refused(before, after):
    round = RoundFactory(stage=before)
    if before == after:
        assert staging.move(round, after, by=None, now=START, reason="why") is False
    elif (before, after) in ALLOWED:
        assert staging.move(round, after, by=None, now=START, reason="why") is True
        assert round.stage == after
    else:
        with pytest.raises(Refusal, match="can’t go from"):
            staging.move(round, after, by=None, now=START, reason="why")
        assert Round.objects.get().stage == before


@pytest.mark.django_db
def test_move_writes_one_journal_row(dee):
    round = RoundFactory()
    for moved in (True, False):
        assert staging.move(round, Stage.NOMINATING, by=dee, now=START, reason="it is time") is moved
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.actor, entry.reason) == (
        "round.stage",
        f"round:{round.pk}",
        f"user:{dee.pk}",
        "it is time",
    )
    assert (entry.before, entry.after) == ({"stage": "draft"}, {"stage": "nominating"})


@pytest.mark.django_db
def test_who_comes_second_changes_nothing():
    round = RoundFactory()
    slow = Round.objects.get(pk=round.pk)
    staging.move(round, Stage.NOMINATING, by=None, now=START)
    assert staging.move(slow, Stage.NOMINATING, by=None, now=START) is False
    assert slow.stage == Stage.NOMINATING
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_opening_the_vote_locks_the_rules():
    round = RoundFactory(stage=Stage.FROZEN)
    assert round.rules_locked_at is None
    staging.move(round, Stage.VOTING, by=None, now=START)
    assert round.rules_locked_at == START


@pytest.mark.django_db
@pytest.mark.parametrize("reason", ["", "  "])
def test_cancelling_needs_a_reason(reason):
    round = RoundFactory()
    with pytest.raises(Refusal, match="Say why"):
        staging.move(round, Stage.CANCELLED, by=None, now=START, reason=reason)
    assert Round.objects.get().stage == Stage.DRAFT


WATCH = """
CREATE FUNCTION stage_needs_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- xmin is the (sub)transaction that wrote the entry; one still in progress can only be our own.
  IF NOT EXISTS (
    SELECT 1 FROM journal_entry
    WHERE verb = 'round.stage' AND subject = 'round:' || NEW.id
      AND before ->> 'stage' = OLD.stage AND after ->> 'stage' = NEW.stage
      AND pg_xact_status(xmin::text::xid8) = 'in progress'
  ) THEN
    RAISE EXCEPTION 'round % changed its stage without a journal row', NEW.id;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stage_needs_journal AFTER UPDATE OF stage ON rounds_round
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.stage IS DISTINCT FROM NEW.stage)
EXECUTE FUNCTION stage_needs_journal();
"""


@pytest.fixture
def watched(transactional_db):
    """A database that refuses, at commit, a stage that changed without its journal row."""
    with connection.cursor() as cursor:
        cursor.execute(WATCH)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER stage_needs_journal ON rounds_round")
        cursor.execute("DROP FUNCTION stage_needs_journal()")


@pytest.mark.postgresql
def test_gate_satisfies_the_trigger(watched):
    round = RoundFactory()
    assert staging.move(round, Stage.NOMINATING, by=None, now=START) is True
    assert Round.objects.get().stage == Stage.NOMINATING


@pytest.mark.postgresql
def test_trigger_refuses_a_stage_without_journal(watched):
    round = RoundFactory()
    with pytest.raises(DatabaseError, match="without a journal row"), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(stage=Stage.NOMINATING)
    assert Round.objects.get().stage == Stage.DRAFT


@pytest.mark.postgresql
def test_trigger_refuses_a_journal_row_of_an_earlier_transaction(watched):
    round = RoundFactory()
    change = {"before": {"stage": "draft"}, "after": {"stage": "nominating"}}
    book.record("round.stage", round, by=None, now=START, **change)
    with pytest.raises(DatabaseError, match="without a journal row"), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(stage=Stage.NOMINATING)
    assert Round.objects.get().stage == Stage.DRAFT
