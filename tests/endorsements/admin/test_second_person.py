"""The desk's pages of grave acts: the round's name is typed, and who waits for a second person is said."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from endorsements import certifying, steering
from endorsements.desk import today
from groups.models import Role
from groups.roles import make_roles
from journal import approvals, clock
from journal.models import Approval
from rounds import planning
from rounds.models import Contest, Round
from rounds.refusals import Refusal as RoundsRefusal
from tests.factories.groups import MemberFactory, UserFactory
from tests.factories.results import counted
from tests.factories.rounds import START, RoundFactory
from tests.factories.vetting import RecusalFactory, ResponseFactory
from tests.factories.voting import polls
from vetting import correcting
from vetting.models import Correction
from vetting.refusals import Refusal as VettingRefusal
from voting import results

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(client, dee):
    client.force_login(dee)
    return client


@pytest.fixture
def vote(set_clock):
    round, contests, _entries = polls(second_person=True)
    set_clock(round.voting_opens_at + HOUR)
    return round, contests[0]


@pytest.mark.parametrize("typed", ["", "Another round"])
def test_without_the_rounds_name_nothing_is_done_and_the_reason_stays(desk, vote, typed):
    round, contest = vote
    for address in (
        f"/desk/rounds/round/{round.pk}/steer/cancel/",
        f"/desk/rounds/contest/{contest.pk}/void/",
    ):
        page = desk.post(address, {"reason": "A flood in the state.", "typed": typed}).content.decode()
        assert "A flood in the state." in page
        assert ("That is not its name. Nothing was done." if typed else "This field is required.") in page
    assert Approval.objects.count() == 0
    assert (Round.objects.get().stage, Contest.objects.get().state) == ("voting", "open")


def test_its_case_and_blanks_do_not_matter(desk, vote):
    round, _contest = vote
    typed = f"  {round.name.upper()} "
    assert desk.post(f"/desk/rounds/round/{round.pk}/steer/cancel/", {"reason": "A flood.", "typed": typed})
    assert Approval.objects.get().reason == "A flood."


def test_who_asks_is_named_on_the_rounds_page_and_on_the_first_and_takes_it_back(desk, vote, dee):
    round, _contest = vote
    desk.post(f"/desk/rounds/round/{round.pk}/steer/cancel/", {"reason": "A flood.", "typed": round.name})
    asked = Approval.objects.get()

    page = " ".join(desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode().split())
    assert f"{dee.name} asked to cancel the round: “A flood.” A second person has to agree within 24 hours." in page
    assert "Requests that wait for a second person" in desk.get("/desk/").content.decode()
    assert dee.name in desk.get("/desk/journal/approval/?waits=yes").content.decode()

    back = f"/desk/journal/approval/{asked.pk}/take-back/"
    assert desk.get(back).status_code == 200
    assert Approval.objects.get().ended_at is None
    assert "is taken back" in desk.post(back, follow=True).content.decode()
    assert "was faster" in desk.post(back, follow=True).content.decode()
    assert Approval.objects.get().ended_at is not None
    assert "Requests that wait" not in desk.get("/desk/").content.decode()


def test_the_new_end_is_said_with_the_request(desk, vote):
    round, _contest = vote
    local = (round.voting_closes_at + HOUR).astimezone(round.zone)
    said = {"voting_closes_at_0": f"{local:%Y-%m-%d}", "voting_closes_at_1": f"{local:%H:%M}", "reason": "Mail."}
    desk.post(f"/desk/rounds/round/{round.pk}/steer/extend/", said | {"typed": round.name})
    page = " ".join(desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode().split())
    assert "The new end: Wednesday, March 11, 2026, 9:00 p.m. Eastern" in page


def test_the_button_stands_where_two_have_to_agree(desk, client):
    round, _contests, _entries = polls(stage=Round.Stage.FROZEN, second_person=True)
    with clock.standing_at(round.voting_opens_at - HOUR):
        assert "Agree to the opening" in desk.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
        said = {"reason": "All is ready.", "typed": round.name}
        address = f"/desk/rounds/round/{round.pk}/steer/open/"
        assert "A second person has to agree" in desk.post(address, said, follow=True).content.decode()
        client.force_login(UserFactory(email="eve@example.org", is_staff=True, is_superuser=True))
        assert "Two people have agreed." in client.post(address, said, follow=True).content.decode()


def test_who_is_no_teller_learns_of_no_request_about_a_result(client):
    result = counted({1: 20, 2: 1}, second_person=True)
    teller, manager = (UserFactory(email=f"{name}@example.org", is_staff=True) for name in ("tess", "max"))
    for user, rights in ((teller, ["view_approval", "see_uncertified"]), (manager, ["view_approval"])):
        user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    results.decide(result, endorse=True, by=teller, now=clock.now(), reason="All agreed.")
    asked = Approval.objects.get()
    pages = ("/desk/", "/desk/journal/approval/", f"/desk/journal/approval/{asked.pk}/change/")

    for user, told in ((teller, True), (manager, False)):
        client.force_login(user)
        said = [client.get(page).content.decode() for page in pages]
        assert ["second person" in said[0], teller.name in said[1], "All agreed." in said[2]] == [told] * 3


ABOUT = {"roll.strike": "member:7", "review.override": "candidacy:7", "answer.correct": "correction:7"}


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("Data manager", ["roll.strike"]),
        ("Vetting lead", ["answer.correct", "review.override", "round.cancel"]),
        ("Round manager", ["round.cancel"]),
        ("Teller", ["round.cancel"]),
        ("Auditor", ["answer.correct", "review.override", "round.cancel"]),
        ("Communications", []),
    ],
)
def test_a_request_reaches_those_whose_work_it_is_and_no_others(client, dee, role, told):
    make_roles()
    now = clock.now()
    for action, subject in {**ABOUT, "round.cancel": "round:7"}.items():
        approvals.ask(action, subject, by=dee, reason=f"Because of {action}.", now=now)
    user = UserFactory(email="rae@example.org", is_staff=True)
    user.groups.set(Role.objects.filter(name=role))
    client.force_login(user)
    shown = [one.number for one in today.waiting(user, now) if "second person" in one.label]
    assert shown == ([len(told)] if told else [])
    assert ("second person" in client.get("/desk/").content.decode()) == bool(told)
    listed = client.get("/desk/journal/approval/?waits=yes")
    assert listed.status_code == (200 if told else 403)
    if told:
        assert sorted(one.action for one in listed.context["cl"].result_list) == told
    for one in Approval.objects.all():
        page = client.get(f"/desk/journal/approval/{one.pk}/change/")
        assert (page.status_code == 200 and one.reason in page.content.decode()) == (one.action in told)


def test_who_recused_herself_neither_sees_the_request_about_that_file_nor_agrees_to_it(client, dee):
    make_roles()
    lead, now = UserFactory(email="lou@example.org", is_staff=True), clock.now()
    lead.groups.set(Role.objects.filter(name="Vetting lead"))
    out, other = ResponseFactory(), ResponseFactory()
    RecusalFactory(candidacy=out.candidacy, person=lead)
    for response in (out, other):
        fix = correcting.ask_about_ballot(response, words="It is Rivera-Lopez.", now=now)
        approvals.ask("review.override", response.candidacy, by=dee, reason="So.", now=now)
        approvals.ask("answer.correct", fix, by=dee, reason="So.", now=now)
    client.force_login(lead)

    listed = client.get("/desk/journal/approval/?waits=yes").context["cl"].result_list

    fix = Correction.objects.get(response=other)
    assert {one.subject for one in listed} == {f"candidacy:{other.candidacy_id}", f"correction:{fix.pk}"}
    assert [one.number for one in today.waiting(lead, now) if "second person" in one.label] == [2]
    for one in Approval.objects.all():
        status = client.get(f"/desk/journal/approval/{one.pk}/change/").status_code
        assert (status == 200) == (one in listed)
    hers = Correction.objects.filter(response=out)
    hers.update(kind="answer")
    with pytest.raises(VettingRefusal, match="recused yourself"):
        correcting.make(hers.get(), by=lead, now=now, reason="Yes.")


def test_a_request_about_her_stands_on_a_members_page(client, dee, vote):
    make_roles()
    member = MemberFactory()
    approvals.ask("member.erase", member, by=dee, reason="She asked for it.", now=clock.now())
    user = UserFactory(email="rae@example.org", is_staff=True)
    user.groups.set(Role.objects.filter(name="Data manager"))
    client.force_login(user)
    page = " ".join(client.get(f"/desk/groups/member/{member.pk}/change/").content.decode().split())
    assert f"{dee.name} asked to delete a member&#x27;s data: “She asked for it.”" in page
    assert f'href="/desk/journal/approval/{Approval.objects.get().pk}/change/"' in page


def test_a_request_that_lapsed_says_so_and_is_not_taken_back(desk, vote, set_clock):
    round, _contest = vote
    desk.post(f"/desk/rounds/round/{round.pk}/steer/cancel/", {"reason": "A flood.", "typed": round.name})
    page = f"/desk/journal/approval/{Approval.objects.get().pk}/change/"
    assert "Take the request back" in desk.get(page).content.decode()
    set_clock(clock.now() + timedelta(hours=25))
    assert "Take the request back" not in desk.get(page).content.decode()


@pytest.mark.parametrize(("rights", "offered"), [([], False), (["change_approval"], True)])
def test_anothers_request_is_taken_back_by_who_may(desk, client, vote, rights, offered):
    round, _contest = vote
    desk.post(f"/desk/rounds/round/{round.pk}/steer/cancel/", {"reason": "A flood.", "typed": round.name})
    other = UserFactory(email="tess@example.org", is_staff=True)
    allowed = ["view_round", "view_approval", *rights]
    other.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    client.force_login(other)
    page = client.get(f"/desk/rounds/round/{round.pk}/change/").content.decode()
    assert ("asked to cancel the round" in page, "Take it back" in page) == (True, offered)
    assert client.get(f"/desk/journal/approval/{Approval.objects.get().pk}/take-back/").status_code == (
        200 if offered else 403
    )


@pytest.mark.parametrize(
    ("stands", "changes", "two"),
    [
        ({"second_person": True}, {"second_person": False}, True),
        ({"second_person": True}, {"certification": "automatic"}, True),
        ({"certification": "two"}, {"certification": "one"}, True),
        ({"second_person": True}, {"threshold": 6500}, False),
        ({"second_person": True}, {"certification": "two"}, False),
        ({}, {"certification": "automatic"}, False),
        ({}, {"second_person": True}, False),
        ({"second_person": True, "stage": Round.Stage.DRAFT}, {"second_person": False}, False),
    ],
)
def test_one_person_alone_does_not_do_without_the_second(dee, stands, changes, two):
    given = {"stage": Round.Stage.FROZEN, "certification": "one"} | stands
    round, eve = RoundFactory(**given), UserFactory(is_staff=True)
    before = {name: getattr(round, name) for name in changes}
    said = {"now": round.freeze_at, "reason": "We are few.", **changes}

    assert steering.change_rules(round, by=dee, **said) is not two

    round.refresh_from_db()
    assert {name: getattr(round, name) for name in changes} == (before if two else changes)
    if two:
        with pytest.raises(RoundsRefusal, match="You asked for this yourself."):
            steering.change_rules(round, by=dee, **said)
        with pytest.raises(RoundsRefusal, match="asked for something else"):
            steering.change_rules(round, by=eve, **said | {"threshold": 5000})
        assert steering.change_rules(round, by=eve, **said) is True
        round.refresh_from_db()
        assert {name: getattr(round, name) for name in changes} == changes


def test_the_rules_page_says_that_a_second_person_has_to_agree(desk):
    round = RoundFactory(stage=Round.Stage.FROZEN, second_person=True)
    rules = {name: getattr(round, name) for name in planning.SETTINGS} | {"reason": "We are few.", "typed": round.name}
    rules |= {"threshold": "60", "turnout_min_share": "1"}
    del rules["second_person"]

    page = desk.post(f"/desk/rounds/round/{round.pk}/steer/rules/", rules, follow=True).content.decode()

    assert "A second person has to agree within 24 hours." in page
    assert "asked to change the rules, so that fewer people have to agree" in page
    assert Round.objects.get().second_person is True


def test_the_second_person_reads_who_asked_and_why(desk, client, vote):
    round, contest = vote
    pages = [f"/desk/rounds/round/{round.pk}/steer/cancel/", f"/desk/rounds/contest/{contest.pk}/void/"]
    for at in pages:
        assert "has asked for this" not in desk.get(at).content.decode()
        desk.post(at, {"reason": "A flood in the state.", "typed": round.name})
        assert "You asked for this yourself." in desk.get(at).content.decode()

    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    for at in pages:
        page = client.get(at).content.decode()
        assert "<strong>Dee Dorn has asked for this</strong>: “A flood in the state.”" in page


def test_a_candidate_on_a_ballot_withdraws_by_two_and_by_those_who_steer(desk, client, vote, dee):
    round, contest = vote
    candidacy = contest.options.get(number=1).candidacy
    at = f"/desk/rounds/candidacy/{candidacy.pk}/withdraw/"
    said = {"reason": "She moves.", "typed": round.name}

    assert "This field is required." in desk.post(at, {"reason": "She moves."}).content.decode()
    desk.post(at, said)
    assert (Contest.objects.get().state, Approval.objects.get().action) == ("open", "candidacy.withdraw")
    assert f"/desk/rounds/candidacy/{candidacy.pk}/change/" in desk.get("/desk/journal/approval/").content.decode()

    lead, eve = UserFactory(is_staff=True), UserFactory(is_staff=True, is_superuser=True)
    lead.user_permissions.set(Permission.objects.filter(codename__in=["view_candidacy", "change_nomination"]))
    client.force_login(lead)
    assert client.post(at, said).status_code == 403
    assert Contest.objects.get().state == "open"
    client.force_login(eve)
    client.post(at, said)
    assert Contest.objects.get().state == "void"


def test_where_a_round_asks_for_a_second_person_two_certify(dee):
    round = counted({1: 60, 2: 40}, certification=Round.Certification.ONE, second_person=True).contest.round
    eve = UserFactory(is_staff=True)

    assert certifying.certify(round, by=dee, now=START, reason="Counted.") is False
    assert certifying.certify(round, by=eve, now=START, reason="Counted.") is True
