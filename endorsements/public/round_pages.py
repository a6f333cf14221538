"""The rounds as the public may follow them: dates, rule, turnout while it runs, and what is published after."""

from django.db.models import Count
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from endorsements import noting
from endorsements.models import Endorsement
from endorsements.public import timeline
from journal import clock
from rounds import moved, rule
from rounds.models import Contest, Round
from voting import ceremony, packing, publication
from voting.turnout import SHOWN_FROM

Stage = Round.Stage

ENDED = packing.ENDED
WITH_FINGERPRINT = [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED, *ENDED]
CLOSED = [Stage.POLLS_CLOSED, Stage.COUNTED, Stage.CERTIFIED, *ENDED]


def seen():
    """Rounds that have a page. A cancelled one keeps it, so that an old link says what happened."""
    return Round.objects.filter(rehearsal=False).exclude(stage=Stage.DRAFT)


@require_safe
def round_list(request):
    """All rounds, latest first, each with the number it endorsed once that is public."""
    now = clock.now()
    rounds = list(Round.objects.shown().select_related("cycle"))
    endorsed = dict(Endorsement.objects.public(now).order_by().values_list("round").annotate(number=Count("pk")))
    rows = [{"round": round, "where": timeline.where(round), "endorsed": endorsed.get(round.pk, 0)} for round in rounds]
    return render(request, "endorsements/round_list.html", {"rows": rows})


@require_safe
def round_page(request, slug):
    """One round: where it stands and, after the announcement, what it decided and how to check that."""
    now, round = clock.now(), get_object_or_404(seen(), slug=slug)
    ended = round.stage in ENDED
    told = round.stage in CLOSED
    page = {
        "now": now,
        "round": round,
        "stations": timeline.stations(round),
        "rule": rule.in_words(rule.rule_of(round)),
        "cancelled": round.stage == Stage.CANCELLED,
        "nominating": round.takes_nominations(now),
        "voting": round.is_open(now),
        "paused": round.stage == Stage.VOTING and round.paused_since is not None,
        "ended": ended,
        "told": told,
        "moved": moved.in_words(round),
        "fingerprint": fingerprint(round),
        "turnouts": turnouts(round) if round.stage == Stage.VOTING else [],
        "shown_from": SHOWN_FROM,
        "results": publication.of_round(round) if told else [],
        "endorsed": Endorsement.objects.public(now).filter(round=round).with_everything() if ended else [],
        "corrections": noting.of_round(round) if ended else [],
        "package": packing.contents(round) if ended else None,
    }
    return render(request, "endorsements/round_page.html", page)


def turnouts(round) -> list[dict]:
    """Each contest of a running vote, who stands in it, and its ballots in, rounded down to 10; None under 20."""
    contests = (
        Contest.objects.filter(round=round)
        .select_related("race__place__state", "turnout", "roll")
        .prefetch_related("options__candidacy")
    )
    rows = []
    for contest in contests:
        ballots = contest.turnout.ballots if hasattr(contest, "turnout") else 0
        names = [option.candidacy.name for option in contest.options.all() if option.candidacy]
        rows.append({"contest": contest, "names": names, "ballots": ballots if ballots >= SHOWN_FROM else None})
    return rows


def fingerprint(round) -> str:
    """The fingerprint of the key that votes are sealed to, from the opening on; "" where it doesn't stand."""
    return ceremony.fingerprint(round) if round.stage in WITH_FINGERPRINT else ""
