"""Letters about results: to the nominating groups, the campaigns, the roll, and later joiners."""

from dataclasses import replace

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from endorsements import telling
from endorsements.models import Endorsement
from groups import members, places
from groups.models import Member, User
from journal.wording import in_zone
from mailings.letters import NEWS, Draft, Skip, register
from rounds.models import Candidacy, ContestOption, Round
from rounds.rule import in_words
from vetting import concerned
from voting import ballotbox, publication
from voting.models import RollEntry
from voting.publication import Audience


def absolute(name, *args):
    """A page's whole address, as letters need it."""
    return settings.BASE_URL + reverse(name, args=args)


def published(round_ids, audience):
    """{round id: {contest id: (contest, publication)}} for the rounds of a batch of letters."""
    rounds = Round.objects.in_bulk(set(round_ids))
    return rounds, {
        pk: {contest.pk: (contest, shown) for contest, shown in publication.of_round(round, audience)}
        for pk, round in rounds.items()
    }


@register(telling.GROUPS_LETTER, priority=15)
def groups_result(letters, now):
    """To the leaders of the nominating groups, once the round is certified: outcome and numbers, under embargo."""
    candidacies = {one.pk: one for one in of_letters(letters)}
    users = User.objects.in_bulk({letter.seat for letter in letters})
    rounds, shown = published({one.round_id for one in candidacies.values()}, Audience.GROUPS)
    drafts = {}
    for letter in letters:
        user, candidacy = users.get(letter.seat), candidacies.get(letter.subject)
        if user is None or candidacy is None or candidacy.round_id not in rounds:
            drafts[letter.pk] = Skip("no such leader or candidacy any more")
            continue
        round = rounds[candidacy.round_id]
        contest, said = contest_of(candidacy, shown[round.pk])
        with override(user.language):
            organizer, organizer_email = places.contact(candidacy.race.place)
            drafts[letter.pk] = Draft(
                to=user.email,
                name=user.name,
                language=user.language,
                mark=round.mark,
                context={
                    "candidacy": candidacy,
                    "round": round,
                    "endorsed": candidacy.state == Candidacy.State.ENDORSED,
                    "said": said,
                    "rule": in_words(said_rule(contest)),
                    "public_at": in_zone(round.announce_at, round.time_zone),
                    "announced": round.stage in (Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED),
                    "url": absolute("rounds:lead_home"),
                    "organizer": organizer,
                    "organizer_email": organizer_email,
                },
            )
    return drafts


@register(telling.MOVED_LETTER, priority=15)
def announcement_moved(letters, now):
    """To the leaders who know a result under embargo: the new time at which it goes public, and not the result."""
    users = User.objects.in_bulk({letter.seat for letter in letters})
    rounds = Round.objects.in_bulk({letter.subject for letter in letters})
    drafts = {}
    for letter in letters:
        user, round = users.get(letter.seat), rounds.get(letter.subject)
        if user is None or not user.is_active or round is None:
            drafts[letter.pk] = Skip("no such leader any more")
        elif round.stage != Round.Stage.CERTIFIED:
            drafts[letter.pk] = Skip("the results are public")
        elif letter.wave != round.schedule_version:
            drafts[letter.pk] = Skip("the time was changed again, and a newer letter says so")
        else:
            with override(user.language):
                context = {
                    "round": round,
                    "public_at": in_zone(round.announce_at, round.time_zone),
                    "url": absolute("rounds:lead_home"),
                }
                mark = round.mark
            drafts[letter.pk] = Draft(user.email, user.language, context, name=user.name, mark=mark)
    return drafts


@register("endorsements.campaign_result", priority=30)
def campaign_result(letters, now):
    """To the campaign, at the announcement: a congratulation, or a courteous no without public record."""
    about = [letter.subject for letter in letters]
    pages = {page.candidacy_id: page for page in Endorsement.objects.filter(candidacy__in=about)}
    drafts = {}
    for letter, candidacy in paired(letters):
        if candidacy is None:
            drafts[letter.pk] = Skip("no such candidacy any more")
            continue
        page, mark = pages.get(candidacy.pk), concerned.mark_of(candidacy)
        drafts[letter.pk] = Draft(
            to=concerned.campaign_address(candidacy),
            name=candidacy.campaign_name,
            mark=mark,
            context={
                "candidacy": candidacy,
                "endorsed": candidacy.state == Candidacy.State.ENDORSED,
                "url": settings.BASE_URL + page.get_absolute_url() if page and not mark else "",
            },
        )
    return drafts


@register("endorsements.result", priority=30, circular=True)
def result(letters, now):
    """To everybody on the roll, at the announcement: whether an endorsement was made in each of her contests."""
    entries = RollEntry.objects.select_related("member").in_bulk({letter.seat for letter in letters})
    ballots = ballotbox.contests_of(list(entries))
    rounds, shown = published({letter.subject for letter in letters}, Audience.MEMBERS)
    drafts, said = {}, {}
    for letter in letters:
        entry = entries.get(letter.seat)
        if entry is None or entry.member.erased_at:
            drafts[letter.pk] = Skip("not on the list any more")
            continue
        contests = [shown[letter.subject][pk] for pk in ballots.get(entry.pk, []) if pk in shown[letter.subject]]
        drafts[letter.pk] = result_draft(entry.member, rounds[letter.subject], contests, said)
    return drafts


@register("endorsements.result_news", kind=NEWS, priority=40, circular=True)
def result_news(letters, now):
    """To confirmed members of the place who joined after the freeze and want news; carries RFC 8058 headers."""
    people = Member.objects.in_bulk({letter.seat for letter in letters})
    rounds, shown = published({letter.subject for letter in letters}, Audience.MEMBERS)
    drafts, said = {}, {}
    for letter in letters:
        member = people.get(letter.seat)
        if member is None or member.erased_at or not member.wants_news:
            drafts[letter.pk] = Skip("wants no news")
            continue
        contests = [pair for pair in shown[letter.subject].values() if concerns(pair[0], member)]
        draft = result_draft(member, rounds[letter.subject], contests, said)
        url = members.news_url(member)
        drafts[letter.pk] = (
            replace(
                draft,
                link=url,
                own={"news_url": url},
                context={**draft.context, "news_url": url},
                headers=members.news_headers(member),
            )
            if contests
            else Skip("no contest in the member’s place")
        )
    return drafts


def result_draft(member, round, contests, said):
    """The result letter to one member about some contests of a round; said keeps what many of them share."""
    key = round.pk, member.language, tuple(contest.pk for contest, _shown in contests)
    if key not in said:
        with override(member.language):
            said[key] = {
                "round": round,
                "lines": [line_of(contest, shown) for contest, shown in contests],
                "rule": in_words(said_rule(contests[0][0])) if contests else "",
                "url": "" if round.rehearsal else settings.BASE_URL + round.get_absolute_url(),
                "groups_url": absolute("groups:group_list"),
                "news_url": "",
            }
    return Draft(member.email, member.language, said[key], name=member.first_name, circular=key, mark=round.mark)


def line_of(contest, shown):
    """One contest as the result letter tells it."""
    return {
        "contest": contest,
        "endorsed": shown.outcome == "endorsed",
        "void": shown.outcome == "void",
        "winner": winner_of(contest, shown),
        "sentence": shown.sentence,
    }


def winner_of(contest, said):
    """The endorsed candidate's name, where one may be named."""
    if said.outcome != "endorsed":
        return ""
    result = contest.result
    options = {option.pk: option for option in contest.options.all()}
    option = options.get(result.leading_id)
    return option.candidacy.name if option and option.candidacy else ""


def said_rule(contest):
    """The rule a contest was counted under: its result's own copy."""
    found = getattr(contest, "result", None)
    return found.rule if found else {}


def concerns(contest, member):
    """Whether a member lives where a contest is decided."""
    return contest.race.place_id in (member.state_id, member.district_id)


def contest_of(candidacy, contests):
    """The contest of one round, with its publication, on which a candidacy stood."""
    for contest, said in contests.values():
        if any(option.candidacy_id == candidacy.pk for option in contest.options.all()):
            return contest, said
    raise ContestOption.DoesNotExist(f"{candidacy} stood on no ballot")


def of_letters(letters):
    return Candidacy.objects.filter(pk__in=[letter.subject for letter in letters]).with_race()


def paired(letters):
    """Each letter with the candidacy it is about, or None."""
    found = {one.pk: one for one in of_letters(letters)}
    return [(letter, found.get(letter.subject)) for letter in letters]
