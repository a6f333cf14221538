"""The private link of a campaign: derived from the response and its generation, stored nowhere (trust.md 6, 39)."""

from django.conf import settings
from django.urls import reverse

from keys import links
from vetting.models import Response

PURPOSE = "questionnaire"


def token_of(response) -> str:
    """The token in a response's link; another generation, another token."""
    return links.standing(PURPOSE, response.pk, generation=response.generation)


def url_of(response) -> str:
    """The response's private link, absolute."""
    return settings.BASE_URL + reverse("vetting:landing", args=[token_of(response)])


def responses_of(tokens) -> dict:
    """{token: Response} for every token that is genuine and of the present generation; one query."""
    subjects = {token: links.subject_of(token) for token in tokens}
    asked = {subject for subject in subjects.values() if subject is not None}
    found = Response.objects.select_related(
        "questionnaire", "candidacy__round", "candidacy__race__cycle", "candidacy__race__place__state"
    ).in_bulk(asked)
    return {
        token: found[subject]
        for token, subject in subjects.items()
        if subject in found and links.standing_holds(token, PURPOSE, generation=found[subject].generation)
    }


def response_of(token):
    """The response a link leads to, or None: unknown, mangled and outdated links look the same."""
    tidied = links.tidy(token)
    return responses_of([tidied]).get(tidied)
