"""Places, groups, users and members. Places come from the atlas: state("MA"), district("MA", 7)."""

from datetime import UTC, datetime

import factory
from django.contrib.auth.hashers import make_password

from groups.atlas import BY_USPS
from groups.models import Group, Leadership, MapVersion, Member, Place, User, ZipDistrict

SOME_DAY = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)


def state(usps="MA"):
    """The Place of a state, made when needed."""
    home = BY_USPS[usps]
    return Place.objects.get_or_create(
        ocd_id=home.ocd, defaults={"kind": Place.Kind.STATE, "usps": usps, "name": home.name}
    )[0]


def district(usps="MA", number=7):
    """The Place of a congressional district and of its state, made when needed; 0 is at-large."""
    home = BY_USPS[usps]
    return Place.objects.get_or_create(
        ocd_id=home.district_ocd(number),
        defaults={
            "kind": Place.Kind.DISTRICT,
            "usps": usps,
            "number": number,
            "name": home.district_name(number),
            "state": state(usps),
        },
    )[0]


def zips(lines, map_version=None):
    """ZIPs on a map, {"02139": ["MA-5", "MA-7"]}; makes the map and the places."""
    map_version = map_version or MapVersionFactory()
    for zip5, labels in lines.items():
        for label in labels:
            usps, _dash, number = label.partition("-")
            ZipDistrict.objects.create(map_version=map_version, zip=zip5, district=district(usps, int(number)))
    return map_version


class MapVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MapVersion
        django_get_or_create = ["name"]

    name = "cd119"
    loaded_at = SOME_DAY
    current = True
    settled_at = SOME_DAY


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    name = factory.Sequence(lambda n: f"User {n}")
    password = factory.LazyFunction(lambda: make_password(None))  # she signs in by mailed code


class GroupFactory(factory.django.DjangoModelFactory):
    """A group of MA-07 unless places are given: GroupFactory(places=[state("WY")])."""

    class Meta:
        model = Group
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Group {n}")
    slug = factory.Sequence(lambda n: f"group-{n}")
    legal_form = Group.LegalForm.UNINCORPORATED

    @factory.post_generation
    def places(self, create, given, **rest):
        if create:
            self.places.set([district("MA", 7)] if given is None else given)


class LeadershipFactory(factory.django.DjangoModelFactory):
    """A confirmed leader; confirmed_at=None for one who waits."""

    class Meta:
        model = Leadership

    group = factory.SubFactory(GroupFactory)
    user = factory.SubFactory(UserFactory)
    confirmed_at = SOME_DAY


class MemberFactory(factory.django.DjangoModelFactory):
    """A confirmed member of MA-07; confirmed_at=None for one who has not clicked yet."""

    class Meta:
        model = Member

    email = factory.Sequence(lambda n: f"member{n}@example.org")
    email_key = factory.LazyAttribute(lambda member: member.email.strip().lower())
    first_name = "Ben"
    last_name = factory.Sequence(lambda n: f"Number {n}")
    zip = "02139"
    district = factory.LazyFunction(lambda: district("MA", 7))
    state = factory.LazyAttribute(lambda member: member.district.state if member.district else None)
    joined_at = SOME_DAY
    confirmed_at = SOME_DAY
    confirmed_how = factory.LazyAttribute(lambda member: Member.Confirmed.CLICKED if member.confirmed_at else "")
