"""A nomination step by step, as Ada walks it; and what bad input gets."""

import re
from datetime import timedelta

import pytest

from groups.models import Group
from rounds import nominating
from rounds.forms.nomination import BY_SLUG
from rounds.models import Candidacy, LocalEndorsement, Nomination
from tests.factories.groups import LeadershipFactory, UserFactory, district
from tests.factories.rounds import (
    START,
    CandidacyFactory,
    CycleFactory,
    NominationFactory,
    RaceFactory,
    RoundFactory,
)
from tests.rounds.filling import NOW, TASKS, TICKS, fill, seen_of, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(set_clock):
    set_clock(NOW)


@pytest.fixture
def round(db):
    return RoundFactory(stage="nominating", name="Round 1")


@pytest.fixture
def lead(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def draft(lead, round, group):
    lead.post(f"/lead/{group.slug}/nominate/")
    return Nomination.objects.get()


def test_leader_nominates_from_begin_to_receipt(lead, draft, group):
    listed = lead.get(f"/lead/nominations/{draft.pk}/")
    assert listed.content.decode().count("Not started") == 7
    fill(lead, draft)
    assert lead.get(f"/lead/nominations/{draft.pk}/").content.decode().count('tag good">Done') == 7
    checked = lead.get(f"/lead/nominations/{draft.pk}/check/")
    assert "Jane Rivera" in checked.content.decode()
    answer = send(lead, draft)
    assert answer.headers["Location"] == f"/lead/nominations/{draft.pk}/sent/"
    draft.refresh_from_db()
    assert draft.state == Nomination.State.SUBMITTED
    assert re.fullmatch(r"N-[2-9A-Z]{4}", draft.reference)
    page = lead.get(answer.headers["Location"]).content.decode()
    assert draft.reference in page
    assert "Sunday, March 8, 2026, 8:00 p.m. Eastern (5:00 p.m. Pacific)" in page
    assert draft.candidacy.round.name == "Round 1"
    assert draft.local_endorsement.yes == 82
    # Sending again, or going back to the form, leads to the same receipt.
    assert send(lead, draft).headers["Location"] == answer.headers["Location"]
    assert Nomination.objects.count() == 1


def test_draft_is_kept_as_typed_and_never_validated(lead, draft):
    fill(lead, draft, candidate={"name": " <b>Jane</b> ", "campaign_email": "nonsense"})
    draft.refresh_from_db()
    assert draft.draft["name"] == " <b>Jane</b> "
    assert draft.draft["campaign_email"] == "nonsense"
    page = lead.get(f"/lead/nominations/{draft.pk}/candidate/").content.decode()
    assert "&lt;b&gt;Jane&lt;/b&gt;" in page
    assert "<b>Jane" not in page
    assert 'value="nonsense"' in page


def test_problems_stand_at_check_and_send_each_with_its_task(lead, draft):
    fill(lead, draft, candidate={"campaign_email": "nonsense"}, vote={"yes": "200"})
    page = lead.get(f"/lead/nominations/{draft.pk}/check/")
    said = re.findall(r'<li><a href="(/lead/nominations/\d+/\w+/)">([^<]+)</a></li>', page.content.decode())
    assert said == [
        (f"/lead/nominations/{draft.pk}/candidate/", "The candidate: Enter an e-mail address, like name@example.org."),
        (
            f"/lead/nominations/{draft.pk}/vote/",
            "Your local vote: 210 votes were cast, and only 120 people could vote. Check the numbers.",
        ),
    ]
    assert send(lead, draft).status_code == 400
    draft.refresh_from_db()
    assert draft.state == Nomination.State.DRAFT


@pytest.mark.parametrize("missing", sorted(TICKS))
def test_every_tick_is_needed(lead, draft, missing):
    fill(lead, draft)
    answer = send(lead, draft, **{missing: ""})
    assert answer.status_code == 400
    assert "There is a problem" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == Nomination.State.DRAFT


def test_group_outside_the_place_reads_both_places_and_whom_to_ask(lead, draft):
    district("WY", 0)
    fill(lead, draft, race={"usps": "WY", "district": ""})
    page = lead.get(f"/lead/nominations/{draft.pk}/check/").content.decode()
    assert "Boston Common Group is listed in Massachusetts 7th District, and this race is in Wyoming At-Large" in page
    assert "help@example.org" in page


@pytest.mark.parametrize(
    ("race", "sentence"),
    [
        ({"office": "other"}, "We endorse for U.S. House, U.S. Senate and governor only."),
        ({"office": "senate", "usps": "DC"}, "District of Columbia does not elect this office: U.S. Senate."),
        ({"office": "governor", "usps": "DC"}, "District of Columbia does not elect this office: Governor."),
        ({"office": "senate", "usps": "PR"}, "Puerto Rico does not elect this office: U.S. Senate."),
        ({"district": ""}, "Say which district of Massachusetts, like 7."),
        ({"district": "10"}, "Massachusetts has the districts 1 to 9, and no district 10."),
        ({"district": "TX-7"}, "“MA-TX-7” is no district. Write it like MA-07 or WY-AL."),
        ({"usps": "ZZ"}, "Choose the state."),
        ({"office": "<script>"}, "Select a valid choice. &lt;script&gt; is not one of the available choices."),
    ],
)
def test_race_out_of_scope_gets_a_sentence(lead, draft, race, sentence):
    fill(lead, draft, race=race)
    page = lead.get(f"/lead/nominations/{draft.pk}/check/").content.decode()
    assert f"The race: {sentence}" in page
    draft.refresh_from_db()
    assert draft.draft["office"] == race.get("office", "house")


@pytest.mark.parametrize("written", ["7", "07", "MA-7", "ma07"])
def test_district_is_read_as_people_write_it(lead, draft, written):
    fill(lead, draft, race={"district": written})
    send(lead, draft)
    draft.refresh_from_db()
    assert draft.race.label == "MA-07"


@pytest.mark.parametrize(("day", "good"), [("2/3/2026", True), ("2/4/2026", False)])
def test_local_vote_must_be_over(lead, draft, day, good):
    fill(lead, draft, vote={"decided_on": day})
    assert send(lead, draft).status_code == (302 if good else 400)


def test_501c3_gets_a_page_that_says_what_its_members_can_do(lead, round, group):
    Group.objects.filter(pk=group.pk).update(legal_form=Group.LegalForm.C3)
    for url in (f"/lead/{group.slug}/nominate/", f"/lead/{group.slug}/endorsements/add/"):
        page = lead.get(url)
        assert page.status_code == 403
        assert "What your members can do" in page.content.decode()
    assert lead.post(f"/lead/{group.slug}/nominate/").status_code == 403
    assert Nomination.objects.count() == 0


def test_group_that_turns_501c3_can_not_send(lead, draft, group):
    fill(lead, draft)
    Group.objects.filter(pk=group.pk).update(legal_form=Group.LegalForm.C3)
    answer = send(lead, draft)
    assert answer.status_code == 400
    assert "is a 501(c)(3)" in answer.content.decode()


def test_unknown_legal_form_is_asked_first(lead, round, group):
    Group.objects.filter(pk=group.pk).update(legal_form=Group.LegalForm.UNKNOWN)
    url = f"/lead/{group.slug}/nominate/"
    assert "How is Boston Common Group organized?" in lead.get(url).content.decode()
    for nonsense in ("", "unknown", "<b>", "\x00"):
        assert lead.post(url, {"legal_form": nonsense}).status_code == 400
    assert lead.post(url, {"legal_form": "501c4"}).status_code == 302
    group.refresh_from_db()
    assert group.legal_form == "501c4"
    assert Nomination.objects.count() == 0


def test_second_nominee_of_one_group_is_refused(lead, draft, group):
    race = RaceFactory(cycle=draft.cycle)
    NominationFactory(group=group, candidacy=CandidacyFactory(race=race, name="Ann First"), reference="N-AAAA")
    fill(lead, draft)
    page = lead.get(f"/lead/nominations/{draft.pk}/check/").content.decode()
    assert "Boston Common Group has already nominated Ann First in this race (N-AAAA)." in page


def test_same_candidate_is_joined_in_one_step(lead, draft, group):
    race = RaceFactory(cycle=draft.cycle)
    known = CandidacyFactory(race=race, name="Jane Rivera", name_key="jane rivera", party="Independent")
    NominationFactory(candidacy=known)
    assert "Join: Jane Rivera" in lead.get(f"/lead/{group.slug}/nominate/").content.decode()
    answer = lead.post(f"/lead/{group.slug}/nominate/", {"candidacy": known.pk})
    mine = Nomination.objects.filter(group=group).latest("pk")
    assert answer.headers["Location"] == f"/lead/nominations/{mine.pk}/"
    assert (mine.draft["name"], mine.draft["district"], mine.draft["party"]) == ("Jane Rivera", "7", "Independent")
    assert "campaign_email" not in mine.draft
    candidate = {"campaign_name": "", "campaign_email": "", "name": "JANE  RIVÉRA"}
    fill(lead, mine, candidate=candidate)
    assert "Join their nomination" in lead.get(f"/lead/nominations/{mine.pk}/").content.decode()
    assert send(lead, mine).status_code == 302
    mine.refresh_from_db()
    assert mine.candidacy == known
    assert Candidacy.objects.count() == 1


@pytest.mark.parametrize("forged", ["0", "999999999999999999", "9" * 40, "-1", "x", "\x00", "", "1;drop"])
def test_forged_candidacy_can_not_be_joined(lead, draft, forged):
    assert lead.post(f"/lead/nominations/{draft.pk}/join/", {"candidacy": forged}).status_code == 404


def test_candidacy_out_of_reach_can_not_be_joined(lead, draft):
    far = CandidacyFactory(race=RaceFactory(cycle=draft.cycle, place=district("WY", 0)))
    assert lead.post(f"/lead/nominations/{draft.pk}/join/", {"candidacy": far.pk}).status_code == 404


def test_rival_is_a_neutral_note_without_a_name(lead, draft):
    NominationFactory(candidacy=CandidacyFactory(race=RaceFactory(cycle=draft.cycle), name="Ann Other"))
    fill(lead, draft)
    for url in ("", "check/"):
        page = lead.get(f"/lead/nominations/{draft.pk}/{url}").content.decode()
        assert "Another group has named a different candidate in this race." in page
        assert "Ann Other" not in page


def test_two_leaders_never_overwrite_each_other_silently(lead, draft, group, client):
    bea = UserFactory(name="Bea Bell")
    LeadershipFactory(group=group, user=bea)
    url = f"/lead/nominations/{draft.pk}/why/"
    seen = re.search(r'name="seen" value="(\w+)"', lead.get(url).content.decode())[1]
    other = type(client)()
    other.force_login(bea)
    other.post(url, {"stands_for": "Bea’s words", "seen": seen})
    answer = lead.post(url, {"stands_for": "Ada’s words", "seen": seen})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Bea’s words" in page
    assert "Ada’s words" in page
    assert "Bea Bell saved it" in page
    assert "What does your group stand for?" in page
    assert answer.context["theirs"] == [("What does your group stand for?", "Bea’s words", "Ada’s words")]
    draft.refresh_from_db()
    assert draft.draft["stands_for"] == "Bea’s words"
    again = re.search(r'name="seen" value="(\w+)"', page)[1]
    assert lead.post(url, {"stands_for": "Ada’s words", "seen": again}).status_code == 302
    # Another task of the same draft is nobody's conflict.
    assert other.post(f"/lead/nominations/{draft.pk}/help/", {"will_people": "x"}).status_code == 409
    draft.refresh_from_db()
    assert draft.draft["stands_for"] == "Ada’s words"


def test_nobody_sends_what_another_has_changed_meanwhile(lead, draft, group, client):
    fill(lead, draft)
    page = lead.get(f"/lead/nominations/{draft.pk}/check/").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    nominating.save_draft(draft, data={"statement": "Other words."}, by=group.leaders.get(), now=NOW)

    answer = send(lead, draft, seen=seen)

    assert answer.status_code == 400
    assert "Somebody changed this nomination while you read it." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.state == Nomination.State.DRAFT
    again = re.search(r'name="seen" value="(\w+)"', answer.content.decode())[1]
    assert send(lead, draft, seen=again).status_code == 302


def test_joining_overwrites_nothing_that_changed_meanwhile(lead, draft, group, ada):
    named = NominationFactory(candidacy__name="Jane Rivera", candidacy__name_key="jane rivera").candidacy
    fill(lead, draft)
    page = lead.get(f"/lead/nominations/{draft.pk}/").content.decode()
    assert "1 group has already named Jane Rivera" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    nominating.save_draft(draft, data={"party": "Other"}, by=ada, now=NOW)

    answer = lead.post(f"/lead/nominations/{draft.pk}/join/", {"candidacy": named.pk, "seen": seen}, follow=True)

    assert "Somebody changed this draft just now." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.draft["party"] == "Other"


def test_save_and_come_back_later(lead, draft):
    answer = lead.post(
        f"/lead/nominations/{draft.pk}/why/",
        {"stands_for": "Half a", "later": "1", "seen": seen_of(lead, draft, "why")},
        follow=True,
    )
    assert answer.redirect_chain == [("/lead/", 302)]
    assert "Saved. Come back when you like." in answer.content.decode()
    draft.refresh_from_db()
    assert draft.draft["stands_for"] == "Half a"
    assert draft.draft_saved_by.name == "Ada Adams"


@pytest.mark.parametrize("typed", ["\x00", "a" * 20_001, "a\x00b"], ids=["nul", "huge", "nul inside"])
@pytest.mark.parametrize("task", sorted(TASKS))
def test_what_can_not_be_kept_is_told_and_comes_back(lead, draft, task, typed):
    field = next(iter(TASKS[task]))
    answer = lead.post(f"/lead/nominations/{draft.pk}/{task}/", {field: typed, "seen": seen_of(lead, draft, task)})
    assert answer.status_code == 400
    assert "There is a problem" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.draft.get(field, "") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "-1",
        "1e9",
        "9" * 30,
    ],
)
def test_nonsense_in_every_field_is_listed_and_never_breaks(lead, draft, typed):
    for task, form in BY_SLUG.items():
        url = f"/lead/nominations/{draft.pk}/{task}/"
        fields = dict.fromkeys(form.form.base_fields, typed)
        assert lead.post(url, {**fields, "seen": seen_of(lead, draft, task)}).status_code == 302
        assert "<script>alert" not in lead.get(url).content.decode()
    page = lead.get(f"/lead/nominations/{draft.pk}/check/")
    assert page.status_code == 200
    assert "Before you can send" in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    assert send(lead, draft).status_code == 400


def test_wrong_encoding_is_no_failure(lead, draft):
    url = f"/lead/nominations/{draft.pk}/why/"
    raw = b"stands_for=%FF%FE&seen=" + seen_of(lead, draft, "why").encode()
    assert lead.post(url, raw, content_type="application/x-www-form-urlencoded").status_code == 302


def test_nomination_between_rounds_waits_and_says_until_when(lead, group):
    RoundFactory(stage="draft", name="Round 2", starts_at=START + timedelta(weeks=6))
    lead.post(f"/lead/{group.slug}/nominate/")
    draft = Nomination.objects.get()
    fill(lead, draft)
    page = lead.get(send(lead, draft).headers["Location"]).content.decode()
    assert "Yours waits, and enters Round 2 when that opens on Monday, March 16, 2026" in page
    draft.refresh_from_db()
    assert draft.candidacy.round is None


def test_no_date_known_is_said(lead, group):
    CycleFactory()
    page = lead.get(f"/lead/{group.slug}/nominate/").content.decode()
    assert "we write to you when its dates are known" in page


def test_without_a_cycle_nothing_can_begin(lead, group):
    assert lead.post(f"/lead/{group.slug}/nominate/").status_code == 403


def test_withdraw_asks_and_then_does(lead, draft):
    fill(lead, draft)
    send(lead, draft)
    url = f"/lead/nominations/{draft.pk}/withdraw/"
    assert "Withdraw your nomination of Jane Rivera?" in lead.get(url).content.decode()
    draft.refresh_from_db()
    assert draft.state == Nomination.State.SUBMITTED
    for _ in range(2):
        assert lead.post(url, {"reason": "x\x00y"}).status_code == 302
    draft.refresh_from_db()
    assert (draft.state, draft.decision_reason) == (Nomination.State.WITHDRAWN, "xy")


def test_returned_nomination_says_what_is_missing_and_is_sent_again(lead, draft, dee):
    fill(lead, draft)
    send(lead, draft)
    draft.refresh_from_db()
    first = draft.reference
    nominating.return_for_correction(draft, by=dee, now=NOW, reason="How many could vote?")
    assert "How many could vote?" in lead.get(f"/lead/nominations/{draft.pk}/").content.decode()
    fill(lead, draft, vote={"eligible": "130"})
    assert send(lead, draft).status_code == 302
    draft.refresh_from_db()
    assert (draft.reference, draft.state, draft.local_endorsement.eligible) == (first, "submitted", 130)
    assert LocalEndorsement.objects.count() == 1
