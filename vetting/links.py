"""The private links of a campaign, derived and stored nowhere (trust.md 6, 39).

One is the response's own; each colleague to whom it was passed on has another. Both lead to the same answers.
"""

from django.conf import settings
from django.urls import reverse

from keys import links
from vetting.models import Colleague, Response

PURPOSE = "questionnaire"
PASSED_ON = "questionnaire passed on"
# What every page and letter of a response reads along with it.
ALONG = ["questionnaire", "candidacy__round", "candidacy__race__cycle", "candidacy__race__place__state"]


def token_of(response) -> str:
    """The token by which a response was opened, its own where it was opened by none; another generation, another."""
    if response.opened_by:
        return colleagues_token(response.opened_by, response)
    return links.standing(PURPOSE, response.pk, generation=response.generation)


def colleagues_token(colleague, response) -> str:
    """The token in a colleague's link; it dies with the response's generation."""
    return links.standing(PASSED_ON, colleague.pk, generation=response.generation)


def url_of(response) -> str:
    """The response's private link, absolute."""
    return settings.BASE_URL + reverse("vetting:landing", args=[token_of(response)])


def colleagues_url(colleague, response) -> str:
    """A colleague's private link, absolute."""
    return settings.BASE_URL + reverse("vetting:landing", args=[colleagues_token(colleague, response)])


def responses_of(tokens) -> dict:
    """{token: Response} for every token that is genuine, of the present generation and not ended.

    One query for the campaigns' own links, and one more where some are none.
    """
    subjects = {token: subject for token in tokens if (subject := links.subject_of(token)) is not None}
    found = Response.objects.select_related(*ALONG).in_bulk(set(subjects.values()))
    opened = {
        token: found[subject]
        for token, subject in subjects.items()
        if subject in found and links.standing_holds(token, PURPOSE, generation=found[subject].generation)
    }
    others = {token: subject for token, subject in subjects.items() if token not in opened}
    return opened | passed_on(others) if others else opened


def passed_on(subjects) -> dict:
    """{token: Response} of the tokens that are colleagues' links; each response knows by whose it was opened."""
    standing = Colleague.objects.standing().select_related(*(f"response__{name}" for name in ALONG))
    found = standing.in_bulk(set(subjects.values()))
    opened = {}
    for token, subject in subjects.items():
        colleague = found.get(subject)
        if colleague and links.standing_holds(token, PASSED_ON, generation=colleague.response.generation):
            opened[token] = colleague.response
            opened[token].opened_by = colleague
    return opened


def response_of(token):
    """The response a link leads to, or None: unknown, mangled, ended and outdated links look the same."""
    tidied = links.tidy(token)
    return responses_of([tidied]).get(tidied)
