"""The questionnaire for everybody, and a campaign's answers for the groups that named it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from groups.signin import proven
from journal import clock, reading
from rounds import gates
from rounds.models import Candidacy, Race
from vetting import concerned, filing, questionnaires, scoring, sheet
from vetting.models import Response
from vetting.scoring import score_in_words


@require_safe
def questionnaire(request):
    """The questions as campaigns get them, without which answer is right (process.md 8.3)."""
    version = questionnaires.current()
    office = request.GET.get("office", "")
    if office not in Race.Office.values:
        office = ""
    asked = questionnaires.questions_of(version, office) if version else []
    context = {
        "version": version,
        "office": office,
        "offices": Race.Office.choices,
        "topics": questionnaires.topics(asked),
        "asked": len(asked),
        "rule": scoring.rule_in_words(version.pass_share) if version else "",
    }
    return render(request, "vetting/questionnaire.html", context)


@require_safe
@never_cache
@login_required
def answers(request, pk):
    """A candidate's answers, score and outcome, for the leaders of the groups behind her and for staff."""
    candidacy = get_object_or_404(Candidacy.objects.with_race(), pk=pk)
    if not concerned.may_read(request.user, candidacy, at_desk=proven(request.user)):
        raise Http404
    if request.user.is_staff:
        reading.read(f"candidacy:{candidacy.pk}", by=request.user, now=clock.now())
    response = Response.objects.select_related("questionnaire").filter(candidacy=candidacy).first()
    if response:
        response.candidacy = candidacy
    sent = response is not None and response.submitted_at is not None
    context = {
        "candidacy": candidacy,
        "response": response,
        "sent": sent,
        "sheet": sheet.sheet_of(response) if sent else None,
        "score": score_in_words(response) if sent else "",
        "rule": scoring.rule_in_words(response.questionnaire.pass_share) if response else "",
        "review": None if filing.blind(candidacy, request.user) else candidacy.reviews.first(),
        "gates": gates.board([candidacy])[candidacy.pk],
        "groups": concerned.groups_behind(candidacy),
        "zone": concerned.zone_of(candidacy),
    }
    return render(request, "vetting/answers.html", context)
