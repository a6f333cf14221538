"""Recording a group's own endorsement, for any office (process.md 4.1)."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from journal import book
from rounds import admission, elections, planning, posting
from rounds.models import Candidacy, LocalEndorsement, Nomination, Race
from rounds.refusals import Refusal

COUNTING = Nomination.COUNTING
FIELDS = ["candidate", "office", "method", "decided_on", "eligible", "yes", "no", "threshold_words", "allies", "proof"]


def record(group, *, answers, by, now) -> LocalEndorsement:
    """Keep an endorsement the group made at home, without asking for a national one.

    answers: those of write, and seat (an office of rounds, with usps and district) or "" for any other office, which
    office then names. Of an office of ours it counts in the vetting of everybody who stands there.
    Raises Refusal for a race out of the group's reach, and for whatever write refuses.
    """
    if not posting.leaders(leaderships__group=group).filter(pk=by.pk).exists():
        raise Refusal(_("Only a leader of %(group)s can do this.") % {"group": group})
    admission.check_group(group)
    with transaction.atomic():
        race = None
        if seat := answers.get("seat"):
            place = admission.race_place(seat, answers.get("usps", ""), answers.get("district", ""))
            admission.check_reach(group, place)
            cycle = planning.current_cycle(now)
            if cycle:
                race = elections.race_of(cycle, seat, place)
            with override(settings.LANGUAGE_CODE):  # a record, whatever language the leader reads
                answers = answers | {"office": f"{Race.Office(seat).label}, {place.name}"}
        return write(group, answers=answers, race=race, by=by, now=now)


@dataclass
class AtHome:
    """What groups that did not nominate in a race endorsed at home there, seen from one candidacy."""

    same: list = field(default_factory=list)  # endorsements of this person
    others: list = field(default_factory=list)  # endorsements of somebody else

    @property
    def groups(self) -> list:
        """The groups that endorsed this person, alone or together, each once."""
        named = {}
        for one in self.same:
            named |= {group.pk: group for group in [one.group, *one.joint_groups.all()]}
        return list(named.values())


def at_home(candidacies) -> dict:
    """{candidacy's key: AtHome}, from a handful of queries for all of them.

    A group that nominated in the race speaks by its nomination. Of several endorsements of one group in one race
    the latest counts: groups may think again.
    """
    races = {candidacy.race_id for candidacy in candidacies}
    alone = Q(nomination=None) | Q(nomination__state=Nomination.State.REFUSED)
    listed = LocalEndorsement.objects.filter(alone, race__in=races).select_related("group")
    spoke = set(Nomination.objects.counting().filter(race__in=races).values_list("race", "group"))
    return seen_by(candidacies, listed.prefetch_related("joint_groups").order_by("-decided_on", "-pk"), spoke)


def seen_by(candidacies, listed, spoke) -> dict:
    """at_home's answer from endorsements, newest first, and the (race, group) pairs that speak by a nomination."""
    found = {candidacy.pk: AtHome() for candidacy in candidacies}
    latest = {}
    for one in listed:
        if (one.race_id, one.group_id) not in spoke:
            latest.setdefault((one.race_id, one.group_id), one)
    for one in latest.values():
        key = admission.name_key(one.candidate)
        for candidacy in candidacies:
            if candidacy.race_id == one.race_id:
                here = found[candidacy.pk]
                (here.same if candidacy.name_key == key else here.others).append(one)
    return found


@dataclass
class InRace:
    """All that groups decided at home about one race: those that nominated, and those that did not."""

    nominations: list  # those that count, oldest first, each with its group, candidacy and local endorsement
    alone: list  # endorsements without a nomination, newest first

    def of(self, candidacy) -> list:
        """The nominations that hold a candidacy up."""
        return [one for one in self.nominations if one.candidacy_id == candidacy.pk]

    def named(self) -> list:
        """The candidacies that groups named and that may still be or are on a ballot, by name."""
        alive = [*Candidacy.STANDING, Candidacy.State.ON_BALLOT]
        people = {one.candidacy_id: one.candidacy for one in self.nominations if one.candidacy.state in alive}
        return sorted(people.values(), key=lambda one: (one.name_key, one.pk))

    def at_home(self, candidacies) -> dict:
        """As at_home, without a query."""
        spoke = {(one.race_id, one.group_id) for one in self.nominations}
        return seen_by(candidacies, self.alone, spoke)


def in_race(race) -> InRace:
    """Every group's vote about a race; two queries, however many groups there are."""
    told = LocalEndorsement.objects.filter(Q(race=race) | Q(nomination__race=race, nomination__state__in=COUNTING))
    told = told.select_related("group", "nomination__candidacy").prefetch_related("joint_groups")
    nominations, alone = [], []
    for one in told.order_by("-decided_on", "-pk"):
        nomination = getattr(one, "nomination", None)
        if nomination is None or nomination.state == Nomination.State.REFUSED:
            alone.append(one)
        elif nomination.state in COUNTING:
            nomination.group, nomination.candidacy.race = one.group, race
            nominations.append(nomination)
    return InRace(sorted(nominations, key=lambda one: (one.submitted_at, one.pk)), alone)


def write(group, *, answers, race, by, now, standing=None) -> LocalEndorsement:
    """Write the record from cleaned answers, or write over the standing one; joint_groups are Groups.

    Raises Refusal for a vote in the future, for more votes than voters, and for an answer that is no method.
    """
    abstain = answers.get("abstain") or 0
    admission.check_decided(answers["decided_on"], today=localtime(now).date())
    admission.check_votes(eligible=answers.get("eligible"), yes=answers["yes"], no=answers["no"], abstain=abstain)
    if answers["method"] not in LocalEndorsement.Method.values:
        raise Refusal(_("Choose how your group decided."))
    joint = list(answers.get("joint_groups", []))
    for other in joint:
        admission.check_joint(other)
    with transaction.atomic():
        endorsement = standing or LocalEndorsement(group=group, recorded_by=by, recorded_at=now)
        for field in FIELDS:
            setattr(endorsement, field, answers.get(field, "" if field != "eligible" else None))
        endorsement.abstain, endorsement.race = abstain, race
        endorsement.office = endorsement.office[: LocalEndorsement._meta.get_field("office").max_length]
        endorsement.save()
        endorsement.joint_groups.set(joint)
        book.record("endorsement.local", endorsement, by=by, now=now, after={"group": group.pk})
    return endorsement
