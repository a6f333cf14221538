"""The known cast is who the tests believe it is."""

import threading

import pytest
from django.db import connection

from groups.models import Group, Member


def test_ada_leads_her_group_alone(ada, cem, group):
    assert list(Group.objects.led_by(ada)) == [group]
    assert list(Group.objects.led_by(cem).exclude(pk=group.pk)) == list(Group.objects.led_by(cem))


def test_ben_is_a_confirmed_member_of_the_groups_place(ben, group):
    assert list(Member.objects.confirmed()) == [ben]
    assert group.reaches(ben.district)


def test_dee_may_everything_and_cem_nothing(dee, cem):
    assert dee.has_perm("rounds.steer_round")
    assert not cem.has_perm("rounds.steer_round")
    assert not cem.is_staff


def test_instants_know_their_zone(at):
    assert at("2026-03-12 20:00", "America/New_York") == at("2026-03-13 00:00")


@pytest.mark.django_db(transaction=True)
def test_threads_have_connections_of_their_own(ben):
    seen = []

    def look():
        seen.append((id(connection.connection), Member.objects.count()))
        seen.append(id(connection.connection))
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen[0][1] == 1
    assert seen[1] != id(connection.connection)
