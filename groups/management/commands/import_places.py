from django.core.management.base import BaseCommand
from django.db import transaction

from groups.atlas import US_STATES
from groups.models import Place


@transaction.atomic
def make_places() -> tuple[int, int]:
    """Make or correct every state and district of the atlas; (new, changed). Twice changes nothing."""
    standing = {place.ocd_id: place for place in Place.objects.all()}
    new, changed = [], []
    for home in US_STATES:
        keep(standing, new, changed, ocd_id=home.ocd, kind=Place.Kind.STATE, usps=home.usps, name=home.name)
    Place.objects.bulk_create(new)
    states = {place.usps: place for place in Place.objects.states()}
    districts = []
    for home in US_STATES:
        for number in home.numbers:
            keep(
                standing,
                districts,
                changed,
                ocd_id=home.district_ocd(number),
                kind=Place.Kind.DISTRICT,
                usps=home.usps,
                number=number,
                name=home.district_name(number),
                state_id=states[home.usps].pk,
            )
    Place.objects.bulk_create(districts)
    Place.objects.bulk_update(changed, ["kind", "usps", "number", "name", "state"])
    return len(new) + len(districts), len(changed)


def keep(standing, new, changed, *, ocd_id, **facts):
    """Note a place as new, or as changed where it says something else. Its organizer is left alone."""
    place = standing.get(ocd_id)
    if place is None:
        new.append(Place(ocd_id=ocd_id, **facts))
    elif any(getattr(place, name) != value for name, value in facts.items()):
        for name, value in facts.items():
            setattr(place, name, value)
        changed.append(place)


class Command(BaseCommand):
    help = "Make all states, DC, the territories and their congressional districts. Running it again changes nothing."

    def handle(self, **options):
        new, changed = make_places()
        self.stdout.write(f"{new} new, {changed} changed, {Place.objects.count()} places in all.")
