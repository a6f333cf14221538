"""What every template knows: the federation's name and whom to write to. No query is made here."""

from functools import partial

from django.conf import settings

from journal import languages


def federation(request):
    """The federation's own words for headers and footers."""
    return {
        "federation": settings.FEDERATION_NAME,
        "contact_email": settings.CONTACT_EMAIL,
        "postal_address": settings.POSTAL_ADDRESS,
        "paid_for_by": settings.PAID_FOR_BY,
        "base_url": settings.BASE_URL,
        "embedded": settings.EMBEDDED,
        "other_languages": partial(languages.others, request) if request else languages.others,
    }
