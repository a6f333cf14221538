"""Finding a place: from what people write, from a ZIP; and who organizes there."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _

from groups.atlas import BY_USPS, US_STATES, Home
from groups.models import MapVersion, Place, ZipDistrict
from groups.refusals import Refusal

AT_LARGE_WORDS = {"AL", "ATLARGE", "DELEGATE"}
# The Census codes at-large as 00 and delegates as 98; others write 1 for the only seat there is.
AT_LARGE_NUMBERS = {0, 1, 98}
WRITTEN = re.compile(r"^([A-Z]{2})[\s\-–_.]*([A-Z\s\-–]*|[0-9]{1,2})$")
BY_NAME = {home.name.upper(): home for home in US_STATES}


@dataclass(frozen=True)
class ZipAnswer:
    """What a map says of a ZIP: kind is one, split (in one state), two_states or unknown."""

    kind: str
    districts: list[Place] = field(default_factory=list)
    states: list[Place] = field(default_factory=list)
    map_version: MapVersion | None = None


def home_of(text: str) -> Home | None:
    """The state, capital or territory that "MA", "ma" or "Massachusetts" means; None when it means none."""
    word = text.strip().upper()
    return BY_USPS.get(word) or BY_NAME.get(word)


def parse_district(text: str) -> tuple[str, int | None]:
    """("MA", 7) for MA-7, MA07, ma-07; ("WY", 0) for WY-0, WY00, WY-98, WY-AL, wy-at-large; ("MA", None) for MA.

    Refusal when there is no such state or district (process.md 14).
    """
    said = str(text)[:80].strip()
    if home := home_of(said):
        return home.usps, None
    found = WRITTEN.match(said.upper())
    home = BY_USPS.get(found[1]) if found else None
    if home is None or found is None:
        raise Refusal(_("“%(text)s” is no district. Write it like MA-07 or WY-AL.") % {"text": said})
    rest = re.sub(r"[\s\-–]", "", found[2])
    number = 0 if rest in AT_LARGE_WORDS else int(rest) if rest.isdigit() else None
    if number is None:
        raise Refusal(_("“%(text)s” is no district. Write it like MA-07 or WY-AL.") % {"text": said})
    return home.usps, number_in(home, number)


def number_in(home: Home, number: int) -> int:
    """The district's number as we keep it, 0 for at-large and delegates. Refusal where there is none."""
    if home.at_large and number in AT_LARGE_NUMBERS:
        return 0
    if not home.at_large and 1 <= number <= home.seats:
        return number
    if home.at_large:
        raise Refusal(_("%(state)s has one district only, %(usps)s-AL.") % {"state": home.words, "usps": home.usps})
    raise Refusal(
        _("%(state)s has the districts 1 to %(seats)s, and no district %(number)s.")
        % {"state": home.words, "seats": home.seats, "number": number}
    )


def find(text: str) -> Place:
    """The Place that a text names (see parse_district) or whose OCD id it is. Refusal when there is none."""
    if place := Place.objects.select_related("state").filter(ocd_id=str(text).strip()[:80]).first():
        return place
    usps, number = parse_district(text)
    place = Place.objects.select_related("state").filter(usps=usps, number=number).first()
    if place is None:
        raise Refusal(_("The places are not loaded yet: run import_places first."))
    return place


def current_map() -> MapVersion | None:
    """The map that answers look-ups now; None before the first one is loaded."""
    return MapVersion.objects.filter(current=True).first()


def resolve_zip(zip5: str, map_version: MapVersion | None = None) -> ZipAnswer:
    """Which districts a ZIP touches on a map, the current one unless another is given."""
    return resolve_zips([zip5], map_version)[zip5]


def resolve_zips(zips: Iterable[str], map_version: MapVersion | None = None) -> dict[str, ZipAnswer]:
    """The answers for many ZIPs in two queries; every ZIP asked for has one."""
    zips = set(zips)
    map_version = map_version or current_map()
    found = defaultdict(list)
    clean = [zip5 for zip5 in zips if zip5.isascii() and zip5.isdigit()]
    if map_version and clean:
        rows = ZipDistrict.objects.filter(map_version=map_version, zip__in=clean).values_list("zip", "district_id")
        touched = [tuple(row) for row in rows]
        # Each district is read once, however many ZIPs touch it: an import asks for thousands.
        districts = Place.objects.select_related("state").in_bulk({district for _zip, district in touched})
        for zip5, district in touched:
            found[zip5].append(districts[district])
        for some in found.values():
            some.sort(key=lambda place: (place.usps, place.number))
    return {zip5: answer(found[zip5], map_version) for zip5 in zips}


def answer(districts: list[Place], map_version: MapVersion | None) -> ZipAnswer:
    """The answer that a list of districts amounts to."""
    states = sorted({district.state for district in districts}, key=lambda state: state.usps)
    if not districts:
        return ZipAnswer("unknown", map_version=map_version)
    kind = "two_states" if len(states) > 1 else "split" if len(districts) > 1 else "one"
    return ZipAnswer(kind, districts, states, map_version)


def contact(place: Place) -> tuple[str, str]:
    """(name, e-mail) of the organizer to write to: the district's, else the state's, else the federation's."""
    for where in (place, place.state):
        if where is not None and where.organizer_email:
            return where.organizer_name or where.name, where.organizer_email
    return settings.FEDERATION_NAME, settings.CONTACT_EMAIL
