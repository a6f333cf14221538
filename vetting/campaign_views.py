"""The pages behind a campaign's private link. GET changes nothing; the link is the only authority, no cookie is."""

from functools import wraps

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from journal import clock
from journal.languages import speak_hers
from keys.origin import same_site
from vetting import answering, concerned, correcting, links, passing_on, scoring, sheet
from vetting.forms import ColleagueForm, MoreTimeForm, SignForm, TopicForm
from vetting.models import Correction
from vetting.refusals import Refusal


def behind_link(view):
    """A page of a private link: view(request, response, …). A link that leads nowhere gets its own page, 404.

    Exempt from the CSRF cookie, which mail programs' browsers may refuse: keys.origin checks each form instead.
    """

    @csrf_exempt
    @never_cache
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def page(request, token, **rest):
        response = links.response_of(token)
        if response is None:
            answer = render(request, "vetting/campaign/unknown.html", status=404)
        elif request.method == "POST" and not same_site(request):
            answer = render(request, "vetting/campaign/elsewhere.html", {"token": links.token_of(response)}, status=403)
        else:
            speaker = response.opened_by or response
            speak_hers(request, speaker.language)
            if request.method == "POST":
                answering.note_language(speaker, get_language())
            answer = view(request, response, **rest)
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return page


@behind_link
def landing(request, response):
    """What this is, until when, and every question before the start; after sending the copy."""
    more = {"has_corrections": response.corrections.exists(), "has_links": bool(links_passed_on(response))}
    return render(request, "vetting/campaign/landing.html", about(request, response) | more)


@behind_link
def topics(request, response):
    """The list of topics with what is done."""
    if not answering.is_open(response):
        return to("landing", response)
    return render(request, "vetting/campaign/topics.html", about(request, response))


@behind_link
def topic(request, response, position):
    """One topic's questions; Continue keeps what was typed and goes on."""
    if not answering.is_open(response):
        return to("landing", response)
    context = about(request, response)
    found = context["sheet"].topics
    here = next((one for one in found if one.section.position == position), None)
    if here is None:
        return to("topics", response)
    form = TopicForm(here.lines, sent_form(request), initial={"by_name": context["by_name"]})
    status = 200
    if request.method == "POST":
        status = 400
        if keep(form, response, now=context["now"]):
            ahead = found[found.index(here) + 1 :]
            sitting = sitting_of(response, form.cleaned_data["by_name"] or own_name(response))
            if request.POST.get("then") == "list":
                return to("topics", response, sitting=sitting)
            if ahead:
                return to("topic", response, ahead[0].section.position, sitting=sitting)
            return to("check", response, sitting=sitting)
    context |= {"topic": here, "form": form, "number": found.index(here) + 1}
    return render(request, "vetting/campaign/topic.html", context, status=status)


def keep(form, response, *, now) -> bool:
    """Save what can be saved; whether that was all. What could not be saved stays in the form with its error."""
    whole = form.is_valid()
    try:
        by_name = form.cleaned_data.get("by_name") or own_name(response)
        answering.save_answers(response, answers=form.changed(), by_name=by_name, now=now)
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return False
    return whole


@behind_link
def check(request, response):
    """All answers once more, what is blank, the signature; POST sends."""
    if response.submitted_at is not None:
        return to("sent", response)
    if not answering.is_open(response):
        return to("landing", response)
    context = about(request, response)
    form = SignForm(sent_form(request), initial={"name": context["by_name"]})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                answering.submit(response, **form.cleaned_data, now=context["now"])
                return to("sent", response)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
    return render(request, "vetting/campaign/check.html", context | {"form": form}, status=status)


@behind_link
def sent(request, response):
    """That the answers are in."""
    if response.submitted_at is None:
        return to("landing", response)
    return render(request, "vetting/campaign/sent.html", about(request, response))


@behind_link
def more_time(request, response):
    """One field: why there should be more time."""
    if not answering.is_open(response) and not response.late:
        return to("landing", response)
    context = about(request, response)
    form = MoreTimeForm(sent_form(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                answering.ask_for_time(response, reason=form.cleaned_data["reason"], now=context["now"])
                return to("more_time", response)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
    return render(request, "vetting/campaign/more_time.html", context | {"form": form}, status=status)


@behind_link
def colleague(request, response):
    """Name and address of a colleague, who gets a link of her own; the campaign's contact sees and ends them.

    She can end them after the answers are sent too: each still opens the copy.
    """
    passed_on = links_passed_on(response)
    if not answering.is_open(response) and not passed_on:
        return to("landing", response)
    context = about(request, response)
    ending = request.POST.get("end", "") if request.method == "POST" else ""
    form = ColleagueForm(None if ending else sent_form(request))
    status = 200
    if ending:
        for one in passed_on:
            if str(one.pk) == ending:
                passing_on.end(one, by=answering.actor_of(response), now=context["now"])
        return to("colleague", response)
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                passing_on.pass_on(response, **form.cleaned_data, language=get_language(), now=context["now"])
                return HttpResponseRedirect(f"{address_of('colleague', response)}?sent=1")
            except Refusal as refusal:
                form.add_error(None, str(refusal))
    context |= {"form": form, "passed_on": passed_on, "just_sent": request.GET.get("sent") == "1"}
    return render(request, "vetting/campaign/colleague.html", context, status=status)


def links_passed_on(response) -> list:
    """The links that were passed on, as the campaign's main contact sees them; a colleague sees none."""
    return [] if response.opened_by else list(response.colleagues.select_related("passed_by"))


def about(request, response) -> dict:
    """What every page behind the link knows. One reading of the clock."""
    now = clock.now()
    candidacy = response.candidacy
    name, answer = typed_by(request, response)
    return {
        "now": now,
        "response": response,
        "candidacy": candidacy,
        "token": links.token_of(response),
        "groups": concerned.groups_behind(candidacy),
        "sheet": sheet.sheet_of(response),
        "rule": scoring.rule_in_words(response.questionnaire.pass_share),
        "zone": concerned.zone_of(candidacy),
        "overdue": response.overdue(now),
        "open": answering.is_open(response),
        "may_correct": correcting.may_ask(response, Correction.Kind.ANSWER),
        "has_ballot_text": correcting.may_ask(response, Correction.Kind.BALLOT),
        "by_name": name or own_name(response),
        "sitting": f"?as={answer}" if answer else "",
    }


def sent_form(request):
    """What a form is filled with: nothing on GET. An empty POST is a form too, sent with all boxes empty."""
    return request.POST if request.method == "POST" else None


def own_name(response) -> str:
    """The name of whose link this is: a colleague's is known, behind the campaign's own anybody may sit."""
    return response.opened_by.name if response.opened_by else ""


def typed_by(request, response):
    """Who sits here, as (name, key of an answer she saved); ("", None) for somebody who has saved nothing yet.

    The address names one of her answers, so no cookie is needed and no name stands in it.
    """
    said = request.GET.get("as", "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        return "", None
    answer = response.answers.filter(pk=int(said)).first()
    return (answer.edited_by, answer.pk) if answer and answer.edited_by else ("", None)


def sitting_of(response, by_name):
    """The key of the newest answer that this person saved, None when there is none."""
    if not by_name:
        return None
    return response.answers.filter(edited_by=by_name).order_by("-edited_at", "-pk").values_list("pk", flat=True).first()


def to(name, response, *args, sitting=None):
    """Go on to another page of the same link."""
    address = address_of(name, response, *args)
    return HttpResponseRedirect(f"{address}?as={sitting}" if sitting else address)


def address_of(name, response, *args) -> str:
    """The path of a page of the same link."""
    return reverse(f"vetting:{name}", args=[links.token_of(response), *args])
