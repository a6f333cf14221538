"""/metrics for a Prometheus: sums that name nobody, for who holds the token.

No count of votes, choices or requests of members is among them: what a page may say of turnout is said there, late and
rounded (trust.md 2).
"""

from secrets import compare_digest

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from endorsements.health import verifying
from endorsements.models import Chore
from journal import approvals, clock, ticks
from mailings import discretion
from mailings.models import Letter, StoppedTopic, Wave
from rounds.models import Round

TYPE = "text/plain; version=0.0.4; charset=utf-8"
# A letter that is sent is one of millions and a matter of its own; these are the ones that somebody may have to mend.
STATES = [state for state in Letter.State if state not in (Letter.State.SENT, Letter.State.SKIPPED)]


@require_safe
@never_cache
def metrics(request):
    """404 without the token, so that nobody learns that there is something."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = settings.METRICS_TOKEN
    if not wanted or not compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse("".join(lines(clock.now())), content_type=TYPE)


def lines(now):
    """Each figure with what it is, as Prometheus reads it. Eight queries; letters that are out are not walked over."""
    age, apart = ticks.heard(now)
    yield from figure("endorsements_tick_age_seconds", "Since the last tick of the clock; -1: never.", seconds(age))
    worst = max((abs(one.skew) for one in apart), default=0.0)
    yield from figure("endorsements_clock_skew_seconds", "The worst host's clock, where it is told.", worst)
    stages = dict(Round.objects.filter(rehearsal=False).order_by().values_list("stage").annotate(n=Count("pk")))
    counted = {f'stage="{stage}"': stages.get(stage, 0) for stage in Round.Stage.values}
    yield from figures("endorsements_rounds", "Rounds by stage.", counted)
    unsent = discretion.shown(Letter.objects.filter(state__in=STATES)).order_by()
    letters = dict(unsent.values_list("state").annotate(n=Count("pk")))
    named = {f'state="{state.name.lower()}"': letters.get(state, 0) for state in STATES}
    yield from figures(
        "endorsements_letters",
        "Letters that are not out, by state; without those whose being there tells who voted.",
        named,
    )
    stopped = StoppedTopic.objects.count() + Wave.objects.filter(stopped_at__isnull=False).count()
    yield from figure("endorsements_stopped_mailings", "Mailings that somebody or something stopped.", stopped)
    left = Chore.objects.filter(done_at=None).count()
    yield from figure("endorsements_chores_left", "Pieces of rounds' work that are not done.", left)
    waiting = approvals.open_requests(now).count()
    yield from figure("endorsements_second_person_waiting", "Requests that wait for a second person.", waiting)
    yield from figure(
        "endorsements_verification_faults", "What the last nightly look found changed.", len(verifying.alarms())
    )


def figure(name, words, value):
    yield from figures(name, words, {"": value})


def figures(name, words, values):
    yield f"# HELP {name} {words}\n# TYPE {name} gauge\n"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value}\n" if labels else f"{name} {value}\n"


def seconds(age):
    return -1 if age is None else int(age.total_seconds())
