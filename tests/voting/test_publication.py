"""What may be shown, to whom, and when; above all: no figure that tells how somebody voted (trust.md 2.5)."""

from dataclasses import asdict
from itertools import pairwise

import pytest

from rounds.models import Contest, Round
from tests.factories.groups import state
from tests.factories.results import counted
from tests.factories.rounds import ContestFactory, RaceFactory, RoundFactory
from voting import results
from voting.models import Count, Result
from voting.publication import Audience, Figures, Lines, Publication, Withheld, band, figures, of_round, publishable

ROLL = 600


def splits(ballots, options):
    """Every way to spread so many ballots over so many options."""
    if options == 1:
        yield (ballots,)
        return
    for first in range(ballots + 1):
        for rest in splits(ballots - first, options - 1):
            yield (first, *rest)


def shown(split, **given):
    """What figures() lets through of a split, as the Publication that pages, files and letters read."""
    return Publication(**figures(dict(enumerate(split, start=1)), roll=ROLL, skipped=given.get("skipped", 0)))


# Every split of every small contest


@pytest.mark.parametrize("options", [2, 3])
@pytest.mark.parametrize("ballots", range(10))
def test_fewer_than_ten_ballots_look_all_the_same(ballots, options):
    seen = {repr(shown(split)) for split in splits(ballots, options)}

    assert seen == {repr(Publication(withheld=(Withheld.FEW,)))}


@pytest.mark.parametrize("options", [2, 3])
@pytest.mark.parametrize("ballots", range(10, 61))
def test_exact_figures_only_where_three_and_three_percent_differ(ballots, options):
    for split in splits(ballots, options):
        apart = ballots - max(split)
        publication = shown(split)
        if apart >= 3 and apart * 100 >= 3 * ballots:
            assert (publication.figures, publication.lines) == (Figures.EXACT, Lines.OPTIONS)
            assert publication.votes == dict(enumerate(split, start=1))
        else:
            assert (publication.figures, publication.lines) == (Figures.ROUNDED, Lines.CODES)
            assert (publication.votes, publication.skipped) == ({}, None)
            assert publication.ballots == ballots // 10 * 10
            assert list(publication.shares) == [publication.leading]


@pytest.mark.parametrize("options", [2, 3])
@pytest.mark.parametrize("tens", range(1, 6))
def test_nearly_unanimous_splits_can_not_be_told_apart(tens, options):
    """Neither the number of those who differ nor the last digit of the total can be read off."""
    seen = {}
    for ballots in range(tens * 10, tens * 10 + 10):
        for split in splits(ballots, options):
            publication = shown(split, skipped=split[-1])
            if publication.figures == Figures.ROUNDED:
                seen.setdefault(publication.leading, set()).add(repr(publication))

    assert {leading: len(looks) for leading, looks in seen.items()} == dict.fromkeys(range(1, options + 1), 1)


@pytest.mark.parametrize("ballots", [*range(10, 61), 69, 70, 99, 100, 101, 133, 134, 1000, 100_000])
def test_the_printed_band_is_true_of_every_split_it_stands_for(ballots):
    for apart in range(ballots // 2 + 1):
        publication = shown((ballots - apart, apart))
        if publication.figures == Figures.ROUNDED:
            floor = int(publication.shares[1].removesuffix("% or more"))
            assert (ballots - apart) * 100 >= floor * ballots


def test_the_band_is_97_percent_from_seventy_ballots_on():
    assert [band(ballots) for ballots in (10, 20, 30, 40, 50, 60, 70, 100, 1000)] == [
        80,
        90,
        93,
        95,
        96,
        96,
        97,
        97,
        97,
    ]
    assert all(one <= other for one, other in pairwise(band(ballots) for ballots in range(10, 3000, 10)))


@pytest.mark.parametrize(
    ("yes", "no", "expected"),
    [
        (97, 3, Figures.EXACT),
        (98, 2, Figures.ROUNDED),
        (194, 6, Figures.EXACT),
        (195, 5, Figures.ROUNDED),
        (7, 3, Figures.EXACT),
        (8, 2, Figures.ROUNDED),
        (3, 97, Figures.EXACT),
        (2, 98, Figures.ROUNDED),
    ],
)
def test_both_sides_of_three_ballots_and_three_percent(yes, no, expected):
    assert shown((yes, no)).figures == expected


def test_a_sentence_says_no_more_than_the_figures():
    assert shown((312, 168, 40)).sentence == "312 of 520 votes (60%), turnout 86.66%"
    assert shown((100, 1)).sentence == "97% or more of at least 100 votes, turnout at least 16.66%"
    assert shown((9, 0)).sentence == ""
    assert shown((20, 20)).sentence == ""


# Time, policy, audience


def certified(votes, at, **fields):
    """A certified result, its round at the stage given (announced unless told otherwise)."""
    stage = fields.pop("stage", Round.Stage.ANNOUNCED)
    result = counted(votes, **fields)
    if result.outcome == Result.Outcome.NEEDS_REVIEW:
        Result.objects.filter(pk=result.pk).update(outcome=Result.Outcome.NOT_ENDORSED)
    results.certify(result.contest.round, by=None, now=at("2026-03-12 09:00"))
    Round.objects.filter(pk=result.contest.round_id).update(stage=stage)
    result.contest.round.refresh_from_db()
    return result


@pytest.mark.django_db
def test_before_the_count_nothing_but_the_box_is_known():
    contest = ContestFactory(round__stage=Round.Stage.POLLS_CLOSED)
    Count.objects.create(contest=contest, state=Count.State.COMMITTED, commitment="c" * 64, envelopes=10)

    for audience in Audience:
        assert publishable(contest, audience) == Publication(
            commitment="c" * 64, envelopes=10, withheld=(Withheld.EARLY,)
        )


@pytest.mark.django_db
def test_fewer_than_ten_envelopes_are_not_counted_in_public():
    contest = ContestFactory(round__stage=Round.Stage.POLLS_CLOSED)
    Count.objects.create(contest=contest, state=Count.State.COMMITTED, commitment="c" * 64, envelopes=9)

    assert publishable(contest).envelopes is None


@pytest.mark.django_db
def test_between_count_and_certification_only_tellers_see_results():
    contest = counted({1: 60, 2: 40}).contest

    for audience in (Audience.PUBLIC, Audience.MEMBERS, Audience.GROUPS):
        publication = publishable(contest, audience)
        assert (publication.outcome, publication.figures, publication.votes) == ("", Figures.NONE, {})
        assert publication.withheld == (Withheld.EARLY,)
    seen = publishable(contest, Audience.TELLERS)
    assert (seen.outcome, seen.votes, seen.met, seen.lines) == ("endorsed", {1: 60, 2: 40}, True, Lines.NONE)


@pytest.mark.django_db
def test_between_certification_and_announcement_only_groups_are_told(at):
    contest = certified({1: 60, 2: 40}, at, stage=Round.Stage.CERTIFIED).contest

    assert publishable(contest, Audience.GROUPS).outcome == "endorsed"
    for audience in (Audience.PUBLIC, Audience.MEMBERS):
        assert publishable(contest, audience).withheld == (Withheld.EARLY,)


@pytest.mark.django_db
@pytest.mark.parametrize("stage", [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED])
def test_from_the_announcement_on_an_endorsed_contest_is_public(at, stage):
    contest = certified({0: 2, 1: 60, 2: 40}, at, stage=stage).contest
    publication = publishable(contest)

    assert publication.outcome == "endorsed"
    assert (publication.votes, publication.shares, publication.skipped) == ({1: 60, 2: 40}, {1: "60%", 2: "40%"}, 2)
    assert (publication.lines, publication.withheld) == (Lines.OPTIONS, ())
    assert (publication.eligible, publication.envelopes, publication.turnout) == (1000, 102, "10%")
    assert publication.met is None


@pytest.mark.django_db
def test_of_a_contest_that_was_not_endorsed_the_public_gets_the_commitment_only(at):
    contest = certified({1: 40, 2: 60}, at).contest
    publication = publishable(contest)

    assert (publication.outcome, publication.votes, publication.lines) == ("", {}, Lines.NONE)
    assert publication.withheld == (Withheld.POLICY,)
    assert publication.commitment == contest.count.commitment != ""


@pytest.mark.django_db
def test_members_hear_that_it_was_not_endorsed_without_figures(at):
    publication = publishable(certified({1: 40, 2: 60}, at).contest, Audience.MEMBERS)

    assert (publication.outcome, publication.figures) == ("not_endorsed", Figures.NONE)


@pytest.mark.django_db
def test_nominating_groups_get_the_package_of_a_contest_that_was_not_endorsed(at):
    publication = publishable(certified({1: 40, 2: 60}, at).contest, Audience.GROUPS)

    assert (publication.outcome, publication.votes, publication.lines) == (
        "not_endorsed",
        {1: 40, 2: 60},
        Lines.OPTIONS,
    )


@pytest.mark.django_db
def test_a_round_that_publishes_all_shows_the_others_too(at):
    publication = publishable(certified({1: 40, 2: 60}, at, publish=Round.Publish.ALL).contest)

    assert (publication.outcome, publication.votes) == ("not_endorsed", {1: 40, 2: 60})


@pytest.mark.django_db
def test_counted_only_publishes_lines_without_choices_and_the_totals(at):
    publication = publishable(certified({1: 60, 2: 40}, at, receipt_mode=Round.ReceiptMode.COUNTED).contest)

    assert (publication.lines, publication.votes) == (Lines.CODES, {1: 60, 2: 40})
    assert publication.withheld == (Withheld.COUNTED_ONLY,)


@pytest.mark.django_db
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.MEMBERS, Audience.GROUPS])
def test_no_audience_gets_exact_figures_of_a_nearly_unanimous_contest(at, audience):
    publication = publishable(certified({1: 99, 2: 1}, at).contest, audience)

    assert (publication.outcome, publication.lines, publication.votes) == ("endorsed", Lines.CODES, {})
    assert (publication.shares, publication.ballots) == ({1: "97% or more"}, 100)
    assert "99" not in repr(asdict(publication)).replace(publication.commitment, "")


@pytest.mark.django_db
@pytest.mark.parametrize("audience", [Audience.PUBLIC, Audience.MEMBERS, Audience.GROUPS])
def test_a_tiny_contest_shows_its_outcome_only(at, audience):
    publication = publishable(certified({1: 7, 2: 2}, at, roll=20, turnout_min_votes=5).contest, audience)

    assert (publication.outcome, publication.envelopes, publication.ballots) == ("endorsed", None, None)
    assert (publication.figures, publication.lines, publication.turnout) == (Figures.NONE, Lines.NONE, "")


@pytest.mark.django_db
def test_tellers_see_turnout_and_whether_the_share_is_met_even_of_a_tiny_contest():
    seen = publishable(counted({1: 7, 2: 2}, roll=20).contest, Audience.TELLERS)

    assert (seen.ballots, seen.turnout, seen.met, seen.votes, seen.shares) == (9, "45%", True, {}, {})


@pytest.mark.django_db
def test_a_void_contest_has_no_shares(at):
    contest = ContestFactory(round__stage=Round.Stage.POLLS_CLOSED, state=Contest.State.VOID)
    results.settle_void(contest, now=at("2026-03-12 00:05"))
    results.certify(contest.round, by=None, now=at("2026-03-12 09:00"))
    Round.objects.filter(pk=contest.round_id).update(stage=Round.Stage.ANNOUNCED, publish=Round.Publish.ALL)
    contest.round.refresh_from_db()

    for audience in Audience:
        publication = publishable(contest, audience)
        assert (publication.outcome, publication.shares, publication.ballots) == ("void", {}, None)
        assert publication.withheld == (Withheld.VOID,)


@pytest.mark.django_db
def test_a_whole_round_is_asked_for_in_as_many_queries_as_one_contest(at, django_assert_num_queries):
    round = RoundFactory(stage=Round.Stage.ANNOUNCED)
    races = [RaceFactory(), *(RaceFactory(office=office, place=state("MA")) for office in ("senate", "governor"))]
    counted({1: 60, 2: 40}, round=round, contest__race=races[0])
    with django_assert_num_queries(3):
        assert len(of_round(round, Audience.TELLERS)) == 1
    for race in races[1:]:
        counted({1: 60, 2: 40}, round=round, contest__race=race)
    with django_assert_num_queries(3):
        answers = of_round(round, Audience.TELLERS)
    assert [publication for _contest, publication in answers] == [
        publishable(contest, Audience.TELLERS) for contest, _publication in answers
    ]
