"""A reviewer at the vetting desk: who she is, a file that is ready for her, the pages by name."""

from datetime import timedelta

from django.urls import reverse

from groups.models import Role
from groups.roles import make_roles
from tests.factories.groups import UserFactory, district
from tests.factories.rounds import START, CandidacyFactory, NominationFactory, RaceFactory
from tests.factories.vetting import ResponseFactory

NOW = START + timedelta(days=2)
QUEUE = reverse("admin:vetting_vettingfile_queue")


def vetter(name, role="Vetting reviewer"):
    make_roles()
    user = UserFactory(name=name, is_staff=True)
    user.groups.add(Role.objects.get(name=role))
    return user


def ready(name="Jane Rivera", **rest):
    candidacy = CandidacyFactory(name=name, gates=2, **rest)
    NominationFactory(candidacy=candidacy)
    scored = {"right": 4, "total": 4, "passed": True}
    ResponseFactory(candidacy=candidacy, submitted_at=START, answers={1: "yes"}, **scored)
    return candidacy


def race_in(number):
    return RaceFactory(place=district("MA", number))


def page_of(candidacy, name="change"):
    return reverse(f"admin:vetting_vettingfile_{name}", args=[candidacy.pk])


def text_of(page):
    return " ".join(page.content.decode().split())


def typed(**fields):
    said = {"recommendation": "clear", "reason": "A good file.", "no_conflict": "on"} | fields
    return {"act": "verdict"} | {f"verdict-{name}": value for name, value in said.items()}
