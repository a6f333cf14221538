"""Who is told of a round's course: rows in the post room, each kind of letter once.

Nobody is told of a result before it is certified: then the nominating groups, under embargo; at the
announcement the campaigns and everybody on the roll, and as news those who joined the place later.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from endorsements.endorsing import candidacies_decided
from groups.models import Member, User
from mailings import queue
from mailings.models import Letter
from rounds import posting
from rounds.models import Candidacy, Nomination
from voting import posting as ballots
from voting.models import Result, RollEntry

GROUPS_LETTER, MOVED_LETTER = "endorsements.groups_result", "endorsements.announcement_moved"

# A result that reaches somebody later than this is no news any more.
RESULT_KEEPS = timedelta(days=14)


def nominations_open(round, *, now):
    """Write to the leaders that this round takes nominations."""
    posting.enqueue_opened(round, now)


def groups(round, *, now):
    """Write to the leaders of the groups that nominated somebody on the ballot, under embargo."""
    for candidacy in candidacies_decided(round):
        queue.enqueue(
            GROUPS_LETTER,
            topic=round.topic,
            subject=candidacy.pk,
            seats=leaders_of(candidacy).values_list("pk", flat=True),
            now=now,
        )


def groups_to_tell(round) -> tuple[int, int]:
    """(letters, people) that groups() will write once this counted round is certified."""
    # Who stands in a void contest waits for the next round, and her groups hear that instead.
    void = {"options__contest__round": round, "options__contest__result__outcome": Result.Outcome.VOID}
    returning = Candidacy.objects.filter(state=Candidacy.State.ON_BALLOT, **void).values("pk")
    standing = candidacies_decided(round).exclude(pk__in=returning).order_by().values("pk")
    if round.rehearsal:
        staff = User.objects.filter(is_active=True, is_staff=True).count()
        return standing.count() * staff, staff
    leading = {"group__leaderships__confirmed_at__isnull": False, "group__leaderships__user__is_active": True}
    nominating = Nomination.objects.counting().filter(candidacy__in=standing, **leading)
    told = set(nominating.values_list("candidacy", "group__leaderships__user"))
    return len(told), len({user for _candidacy, user in told})


def told_of_the_announcement(round):
    """The seats of the letters that named the announcement's time as it stands, as a query."""
    named = Letter.objects.about(round.topic).filter(name=GROUPS_LETTER)
    # One in hand at this moment may have been written before; one that waits will say the new time itself.
    return named.filter(state__in=[Letter.State.SENT, Letter.State.LEASED]).order_by().values_list("seat", flat=True)


def announcement_moved(round, *, now) -> int:
    """Tell those whose letter named another time when the announcement is now; how many letters are new."""
    return queue.enqueue(
        MOVED_LETTER,
        topic=round.topic,
        subject=round.pk,
        wave=round.schedule_version,
        seats=set(told_of_the_announcement(round)),
        now=now,
    )


def members(round, *, now):
    """Write to the campaigns, to everybody on the roll, and to later joiners of the contests' places as news."""
    keeps = {"topic": round.topic, "now": now, "expires": now + RESULT_KEEPS}
    for candidacy in candidacies_decided(round):
        queue.enqueue("endorsements.campaign_result", subject=candidacy.pk, seats=[candidacy.pk], **keeps)
    ballots.to_the_roll("endorsements.result", round, now=now, expires=now + RESULT_KEEPS)
    if round.rehearsal:
        return  # on its roll are staff alone; those who joined later are not
    queue.enqueue(
        "endorsements.result_news", subject=round.pk, seats=joined_later(round).iterator(chunk_size=2000), **keeps
    )


def leaders_of(candidacy):
    """The confirmed leaders of the groups that hold a candidacy up; in a rehearsal staff, who play every part."""
    if candidacy.round and candidacy.round.rehearsal:
        return User.objects.filter(is_active=True, is_staff=True)
    nominating = Nomination.objects.counting().filter(candidacy=candidacy).values("group")
    return User.objects.filter(
        leaderships__group__in=nominating, leaderships__confirmed_at__isnull=False, is_active=True
    ).distinct()


def joined_later(round):
    """The keys of confirmed members of the contests' places who were not on this round's roll and want news."""
    places = [contest.race.place for contest in round.contests.select_related("race__place")]
    states = [place.pk for place in places if place.kind == place.Kind.STATE]
    districts = [place.pk for place in places if place.kind == place.Kind.DISTRICT]
    # NOT EXISTS: PostgreSQL walks over the whole of a NOT IN that does not fit into its memory, for each row anew.
    on_the_roll = RollEntry.objects.filter(round=round, member=OuterRef("pk"))
    return (
        Member.objects.confirmed()
        .filter(Q(state__in=states) | Q(district__in=districts), wants_news=True)
        .exclude(Exists(on_the_roll))
        .values_list("pk", flat=True)
    )
