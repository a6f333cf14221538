"""The letter that answers "Am I on the roll?": where she lives by our list, which votes she is in, which comes next."""

from collections import defaultdict

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from groups import asking, members
from journal.wording import in_zone
from mailings.letters import ASKED, Draft, Skip, register
from rounds import cutoff
from rounds.models import Round
from voting import ballotbox, ballots, roll
from voting.models import RollEntry

ON_ROLL_LETTER = "endorsements.on_roll"


@register(ON_ROLL_LETTER, priority=0, kind=ASKED)
def on_roll(letters, now):
    """To a member who asked on our page; who has not confirmed yet gets her link to do so. Strangers get nothing."""
    people = asking.askers_of(letters)
    ahead = cutoff.ahead(now)
    votes = votes_of(people.values(), [round for round in ahead if round.stage in Round.WITH_ROLL])
    drafts = {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None:
            drafts[letter.pk] = Skip("nobody with this address is on the list")
        else:
            drafts[letter.pk] = answer(member, votes[member.pk], ahead, now)
    return drafts


def answer(member, votes, ahead, now) -> Draft:
    """The draft for one member, in her language."""
    hers = {round.pk for round, _contests, _voted in votes}
    since = member.confirmed_at or now
    # In time for a roll and not on it: no race of that vote is where she lived.
    absent = [one for one in ahead if one.stage in Round.WITH_ROLL and since <= one.freeze_at and one.pk not in hers]
    to_come = [one for one in ahead if one.stage in Round.BEFORE_FREEZE]
    coming = cutoff.for_list(now, since, rounds=to_come).coming
    with override(member.language):
        context = {
            "member": member,
            "confirmed": member.confirmed_at is not None,
            "votes": [said_of(round, contests, voted) for round, contests, voted in votes],
            "missed": cutoff.for_list(now, since, rounds=ahead).missed,
            "absent": absent,
            "coming": coming,
            "coming_opens": in_zone(coming.voting_opens_at, coming.time_zone) if coming else "",
            "coming_closes": in_zone(coming.freeze_at, coming.time_zone) if coming else "",
            "my_link": settings.BASE_URL + reverse("voting:my_link"),
            "i_moved": settings.BASE_URL + reverse("groups:ask_moved"),
        }
    link = "" if member.confirmed_at else members.confirm_url(member)
    return Draft(member.email, member.language, context, name=member.first_name, link=link)


def said_of(round, contests, voted) -> dict:
    """One vote she is in, in words."""
    return {
        "name": round.name,
        "opens": in_zone(round.voting_opens_at, round.time_zone),
        "closes": in_zone(round.voting_closes_at, round.time_zone),
        "open": round.stage == Round.Stage.VOTING,
        "races": ballots.in_words([contest.race.label for contest in contests]),
        "voted": voted,
    }


def votes_of(people, rounds) -> dict[int, list]:
    """{member: [(round, her contests that stand, whether her vote is in)]}: her rolls, in as many queries for all."""
    by_pk = {round.pk: round for round in rounds}
    entries = list(RollEntry.objects.filter(round__in=by_pk, member__in=[member.pk for member in people]))
    contests = roll.ballots_of(entries)
    voted = set()
    for round in rounds:
        voted |= ballotbox.voted(round.pk, [entry.pk for entry in entries if entry.round_id == round.pk])
    found = defaultdict(list)
    for entry in sorted(entries, key=lambda entry: by_pk[entry.round_id].voting_closes_at):
        found[entry.member_id].append((by_pk[entry.round_id], contests.get(entry.pk, []), entry.pk in voted))
    return found
