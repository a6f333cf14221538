"""Where a member lives, from all that her sources say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from groups.atlas import BY_USPS
from groups.models import Member, MemberSource, Place
from groups.places import ZipAnswer, resolve_zips

Doubt = Member.DistrictDoubt


@dataclass(frozen=True)
class Statement:
    """One source's word on her place: a ZIP, a state ("MA"), a district she chose herself; and of which day.

    sure: staff looked it up, so the district stands whatever the ZIP.
    """

    zip: str = ""
    usps: str = ""
    district: Place | None = None
    dated: date | None = None
    sure: bool = False


@dataclass(frozen=True)
class Residence:
    """Where she lives as far as is known. A member of unknown district votes in her state's contests only."""

    zip: str = ""
    state: Place | None = None
    district: Place | None = None
    doubt: str = Doubt.NO_ZIP
    dated: date | None = None

    @property
    def where(self) -> tuple:
        return (self.state, self.district)


class Gazetteer:
    """What is needed to read statements: the answers for the ZIPs in them, and all places."""

    def __init__(self, answers: Mapping[str, ZipAnswer], places: list[Place]):
        self.answers = answers
        self.states = {place.usps: place for place in places if place.number is None}
        self.at_large = {place.usps: place for place in places if place.number == 0 and BY_USPS[place.usps].at_large}

    def read(self, said: Statement) -> Residence:
        """What one statement alone amounts to."""
        answer = self.answers.get(said.zip)
        districts = answer.districts if answer else []
        if said.district:
            return self.chosen(said, districts)
        if not districts:
            return self.by_state(said)
        named = [district for district in districts if district.usps == said.usps]
        if said.usps and not named:  # the ZIP lies in another state than the address names
            return Residence(said.zip, doubt=Doubt.DIFFERING, dated=said.dated)
        if named:
            districts = named
        if len({district.usps for district in districts}) > 1:
            return Residence(said.zip, doubt=Doubt.TWO_STATES, dated=said.dated)
        only = districts[0] if len(districts) == 1 else None
        state = self.states[districts[0].usps]
        return Residence(said.zip, state, only, Doubt.NONE if only else Doubt.SPLIT, said.dated)

    def chosen(self, said, districts):
        """A district she named herself: believed where the ZIP allows it, kept with a flag where it is not known."""
        place = said.district
        state = self.states[place.usps]
        if said.sure or place in districts:
            return Residence(said.zip, state, place, Doubt.NONE, said.dated)
        if not districts:
            sure = BY_USPS[place.usps].at_large
            return Residence(said.zip, state, place, Doubt.NONE if sure else Doubt.UNKNOWN_ZIP, said.dated)
        return Residence(said.zip, state, None, Doubt.DIFFERING, said.dated)

    def by_state(self, said):
        """Only the state helps: no ZIP, or one that is not on the map (PO boxes, Guam, military mail)."""
        doubt = Doubt.UNKNOWN_ZIP if said.zip else Doubt.NO_ZIP
        state, only = self.states.get(said.usps), self.at_large.get(said.usps)
        return Residence(said.zip, state, only, Doubt.NONE if only else doubt, said.dated)

    def settle(self, statements: list[Statement]) -> Residence:
        """Where she lives by all statements: the newest dated one; undated ones must agree, else nobody knows.

        A statement without a ZIP yields to one with a ZIP in the same state. Dated statements win over undated.
        Where they differ, the state they share is kept (DESIGN: the newest dated address, else a list for staff).
        """
        said = [statement for statement in statements if statement.zip or statement.usps or statement.district]
        precise = [statement for statement in said if statement.zip or statement.district]
        read = [self.read(statement) for statement in precise or said]
        if precise:
            known = {residence.state.usps for residence in read if residence.state}
            vague = [s for s in said if s not in precise and s.usps in self.states and s.usps not in known]
            # An address without ZIP in another state is a word of its own: she may have moved.
            read += [self.read(statement) for statement in vague if known]
        if not read:
            return Residence()
        newest = max((residence.dated for residence in read if residence.dated), default=None)
        read = [residence for residence in read if residence.dated == newest]
        settled = [residence for residence in read if residence.doubt == Doubt.NONE] or read
        if len({residence.where for residence in read}) == 1:
            return settled[0]
        states = {residence.state for residence in read}
        shared = states.pop() if len(states) == 1 else None
        return Residence(read[0].zip, shared, None, Doubt.DIFFERING, newest)


def gazetteer_for(statements: Iterable[Statement]) -> Gazetteer:
    """The gazetteer that reads these statements by the current map, in three queries."""
    zips = {statement.zip for statement in statements if statement.zip}
    return Gazetteer(resolve_zips(zips), list(Place.objects.filter(Q(number=None) | Q(number=0))))


def statement_of(source: MemberSource, district: Place | None = None) -> Statement:
    """What one source says of her home; district spares a query where the caller has it."""
    said = district or (source.district if source.district_id else None)
    return Statement(source.zip, source.usps, said, source.dated, sure=source.source == MemberSource.DESK)


def settle_member(member: Member, *, map_version) -> Residence:
    """Set the member's place by all her sources but an unconfirmed sign-up; the caller saves PLACE_FIELDS."""
    sources = member.sources.exclude(status=MemberSource.WAITING).select_related("district")
    statements = [statement_of(source) for source in sources.order_by("source", "source_key")]
    home = gazetteer_for(statements).settle(statements)
    put(member, home, map_version=map_version)
    return home


PLACE_FIELDS = ["zip", "state", "district", "map_version", "doubt", "address_dated"]


def put(member: Member, home: Residence, *, map_version):
    """Write a residence onto a member in memory."""
    member.zip, member.state, member.district, member.doubt = home.zip, home.state, home.district, home.doubt
    member.address_dated = home.dated
    member.map_version = map_version if home.zip or home.district else None


def home_in_short(member: Member) -> str:
    """Where she lives in short: "02139 MA-07", "02139 MA" where her district is not known."""
    place = member.district or member.state
    return f"{member.zip} {place.label if place else '?'}".strip()
