"""Page: what members will read of a candidate, shown to her campaign, which may say that a fact is wrong.

The words are the ballot's own, from the same code (voting/ballots.py).
"""

from django.db.models import prefetch_related_objects
from django.shortcuts import render

from rounds import candidacies
from rounds.models import Candidacy, Contest
from vetting import correcting
from vetting.campaign_views import about, behind_link, sent_form, to
from vetting.forms import BallotCorrectionForm
from vetting.models import Correction
from vetting.refusals import Refusal
from voting import ballots

NAMED_WITH = ["nominations__group", "nominations__local_endorsement__joint_groups"]


@behind_link
def ballot_preview(request, response):
    """The ballot's text as it stands now; one field for a fact that is wrong."""
    if not correcting.may_ask(response, Correction.Kind.BALLOT):
        return to("landing", response)
    context = about(request, response)
    form = BallotCorrectionForm(sent_form(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                correcting.ask_about_ballot(response, words=form.cleaned_data["words"], now=context["now"])
                return to("corrected", response)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
    page = {
        "paper": paper_of(response.candidacy),
        "form": form,
        "corrections": response.corrections.exists(),
        "until": correcting.until_when(response.candidacy, context["now"]),
    }
    return render(request, "endorsements/ballot_preview.html", context | page, status=status)


def paper_of(candidacy) -> ballots.Paper:
    """The paper on which she stands as it would be made today, with her alone on it: rivals see their own."""
    rivals = Candidacy.objects.standing().filter(race=candidacy.race_id, round=candidacy.round_id)
    contest = Contest(race=candidacy.race, ballot=candidacies.ballot_for(list(rivals) or [candidacy]))
    prefetch_related_objects([candidacy], *NAMED_WITH)
    return ballots.put_together(contest, candidacies.options_for(contest, [candidacy]))
