"""A new map: members and groups are placed again, and those who can't be are listed for staff (process.md 14)."""

from collections import defaultdict
from dataclasses import replace
from time import monotonic

from django.db import transaction
from django.db.models import Count, F, Q

from groups.models import Group, MapVersion, Member, MemberReport, MemberSource, Place, ZipDistrict
from groups.places import resolve_zips
from groups.residence import PLACE_FIELDS, Gazetteer, Statement, home_in_short, put, statement_of
from journal import book
from mailings import queue

NEW_DISTRICTS_LETTER = "groups.new_districts"
CHUNK = 1000
# A tick works for so many seconds and leaves the rest to the next one.
PATIENCE = 20


def begin(map_version: MapVersion, districts: set[int], *, now) -> int:
    """A map was loaded on which these districts have other lines; how many groups staff should look at.

    Members follow in small pieces (settle). Called in the transaction that loads the map.
    """
    settled_at = None if behind(map_version).exists() else now
    MapVersion.objects.filter(pk=map_version.pk).update(
        settled_at=settled_at, settled_through=0, members_moved=0, members_lost=0
    )
    touched = Group.objects.filter(places__in=districts, active=True, redrawn_at=None).distinct()
    return Group.objects.filter(pk__in=touched.values("pk")).update(redrawn_at=now)


def forget(map_version: MapVersion, zips: set[str]) -> None:
    """A map was corrected under its own name: who was placed by it in one of these ZIPs is placed anew."""
    for start in range(0, len(zips), CHUNK):
        some = sorted(zips)[start : start + CHUNK]
        Member.objects.filter(map_version=map_version, zip__in=some).update(map_version=None)
        MemberSource.objects.filter(zip__in=some, district__number__gt=0).update(district=None)


def under_way() -> MapVersion | None:
    """The map on which members are still being placed; None when all are."""
    return MapVersion.objects.filter(current=True, settled_at=None).first()


def settle(now) -> int:
    """Place members on the current map, piece by piece, until all are or patience ends; how many were looked at."""
    until, seen = monotonic() + PATIENCE, 0
    while monotonic() < until:
        some = settle_some(now)
        if some is None:
            break
        seen += some
    return seen


def settle_some(now) -> int | None:
    """One piece in one transaction; None when nothing is left. Two clocks at once do each piece once."""
    with transaction.atomic():
        chosen = MapVersion.objects.select_for_update().filter(current=True, settled_at=None)
        map_version = chosen.first()
        if map_version is None:
            return None
        members = list(
            behind(map_version)
            .filter(pk__gt=map_version.settled_through)
            .select_for_update(of=("self",))
            .order_by("pk")[:CHUNK]
        )
        if members:
            moved, lost = Piece(members, map_version).write(now)
            chosen.update(
                settled_through=members[-1].pk,
                members_moved=F("members_moved") + moved,
                members_lost=F("members_lost") + lost,
            )
        elif behind(map_version).exists():  # a list was taken in by the older map meanwhile
            chosen.update(settled_through=0)
        else:
            chosen.update(settled_at=now)
            after = {"moved": map_version.members_moved, "lost": map_version.members_lost}
            book.record("map.settled", map_version, by="clock", now=now, after=after)
            return None
    return len(members)


def behind(map_version):
    """The members who were placed on another map, or on none though they have a ZIP."""
    placed = Q(zip__gt="") | Q(district__number__gt=0)
    return Member.objects.filter(placed, erased_at=None, merged_into=None).exclude(map_version=map_version)


class Piece:
    """Some members beside all that their sources say, read by the new map."""

    def __init__(self, members, map_version):
        self.members, self.map_version = members, map_version
        self.sources = defaultdict(list)
        keys = [member.pk for member in members]
        rows = list(MemberSource.objects.filter(member__in=keys).order_by("source", "source_key"))
        for source in rows:
            self.sources[source.member_id].append(source)
        self.places = Place.objects.select_related("state").in_bulk()
        for member in members:
            member.state = self.places.get(member.state_id)
            member.district = self.places.get(member.district_id)
        zips = {row.zip for row in rows} | {member.zip for member in members}
        self.answers = resolve_zips(zips - {""}, map_version)
        self.gazetteer = Gazetteer(self.answers, list(self.places.values()))
        self.older = {}
        for key in {member.map_version_id for member in members} - {None}:
            self.older[key] = resolve_zips(zips - {""}, MapVersion(pk=key))
        self.redrawn = {}

    def write(self, now):
        """Settle each one; answers how many live in another district now, and of how many it is not known any more."""
        changed, same, lapsed, lost, moved = [], [], [], [], 0
        for member in self.members:
            before, words = member.district_id, home_in_short(member)
            statements, over = self.statements_of(member)
            lapsed += over
            facts = (member.zip, member.state_id, before, member.doubt, member.address_dated)
            put(member, self.gazetteer.settle(statements), map_version=self.map_version)
            member.map_version = self.map_version
            after = (member.zip, member.state_id, member.district_id, member.doubt, member.address_dated)
            (same if after == facts else changed).append(member)
            if before and member.district_id is None:
                lost.append((member, words))
            elif member.district_id != before:
                moved += 1
        Member.objects.filter(pk__in=[member.pk for member in same]).update(map_version=self.map_version)
        Member.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=PLACE_FIELDS)
        MemberSource.objects.bulk_create(
            lapsed, update_conflicts=True, unique_fields=["pk"], update_fields=["district", "usps"]
        )
        self.tell([(member, words) for member, words in lost if member.confirmed_at], now)
        return moved, len(lost)

    def statements_of(self, member):
        """What is still true of all that was said of her home: (statements, sources whose choice has lapsed)."""
        statements, lapsed, claims = [], [], []
        for source in self.sources[member.pk]:
            said = statement_of(source, self.places.get(source.district_id))
            if self.lapses(said, member.map_version_id):
                said = replace(said, district=None, usps=said.district.usps)
                source.district, source.usps = None, said.usps
                lapsed.append(source)
            (claims if source.status == MemberSource.WAITING else statements).append(said)
        if not statements and not member.confirmed_at:
            statements = claims
        if not statements:  # nobody but her own record says where she lives
            usps = member.state.usps if member.state else ""
            said = Statement(member.zip, usps, member.district, member.address_dated)
            if self.lapses(said, member.map_version_id):
                said = replace(said, district=None)
            statements = [said]
        return statements, lapsed

    def lapses(self, said, older):
        """Whether a district that somebody chose on an older map may be another one now.

        It stands where her ZIP touches the same districts as before; where no map knows the ZIP, as long as no line
        of her state was drawn anew.
        """
        if said.district is None or said.district.number == 0 or older in (None, self.map_version.pk):
            return False
        before = self.older[older].get(said.zip)
        now = self.answers.get(said.zip)
        known = [{place.pk for place in answer.districts} if answer else set() for answer in (before, now)]
        if any(known):
            return known[0] != known[1]
        return said.district.usps in self.states_redrawn(older)

    def states_redrawn(self, older):
        """The states of which a line differs between two maps."""
        if older not in self.redrawn:
            pairs = [set(pairs_of(key)) for key in (older, self.map_version.pk)]
            self.redrawn[older] = {self.places[district].usps for _zip, district in pairs[0] ^ pairs[1]}
        return self.redrawn[older]

    def tell(self, lost, now):
        """Staff see who has lost her district, and she is asked which one she lives in."""
        MemberReport.objects.bulk_create(
            MemberReport(
                member=member,
                kind=MemberReport.Kind.NEW_MAP,
                told_at=now,
                before=words,
                after=home_in_short(member),
            )
            for member, words in lost
        )
        queue.enqueue(
            NEW_DISTRICTS_LETTER,
            seats=[member.pk for member, _words in lost],
            now=now,
            topic="map",
            wave=self.map_version.pk,
        )


def pairs_of(map_key):
    return ZipDistrict.objects.filter(map_version=map_key).values_list("zip", "district_id")


def homes_in(group: Group, limit=4):
    """Where the group's confirmed members live, most first: [(district, how many)], to place the group by."""
    counted = (
        Member.objects.confirmed()
        .filter(group=group, district__isnull=False)
        .values("district")
        .annotate(number=Count("pk"))
        .order_by("-number", "district")[:limit]
    )
    places = Place.objects.in_bulk([row["district"] for row in counted])
    return [(places[row["district"]], row["number"]) for row in counted]


def to_place():
    """The groups whose districts have other lines now and that nobody has looked at since."""
    return Group.objects.active().filter(redrawn_at__isnull=False)


def looked_at(group: Group, *, by, now) -> bool:
    """Staff have said which places the group works in on the new map. False when nothing was asked."""
    with transaction.atomic():
        if not Group.objects.filter(pk=group.pk, redrawn_at__isnull=False).update(redrawn_at=None):
            return False
        after = {"places": sorted(place.label for place in group.places.all())}
        book.record("group.placed", group, by=by, now=now, after=after)
    return True
