import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail

from groups import leading
from groups.models import Group, Leadership, User
from groups.refusals import Refusal
from journal.models import Entry
from mailings import postroom
from mailings.models import Letter
from tests.factories.groups import LeadershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_who_leads(ada, cem, dee, group):
    waiting = LeadershipFactory(group=group, confirmed_at=None).user
    leads = {user: leading.leads(user, group) for user in (ada, cem, dee, waiting, AnonymousUser())}
    assert [user for user, yes in leads.items() if yes] == [ada]
    assert list(leading.groups_of(ada)) == [group]
    assert list(leading.groups_of(waiting)) == []
    assert list(leading.groups_of(AnonymousUser())) == []


def test_a_leader_who_left_and_a_group_that_closed(ada, group):
    Group.objects.update(active=False)
    assert list(leading.groups_of(ada)) == []
    ada.is_active = False
    assert not leading.leads(ada, group)


def test_staff_or_another_leader_confirm_once(ada, dee, group, at):
    new = LeadershipFactory(group=group, confirmed_at=None)
    assert leading.confirm(new, by=ada, now=at("2026-03-01 12:00")) is True
    assert leading.confirm(new, by=dee, now=at("2026-03-02 12:00")) is False
    assert (new.confirmed_at, new.confirmed_by) == (at("2026-03-01 12:00"), ada)
    assert Entry.objects.get().verb == "leader.confirmed"


def test_nobody_else_confirms(cem, group, at):
    new = LeadershipFactory(group=group, confirmed_at=None)
    for by in (new.user, cem, UserFactory(is_staff=True)):
        with pytest.raises(Refusal):
            leading.confirm(new, by=by, now=at("2026-03-01 12:00"))
    assert not leading.leads(new.user, group)


@pytest.fixture
def now(at):
    return at("2026-03-01 12:00")


def add(group, ada, now, email="lou@example.org"):
    return leading.add(group, email=email, name="Lou Lind", by=ada, now=now)


def test_a_leader_lets_another_in_once(ada, group, now):
    assert (add(group, ada, now), add(group, ada, now, "Lou@Example.org")) == (True, False)

    lou = User.objects.get(email="lou@example.org")
    assert (lou.name, leading.leads(lou, group)) == ("Lou Lind", True)
    assert Leadership.objects.get(user=lou).confirmed_by == ada
    assert list(Letter.objects.values_list("name", "seat")) == [("groups.leader_confirmed", lou.pk)]
    assert [entry.verb for entry in Entry.objects.all()] == ["leader.added"]


def test_one_who_waits_is_confirmed_by_being_let_in(ada, group, now):
    waiting = LeadershipFactory(group=group, confirmed_at=None, user__email="lou@example.org")
    assert add(group, ada, now) is True
    assert leading.leads(waiting.user, group)


def test_only_leaders_let_others_in_and_not_more_than_twenty(ada, cem, group, now):
    with pytest.raises(Refusal, match="Only a leader"):
        add(group, cem, now)
    for _ in range(18):
        LeadershipFactory(group=group)
    assert add(group, ada, now) is True
    with pytest.raises(Refusal, match="at most 20"):
        add(group, ada, now, "one.more@example.org")
    assert not User.objects.filter(email="one.more@example.org").exists()


def test_the_last_leader_stays_until_another_has_signed_in(ada, group, now):
    with pytest.raises(Refusal, match="Nobody else has signed in"):
        leading.leave(group, by=ada, now=now)
    add(group, ada, now)
    with pytest.raises(Refusal, match="Nobody else has signed in"):
        leading.leave(group, by=ada, now=now)

    User.objects.filter(email="lou@example.org").update(last_login=now)

    assert (leading.leave(group, by=ada, now=now), leading.leave(group, by=ada, now=now)) == (True, False)
    assert not leading.leads(ada, group)


def test_a_wrong_address_is_taken_back_but_no_leader_throws_another_out(ada, cem, group, now):
    add(group, ada, now)
    wrong = Leadership.objects.get(user__email="lou@example.org")
    with pytest.raises(Refusal, match="Only a leader"):
        leading.turn_away(wrong, by=cem, now=now)
    assert (leading.turn_away(wrong, by=ada, now=now), leading.turn_away(wrong, by=ada, now=now)) == (True, False)

    other = LeadershipFactory(group=group, user__last_login=now)
    with pytest.raises(Refusal, match="nobody else can take that away"):
        leading.turn_away(other, by=ada, now=now)
    assert leading.leads(other.user, group)


def test_the_page_lets_in_confirms_and_lets_go(client, ada, group, now):
    waiting = LeadershipFactory(group=group, confirmed_at=None, user__name="Wren Webb")
    client.force_login(ada)
    page = f"/lead/{group.slug}/leaders/"

    bad = client.post(page, {"act": "add", "name": "", "email": "lou@"})
    assert (bad.status_code, 'value="lou@"' in bad.content.decode()) == (400, True)
    assert client.post(page, {"act": "add", "name": "Lou Lind", "email": "lou@example.org"}).status_code == 302
    assert client.post(page, {"act": "confirm", "leader": waiting.pk}).status_code == 302
    assert leading.leads(waiting.user, group)
    assert client.post(page, {"act": "leave"}).status_code == 400
    User.objects.filter(pk=waiting.user_id).update(last_login=now)
    assert client.post(page, {"act": "leave"}).headers["Location"] == "/lead/"
    assert client.get(page).status_code == 404


@pytest.mark.parametrize("said", ["", "x", "0", "9" * 30, "²"])
def test_forged_leaders_are_not_there(client, ada, group, said):
    client.force_login(ada)
    for act in ("confirm", "turn_away", "nonsense"):
        assert client.post(f"/lead/{group.slug}/leaders/", {"act": act, "leader": said}).status_code == 400


def test_the_page_is_nobody_elses(client, cem, group):
    assert client.get(f"/lead/{group.slug}/leaders/").status_code == 302
    client.force_login(cem)
    assert client.get(f"/lead/{group.slug}/leaders/").status_code == 404


def test_ten_letters_a_day(client, ada, group):
    client.force_login(ada)
    codes = [
        client.post(
            f"/lead/{group.slug}/leaders/", {"act": "add", "name": "L", "email": f"l{n}@example.org"}
        ).status_code
        for n in range(11)
    ]
    assert codes == [302] * 10 + [400]


def test_the_letter_says_by_whose_word_and_where_to_sign_in(ada, group, now):
    add(group, ada, now)
    postroom.send_due(now)
    (letter,) = mail.outbox
    assert letter.to == ["Lou Lind <lou@example.org>"]
    assert "Ada Adams has confirmed you as a leader of Boston Common Group" in " ".join(letter.body.split())
    assert "/accounts/login/?next=/lead/" in letter.body
