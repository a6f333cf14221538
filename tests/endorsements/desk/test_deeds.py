"""The words of the journal's verbs: every kind of entry that the program writes has some."""

import pytest
from django.contrib.auth.models import Permission

from endorsements.desk import deeds
from journal import book
from journal.models import Approval, Entry
from tests.endorsements.public.test_extract_secrets import verbs_of_the_house
from tests.factories.groups import UserFactory
from tests.factories.rounds import START, CandidacyFactory, NominationFactory

NAMED_WITH_A_VARIABLE = "clear"  # what verbs_of_the_house puts where the sources have a variable


def test_every_verb_of_the_house_has_words():
    verbs = {verb for verb in verbs_of_the_house() if not verb.startswith(f"{NAMED_WITH_A_VARIABLE}.")}
    verbs -= {f"correction.{NAMED_WITH_A_VARIABLE}"}  # its states are made and declined

    assert len(verbs) > 80
    assert sorted(verb for verb in verbs if deeds.verb_words(verb) == verb) == []
    assert sorted(verb for verb in deeds.KNOWN if deeds.verb_words(verb) == verb) == []


@pytest.mark.parametrize(
    ("verb", "after", "words"),
    [
        ("roll.resent", None, "sent the letter again"),
        ("round.stage", {"stage": "voting"}, "moved it to Voting"),
        ("round.stage", {"stage": "of another time"}, "moved it to another stage"),
        ("round.stage", None, "moved it to another stage"),
        ("candidacy.state", {"state": "cleared"}, "set the candidate to “Cleared”"),
        ("nomination.state", {"state": "accepted"}, "set the nomination to “Accepted”"),
        ("contest.state", {"state": "void"}, "set the contest to “void”"),
        ("review.hold", None, "decided on the file: “On hold”"),
        ("correction.made", None, "answered a correction: “made”"),
        ("round.certify.asked", None, "asked to certify the results"),
        ("contest.void.agreed", None, "agreed to take a contest out of the vote"),
        ("member.erase.taken_back", None, "took back the request to delete a member's data"),
        ("round.rules.asked", None, "asked to change the rules, so that fewer people have to agree"),
        ("place.edited", None, "changed it"),
        ("user.added", None, "added it"),
        ("unheard.of", None, "unheard.of"),
    ],
)
def test_an_entry_in_words(verb, after, words):
    assert deeds.deed_words(Entry(verb=verb, after=after)) == words


@pytest.mark.parametrize(
    ("actor", "name", "words"),
    [("clock", "", "The clock"), ("user:3", "Dee Dorn", "Dee Dorn"), ("campaign:1", "", "campaign:1")],
)
def test_who_did_it(actor, name, words):
    assert deeds.actor_words(Entry(actor=actor, actor_name=name)) == words


def test_what_somebody_asks_a_second_person_for():
    assert deeds.asked_words(Approval(action="round.open")) == "asked to open the vote"


@pytest.mark.django_db
def test_the_history_of_a_record_is_told_in_words(client, dee):
    nomination = NominationFactory(state="submitted")
    book.record("nomination.state", nomination, by=dee, now=START, reason="All there.", after={"state": "accepted"})
    book.record("read.opened", nomination, by=dee, now=START)
    client.force_login(dee)

    page = " ".join(client.get(f"/desk/rounds/nomination/{nomination.pk}/history/").content.decode().split())

    assert "<strong>Dee Dorn</strong> set the nomination to “Accepted”<br>“All there.”" in page
    assert "nomination.state" not in page
    assert "opened its page" not in page


@pytest.mark.django_db
def test_the_history_of_a_vetting_file_is_that_of_its_candidacy(client, dee):
    candidacy = CandidacyFactory()
    book.record("file.assigned", candidacy, by=dee, now=START)
    client.force_login(dee)

    page = client.get(f"/desk/vetting/vettingfile/{candidacy.pk}/history/").content.decode()

    assert "<strong>Dee Dorn</strong> gave the file an owner, or let it go" in page


@pytest.mark.django_db
def test_who_may_not_read_the_journal_reads_no_history(client, group):
    staff = UserFactory(is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_group", content_type__app_label="groups"))
    book.record("group.edited", group, by="command", now=START, reason="A secret.")
    client.force_login(staff)

    page = client.get(f"/desk/groups/group/{group.pk}/history/").content.decode()

    assert "A secret." not in page
    assert "Ask somebody who may read it" in page


@pytest.mark.django_db
def test_the_journal_is_listed_and_filtered_in_words(client, dee, group):
    wanted = book.record("group.goal", group, by=None, now=START, after={"goal": 50})
    book.record("leader.added", group, by=dee, now=START)
    client.force_login(dee)

    page = client.get("/desk/journal/entry/?verb=group.goal")

    assert list(page.context["cl"].result_list) == [wanted]
    assert page.context["cl"].chips == [("What: set the group's goal", "?")]
    assert "The clock" in page.content.decode()
