"""What a list says of some people, weighed against what is known of them: the rules of an import, person by person.

merging.py does the same for those of whom there is nothing to weigh, all at once.
"""

from datetime import UTC, date, datetime, time

from django.conf import settings

from groups.importing.person import SUBSCRIBED, UNSAID
from groups.models import ImportChange, Member, MemberSource
from groups.places import resolve_zips
from groups.residence import Gazetteer, Statement, put, statement_of
from mailings import letters, suppression

CHUNK = 2000
MEMBER_FIELDS = [
    "email",
    "first_name",
    "last_name",
    "zip",
    "state",
    "district",
    "map_version",
    "address_dated",
    "doubt",
    "language",
    "wants_news",
    "confirmed_at",
    "confirmed_how",
]
SOURCE_FIELDS = ["batch", "status", "zip", "usps", "dated"]


class Chunk:
    """Some people of a file beside what the database knows of them: read in four queries, written in three."""

    def __init__(self, people, batch, atlas, map_version, *, now):
        self.people, self.batch, self.map_version, self.now = people, batch, map_version, now
        keys = [person.email_key for person in people]
        # Locked, so that a sign-up confirmed meanwhile is not overwritten.
        standing = Member.objects.select_for_update(of=("self",)).filter(email_key__in=keys)
        self.members = {member.email_key: member for member in standing}
        self.sources = {}
        places = {place.pk: place for place in atlas}
        for source in MemberSource.objects.filter(member__in=[member.pk for member in self.members.values()]):
            self.sources.setdefault(source.member_id, {})[(source.source, source.source_key)] = source
        for member in self.members.values():
            member.state = places.get(member.state_id)
            member.district = places.get(member.district_id)
        self.places = places
        self.blocked = suppression.blocked(keys, letters.SERVICE)
        asked = {source.zip for known in self.sources.values() for source in known.values()}
        asked |= {row.zip for person in people for row in person.statements.values()}
        self.gazetteer = Gazetteer(resolve_zips(asked - {""}, map_version), atlas)

    def write(self, counts):
        """Settle each person, then write the new, the changed and their sources; add to the counts."""
        new, changed, sources, changes = [], [], [], []
        for person in self.people:
            counts["suppressed"] += person.email_key in self.blocked
            member = self.members.get(person.email_key)
            if member is not None and (member.erased_at or member.merged_into_id):
                counts["unchanged"] += 1
                continue
            fresh = member is None
            if fresh:
                member = self.make(person)
            before = {} if fresh else facts_of(member)
            told = self.sources_of(person, member)
            self.bring_up_to_date(member, person, told)
            sources += told["altered"]
            if fresh:
                new.append(member)
            elif (after := facts_of(member)) != before or told["altered"]:
                changed.append(member)
                differing = [name for name in after if after[name] != before[name]]
                changes.append(self.change(member, None, *({n: f[n] for n in differing} for f in (before, after))))
            else:
                counts["unchanged"] += 1
            counts["no_zip"] += not member.zip
            counts["in_doubt"] += bool(member.doubt)
        counts["new"] += len(new)
        counts["changed"] += len(changed)
        Member.objects.bulk_create(new)
        Member.objects.bulk_create(changed, update_conflicts=True, unique_fields=["pk"], update_fields=MEMBER_FIELDS)
        for source in sources:
            source.member_id = source.member.pk  # a new member has her key only now
        self.write_sources(sources, changes)
        ImportChange.objects.bulk_create(change for change in changes if change.before or change.after)

    def write_sources(self, sources, changes):
        """Write the sources, and what they said before, but for those of members who are new with this batch."""
        for source in sources:
            source.fresh = source.pk is None
        MemberSource.objects.bulk_create([source for source in sources if source.fresh])
        MemberSource.objects.bulk_create(
            [source for source in sources if not source.fresh],
            update_conflicts=True,
            unique_fields=["pk"],
            update_fields=SOURCE_FIELDS,
        )
        changes += [
            self.change(source.member, source.pk, source.before, words_of(source))
            for source in sources
            if source.member.brought_by_id != self.batch.pk
        ]

    def change(self, member, source, before, after):
        return ImportChange(batch=self.batch, member=member.pk, source=source, before=before, after=after)

    def make(self, person):
        """A member not yet written."""
        joined = datetime.combine(person.joined, time(12), UTC) if person.joined else self.now
        language = person.language if person.language in dict(settings.LANGUAGES) else "en"
        return Member(
            email=person.email,
            email_key=person.email_key,
            joined_at=min(joined, self.now),
            language=language,
            brought_by=self.batch,
        )

    def sources_of(self, person, member):
        """All sources of a member with this file's word in it: {"all": …, "altered": those to be written}."""
        known = dict(self.sources.get(member.pk, {})) if member.pk else {}
        altered = []
        for key, row in person.statements.items():
            said = {"status": row.status_words, "zip": row.zip, "usps": row.usps, "dated": row.dated}
            source = known.get((self.batch.format, key))
            if source is None:
                source = MemberSource(member=member, source=self.batch.format, source_key=key)
                source.before = {}
                known[(self.batch.format, key)] = source
            elif all(getattr(source, name) == value for name, value in said.items()):
                continue
            else:
                source.before = words_of(source)
            source.batch = self.batch
            source.member = member
            for name, value in said.items():
                setattr(source, name, value)
            altered.append(source)
        return {"all": known, "altered": altered}

    def bring_up_to_date(self, member, person, told) -> None:
        """Set what follows from all that is known. A list that says nothing new of her home leaves it as it is."""
        member.first_name = member.first_name or person.first_name
        member.last_name = member.last_name or person.last_name
        redrawn = member.zip and member.map_version_id != (self.map_version.pk if self.map_version else None)
        if told["altered"] or redrawn:
            home = self.gazetteer.settle(statements_of(told["all"], self.places))
            put(member, home, map_version=self.map_version)
        if self.batch.vouched_by and person.status != UNSAID and member.confirmed_at is None:
            member.confirmed_at, member.confirmed_how = self.now, Member.Confirmed.IMPORTED
            member.wants_news = person.status == SUBSCRIBED
        if person.email_key in self.blocked:
            member.wants_news = False


def facts_of(member) -> dict:
    """What an import may change of a member, by column, as JSON keeps it: nothing is fetched for it."""
    names = [Member._meta.get_field(name).attname for name in MEMBER_FIELDS]
    return {name: plain(getattr(member, name)) for name in names}


def words_of(source) -> dict:
    """The same of a source."""
    names = [MemberSource._meta.get_field(name).attname for name in SOURCE_FIELDS]
    return {name: plain(getattr(source, name)) for name in names}


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


def statements_of(sources, places) -> list[Statement]:
    """What a member's sources say of her home, in a fixed order; an unconfirmed sign-up is not believed."""
    return [
        statement_of(source, places.get(source.district_id))
        for _key, source in sorted(sources.items())
        if source.status != MemberSource.WAITING
    ]
