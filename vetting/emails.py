"""The letters about a questionnaire and what staff decided: who gets each, and when.

Letters to a campaign: seat and subject are the response (decided: the subject is the review).
To a colleague: seat is the colleague, subject the response.
Letters to leaders: seat is the user, subject the response (scored; wave: the correction that changed the score) or
the review (outcome).
"""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from groups import places
from groups.models import User
from journal.wording import in_zone
from mailings.letters import Draft, Skip, owner_of_links, register
from rounds.models import Candidacy
from vetting import concerned, correcting, inviting, links, scoring, sheet
from vetting.models import Colleague, Correction, Response, Review
from vetting.scoring import score_in_words

PRIORITY = 5  # a campaign's time runs from its letter, so it goes before bulk mail


@owner_of_links("/q/")
def owners(tokens, now):
    """The campaign whose link it is, or the colleague to whom it was passed on."""
    return {token: concerned.address_behind(response) for token, response in links.responses_of(tokens).items()}


def begin_time(letters, now):
    """The letter is out: the campaign's time runs from here."""
    inviting.mark_sent(responses_of(letters).values(), now=now)


@register("vetting.questionnaire", priority=PRIORITY, on_sent=begin_time)
def questionnaire(letters, now):
    """To a campaign, once a nomination of its candidate is accepted; again when its link was made anew."""
    races = Response.objects.filter(pk__in=[letter.seat for letter in letters]).values_list(
        "candidacy__race", flat=True
    )
    given = inviting.given_to(races)
    return written(letters, why_not_asked, lambda letter, response: {"due": said_due(response, given, now)})


@register("vetting.passed_on", priority=PRIORITY)
def passed_on(letters, now):
    """To a colleague to whom a campaign passed its questionnaire on: a link of her own."""
    colleagues = Colleague.objects.select_related("passed_by").in_bulk({letter.seat for letter in letters})
    responses = responses_of(letters, key="subject")
    found = {}
    for letter in letters:
        colleague, response = colleagues.get(letter.seat), responses.get(letter.subject)
        reason = _("the link was ended") if colleague is None or colleague.ended_at else why_not_open(response)
        if reason:
            found[letter.pk] = Skip(reason)
            continue
        candidacy = response.candidacy
        context = {
            **about(candidacy),
            "colleague": colleague,
            "passed_by": colleague.passed_by or candidacy.campaign_name,
            "due": in_zone(response.due_at, concerned.zone_of(candidacy)) if response.due_at else "",
        }
        found[letter.pk] = Draft(
            to=concerned.colleagues_address(colleague, candidacy),
            language=colleague.language,
            context=context,
            name=colleague.name,
            mark=concerned.mark_of(candidacy),
            link=links.colleagues_url(colleague, response),
        )
    return found


@register(correcting.LETTER, priority=PRIORITY)
def corrected(letters, now):
    """To a campaign that asked for a correction: made or not, and staff's words."""
    corrections = Correction.objects.select_related("question").in_bulk({letter.seat for letter in letters})
    responses = responses_of(letters, key="subject")
    found = {}
    for letter in letters:
        correction, response = corrections.get(letter.seat), responses.get(letter.subject)
        if correction is None or response is None or correction.state == Correction.State.OPEN:
            found[letter.pk] = Skip(_("the correction is not decided"))
            continue
        made = correction.state == Correction.State.MADE
        with override(response.language):
            context = {**about(response.candidacy), "correction": correction, "made": made}
        found[letter.pk] = to_campaign(response, context, link=links.url_of(response))
    return found


@register("vetting.reminder", priority=PRIORITY)
def reminder(letters, now):
    """To a campaign that has not sent its answers: at half time, and 48 and 12 hours before they are due."""
    return written(letters, lambda letter, response: why_not_reminded(letter, response, now))


@register("vetting.extended", priority=PRIORITY)
def extended(letters, now):
    """To every campaign of a race that is still asked, when staff gave more time."""
    return written(letters, why_not_extended)


@register("vetting.no_more_time", priority=PRIORITY)
def no_more_time(letters, now):
    """To a campaign that asked for more time and does not get it: staff's reason, and what stays possible."""
    return written(letters, why_not_refused, lambda letter, response: {"overdue": response.overdue(now)})


@register("vetting.answered", priority=PRIORITY)
def answered(letters, now):
    """To a campaign that sent its answers: a full copy of them."""
    return written(letters, lambda letter, response: "" if response.submitted_at else _("nothing was sent"))


@register("vetting.scored")
def scored(letters, now):
    """To the leaders of the groups behind a candidate whose answers were scored."""
    responses, users = responses_of(letters, key="subject"), users_of(letters)
    sheets = sheet.sheets_of(responses.values())
    found = {}
    for letter in letters:
        response, user = responses.get(letter.subject), users.get(letter.seat)
        if user is None or response is None or response.passed is None:
            found[letter.pk] = Skip(_("there is no score to tell"))
            continue
        context = {
            **about(response.candidacy),
            "passed": response.passed,
            "score": score_in_words(response),
            "missed": sheets[response.pk].baseline_missed,
            "corrected": letter.wave > 0,
        }
        found[letter.pk] = to_leader(user, context, response.candidacy)
    return found


@register("vetting.outcome")
def outcome(letters, now):
    """To the leaders of the groups behind a candidate that staff cleared, held or declined."""
    reviews = reviews_of(letters)
    newest = newest_of(reviews)
    users = users_of(letters)
    found = {}
    for letter in letters:
        review, user = reviews.get(letter.subject), users.get(letter.seat)
        if user is None or review is None or newest[review.candidacy_id] != review.pk:
            found[letter.pk] = Skip(_("another decision stands"))
            continue
        organizer, organizer_email = places.contact(review.candidacy.race.place)
        context = {
            **about(review.candidacy),
            "review": review,
            "organizer": organizer,
            "organizer_email": organizer_email,
        }
        found[letter.pk] = to_leader(user, context, review.candidacy)
    return found


@register("vetting.decided", priority=PRIORITY)
def decided(letters, now):
    """To a campaign that staff cleared, with what members will read; or declined, with the score and without blame."""
    reviews = reviews_of(letters)
    newest = newest_of(reviews)
    responses = responses_of(letters)
    sheets = sheet.sheets_of(responses.values())
    found = {}
    for letter in letters:
        review, response = reviews.get(letter.subject), responses.get(letter.seat)
        if review is None or response is None or newest[review.candidacy_id] != review.pk:
            found[letter.pk] = Skip(_("another decision stands"))
            continue
        candidacy, scored = response.candidacy, response.passed is not None
        with override(response.language):
            context = {
                **about(candidacy),
                "cleared": review.decision == Review.Decision.CLEAR,
                "round": candidacy.round,
                "until": correcting.until_when(candidacy, now),
                "score": score_in_words(response),
                "missed": sheets[response.pk].baseline_missed if scored else [],
            }
        link = links.url_of(response) if context["cleared"] or response.submitted_at else ""  # else there is no copy
        found[letter.pk] = to_campaign(response, context, link=link)
    return found


def reviews_of(letters) -> dict:
    """The decisions that these letters are about."""
    along = ["decided_by", "candidacy__round", "candidacy__race__place__state", "candidacy__race__cycle"]
    return Review.objects.select_related(*along).in_bulk({letter.subject for letter in letters})


def newest_of(reviews) -> dict:
    """{candidacy's key: the key of the decision that stands} of these decisions' candidacies."""
    rows = Review.objects.filter(candidacy__in=[one.candidacy_id for one in reviews.values()])
    return dict(rows.order_by("decided_at", "pk").values_list("candidacy", "pk"))


def written(letters, why_not, more=lambda letter, response: {}):
    """The letters to campaigns: a draft for each, or why it is not needed (why_not's words)."""
    responses = responses_of(letters)
    groups = concerned.groups_behind_all([one.candidacy for one in responses.values()])
    sheets = sheet.sheets_of(responses.values())
    found = {}
    for letter in letters:
        response = responses.get(letter.seat)
        reason = _("the response is gone") if response is None else why_not(letter, response)
        if reason:
            found[letter.pk] = Skip(reason)
            continue
        candidacy = response.candidacy
        with override(response.language):
            context = {
                **about(candidacy),
                "response": response,
                "groups": groups[candidacy.pk],
                "sheet": sheets[response.pk],
                "rule": scoring.rule_in_words(response.questionnaire.pass_share),
                "due": in_zone(response.due_at, concerned.zone_of(candidacy)),
                **more(letter, response),
            }
        found[letter.pk] = to_campaign(response, context, link=links.url_of(response))
    return found


def to_campaign(response, context, *, link) -> Draft:
    """A draft to the campaign's contact, in the language in which the questionnaire was last answered."""
    to, name = concerned.campaign_address(response.candidacy), response.candidacy.campaign_name
    mark = concerned.mark_of(response.candidacy)
    return Draft(to=to, language=response.language, context=context, name=name, link=link, mark=mark)


def why_not_asked(letter, response) -> str:
    if letter.wave != response.generation:
        return _("there is a newer link")
    return why_not_open(response)


def why_not_reminded(letter, response, now) -> str:
    number = letter.wave % 10
    if response.due_at is None or letter.wave != inviting.wave_of(response.due_at, number) or response.overdue(now):
        return _("there is another deadline")
    return why_not_open(response)


def why_not_extended(letter, response) -> str:
    if response.due_at is None or letter.wave != int(response.due_at.timestamp()):
        return _("there is another deadline")
    return why_not_open(response)


def why_not_refused(letter, response) -> str:
    if not response.more_time_refused:
        return _("there is another deadline")
    return "" if response.late else why_not_open(response)


def why_not_open(response) -> str:
    """Why the campaign need not hear of its questionnaire any more, "" when it must."""
    if response.submitted_at is not None:
        return _("the answers are in")
    if response.candidacy.state not in Candidacy.STANDING:
        return _("the candidacy is over")
    return ""


def said_due(response, given, now) -> str:
    """The deadline as the first letter says it: its time begins when this very letter is sent."""
    due_at = response.due_at or inviting.due_for(response.candidacy, given, now=now)
    return in_zone(due_at, concerned.zone_of(response.candidacy))


def about(candidacy) -> dict:
    """What every letter says of the candidacy."""
    return {
        "candidate": candidacy.name,
        "race": candidacy.race.name,
        "office": candidacy.race.label,
        "url": settings.BASE_URL + reverse("vetting:answers", args=[candidacy.pk]),
    }


def to_leader(user, context, candidacy) -> Draft:
    mark = concerned.mark_of(candidacy)
    return Draft(to=user.email, language=user.language, context=context, name=user.name, mark=mark)


def responses_of(letters, key="seat") -> dict:
    return Response.objects.select_related(*links.ALONG).in_bulk({getattr(letter, key) for letter in letters})


def users_of(letters) -> dict:
    """The letters' users who may still sign in."""
    return User.objects.filter(is_active=True).in_bulk({letter.seat for letter in letters})
