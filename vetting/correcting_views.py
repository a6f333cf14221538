"""Pages behind a campaign's link: asking to correct an answer that was sent."""

from django.shortcuts import render

from vetting import correcting, links
from vetting.campaign_views import about, behind_link, sent_form, to
from vetting.forms import AnswerCorrectionForm
from vetting.models import Correction
from vetting.refusals import Refusal


@behind_link
def correct_answer(request, response, number):
    """One sent answer as it stands, with what it should say and why. Staff decide."""
    context = about(request, response)
    line = next((line for line in context["sheet"].lines if line.question.pk == number), None)
    if line is None or not correcting.may_ask(response, Correction.Kind.ANSWER):
        return to("landing", response)
    form = AnswerCorrectionForm(line, sent_form(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            said = form.cleaned_data
            try:
                correcting.ask_about_answer(
                    response, line.question, value=said["value"], words=said["words"], now=context["now"]
                )
            except Refusal as refusal:
                form.add_error(None, str(refusal))
            else:
                return to("corrected", response)
    return render(request, "vetting/campaign/correct.html", context | {"form": form, "line": line}, status=status)


@behind_link
def corrected(request, response):
    """That the request is with staff, and what became of earlier ones."""
    context = about(request, response) | {"corrections": response.corrections.select_related("question")}
    return render(request, "vetting/campaign/corrected.html", context | {"link": links.token_of(response)})
