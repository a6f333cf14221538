"""Who is told of a round's course: rows in the post room, each kind of letter once.

Nobody is told of a result before it is certified: then the nominating groups, under embargo; at the
announcement the campaigns and everybody on the roll, and as news those who joined the place later.
"""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from endorsements.endorsing import candidacies_decided
from groups.models import Member, User
from mailings import queue
from rounds import posting
from rounds.models import Nomination
from voting import posting as ballots
from voting.models import RollEntry

# A result that reaches somebody later than this is no news any more.
RESULT_KEEPS = timedelta(days=14)


def nominations_open(round, *, now):
    """Write to the leaders that this round takes nominations."""
    posting.enqueue_opened(round, now)


def groups(round, *, now):
    """Write to the leaders of the groups that nominated somebody on the ballot, under embargo."""
    for candidacy in candidacies_decided(round):
        queue.enqueue(
            "endorsements.groups_result",
            topic=round.topic,
            subject=candidacy.pk,
            seats=leaders_of(candidacy).values_list("pk", flat=True),
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
