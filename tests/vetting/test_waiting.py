"""The queue of the vetting desk: what waits for whom, its filters, and the way from one file to the next."""

from datetime import timedelta

import pytest

from endorsements.desk import today
from tests.factories.rounds import CandidacyFactory, NominationFactory, RoundFactory
from tests.factories.vetting import (
    AssignmentFactory,
    RecusalFactory,
    ResponseFactory,
    VerdictFactory,
)
from tests.vetting.reviewer import NOW, QUEUE, page_of, race_in, ready, text_of, typed, vetter

pytestmark = pytest.mark.django_db


def test_save_and_next_and_skip_go_round_the_queue(desk):
    first, second, third = (ready(name) for name in ("Ada A", "Bea B", "Cya C"))
    query = "?order=race"

    page = desk.post(page_of(first) + query, typed() | {"then": "next"})
    assert page.url == page_of(second) + query
    assert desk.get(page_of(second, "skip") + query).url == page_of(third) + query
    assert desk.get(page_of(third, "skip") + query).url == page_of(second) + query
    assert "1 of 3 done" in text_of(desk.get(page_of(second) + query))

    desk.post(page_of(second) + query, typed() | {"then": "next"})
    page = desk.post(page_of(third) + query, typed() | {"then": "next"}, follow=True)
    assert page.request["PATH_INFO"] == QUEUE
    assert "No other file waits here." in text_of(page)
    assert "<strong>3 of 3</strong> with your verdict, or decided" in text_of(page)


def test_a_third_opinion_stands_first_in_the_queue_of_who_has_given_none(desk, ray):
    free, differ = ready("Ada A"), ready("Bea B")
    VerdictFactory(candidacy=differ, recommendation="clear")
    VerdictFactory(candidacy=differ, recommendation="hold")
    AssignmentFactory(candidacy=differ)

    text = text_of(desk.get(QUEUE))

    assert text.count("Third opinion</span>") == 1
    assert text.index("Bea B") < text.index("Ada A")
    desk.post(page_of(differ), typed())
    page = desk.get(QUEUE)
    assert "Third opinion" not in text_of(page)
    assert names(page) == ["Ada A"]
    assert free.verdicts.count() == 0


def test_who_recused_herself_since_makes_no_third_opinion(desk, client):
    candidacy = ready()
    VerdictFactory(candidacy=candidacy, recommendation="clear")
    gone = VerdictFactory(candidacy=candidacy, recommendation="hold")
    assert "Third opinion</span>" in text_of(desk.get(QUEUE))
    RecusalFactory(candidacy=candidacy, person=gone.reviewer)

    assert "Third opinion</span>" not in text_of(desk.get(QUEUE))
    client.force_login(vetter("Lea", "Vetting lead"))
    text = text_of(client.get(page_of(candidacy)))
    assert text.count("recused since: does not count") == 1
    assert "Why without a third opinion" not in text


def test_a_lead_decides_and_goes_on(client, set_clock):
    set_clock(NOW)
    client.force_login(vetter("Lea", "Vetting lead"))
    first, second = ready("Ada A"), ready("Bea B")
    said = {"act": "decide", "decide-decision": "clear", "decide-reason": "Fits.", "then": "next"}

    page = client.post(page_of(first) + "?order=race", said)

    assert page.url == page_of(second) + "?order=race"
    first.refresh_from_db()
    assert first.state == "cleared"
    assert "<strong>1 of 2</strong> decided" in text_of(client.get(QUEUE))


def test_against_every_verdict_the_page_says_that_a_second_lead_is_asked(client, set_clock):
    set_clock(NOW)
    client.force_login(vetter("Lea", "Vetting lead"))
    candidacy = ready(round=RoundFactory(second_person=True))
    for _n in range(2):
        VerdictFactory(candidacy=candidacy, recommendation="decline")
    said = {"act": "decide", "decide-decision": "clear", "decide-reason": "Fits."}

    page = client.post(page_of(candidacy), said, follow=True)
    assert "A second person has to decide the same." in text_of(page)
    client.force_login(vetter("Lou", "Vetting lead"))
    client.post(page_of(candidacy), said)
    candidacy.refresh_from_db()
    assert candidacy.state == "cleared"


def test_two_that_agree_ask_nobody_else(desk):
    candidacy = ready()
    for _n in range(2):
        VerdictFactory(candidacy=candidacy)

    assert "Jane Rivera" not in text_of(desk.get(QUEUE))
    assert "Jane Rivera" in text_of(desk.get(QUEUE + "?show=all"))


def names(page):
    return [one.name for one in page.context_data["page"]]


def test_the_filters_of_the_queue(desk, ray):
    plain = ready("Ada A", round=RoundFactory())
    mine = ready("Bea B", race=race_in(6))
    AssignmentFactory(candidacy=mine, owner=ray)
    theirs = ready("Cya C", race=race_in(5))
    taken = AssignmentFactory(candidacy=theirs)
    rival = ready("Dea D", race=plain.race)
    silent = CandidacyFactory(name="Eve E", race=race_in(4))
    NominationFactory(candidacy=silent, submitted_at=NOW - timedelta(days=7))
    response = ResponseFactory(candidacy=silent)
    response.due_at = NOW + timedelta(hours=48)
    response.save()
    theirs.response.baseline_missed = [1]
    theirs.response.save()
    ready("Gone G", state="cleared")

    def shown(query):
        return sorted(names(desk.get(f"{QUEUE}?{query}")))

    assert shown("") == ["Ada A", "Bea B", "Dea D", "Eve E"]
    assert shown("show=all") == ["Ada A", "Bea B", "Cya C", "Dea D", "Eve E"]
    assert shown("owner=me") == ["Bea B"]
    assert shown("owner=none&show=all") == ["Ada A", "Dea D", "Eve E"]
    assert shown(f"owner={taken.owner_id}&show=all") == ["Cya C"]
    assert shown(f"race={rival.race_id}") == ["Ada A", "Dea D"]
    assert shown("risk=conflict") == ["Ada A", "Dea D"]
    assert shown("risk=baseline&show=all") == ["Cya C"]
    assert shown("risk=unopened") == ["Eve E"]
    assert shown("risk=differ&show=all") == []
    assert shown("age=7") == ["Eve E"]
    assert shown("age=14") == []
    for nonsense in ("owner=x", "race=-1", "age=9999999999", "risk=x", "order=x", "page=x"):
        assert shown(nonsense) == shown("")
    response.due_at += timedelta(minutes=5)  # the clock runs on
    response.save()
    assert shown("risk=unopened") == []


def test_verdicts_that_differ_are_told_only_to_whom_they_are_no_secret(desk, client):
    candidacy = ready()
    for one in ("clear", "hold", "hold"):
        VerdictFactory(candidacy=candidacy, recommendation=one)
    query = f"{QUEUE}?show=all"

    assert names(desk.get(query + "&risk=differ")) == []
    assert "verdicts differ</span>" not in text_of(desk.get(query))
    client.force_login(vetter("Lea", "Vetting lead"))
    assert names(client.get(query + "&risk=differ")) == ["Jane Rivera"]
    assert "verdicts differ</span>" in text_of(client.get(query))


def test_an_empty_queue_says_what_comes_next(desk, at):
    assert "the next file comes with the next nomination" in text_of(desk.get(QUEUE))
    RoundFactory(stage="draft", name="Fall round", starts_at=NOW + timedelta(days=30))
    assert "Next: Fall round opens its nominations" in text_of(desk.get(QUEUE))
    response = ResponseFactory(candidacy=CandidacyFactory(name="Eve E"))
    VerdictFactory(candidacy=response.candidacy, recommendation="hold")
    VerdictFactory(candidacy=response.candidacy, recommendation="hold")
    assert "Next: the answers of Eve E" in text_of(desk.get(QUEUE))


def test_a_lead_has_in_her_queue_what_can_be_decided(client, set_clock):
    set_clock(NOW)
    client.force_login(vetter("Lea", "Vetting lead"))
    ready("Ada A")
    waits = CandidacyFactory(name="Eve E")
    NominationFactory(candidacy=waits)
    ResponseFactory(candidacy=waits)

    assert names(client.get(QUEUE)) == ["Ada A"]
    VerdictFactory(candidacy=waits)
    assert sorted(names(client.get(QUEUE))) == ["Ada A", "Eve E"]


def test_the_first_page_counts_what_waits_for_a_verdict(desk, ray, dee):
    mine, taken = ready("Ada A"), ready("Bea B")
    AssignmentFactory(candidacy=taken)
    said = "Files that wait for your verdict"

    [row] = [one for one in today.waiting(ray, NOW) if one.label == said]

    assert (row.number, row.url) == (1, QUEUE)
    VerdictFactory(candidacy=mine, reviewer=ray)
    assert [one for one in today.waiting(ray, NOW) if one.label == said] == []
    assert [one for one in today.waiting(dee, NOW) if one.label == said] == []
