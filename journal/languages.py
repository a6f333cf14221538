"""The language of a page: what its reader asked for, else what we know of her, else what her browser prefers.

A page offers the other languages at its top. Where something is typed, the button of the other language sends the
form along, and it comes back as it was typed.
"""

from django import forms
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils import translation
from django.utils.cache import patch_vary_headers

ASKED = "lang"  # in the address
SWITCH = "switch_language"  # the button's name, in a form
TYPED_AGAIN = (400, 422)  # a form that came back, here for another language only
STAFFS = ("/desk/", "/outbox/")
YEAR = 365 * 24 * 3600


def known(code) -> str:
    """The code, if it is one of our languages; "" otherwise."""
    return code if code in dict(settings.LANGUAGES) else ""


def translated() -> set[str]:
    """The languages that are offered beside the one in which our own words are written."""
    return {code for code, _name in settings.LANGUAGES} - {settings.LANGUAGE_CODE}


def to_translate() -> list[tuple[str, str]]:
    """[(code, its name in the reader's language)] of the languages into which our own words are translated."""
    others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [(code, translation.get_language_info(code)["name_translated"]) for code in others]


def in_hers(words: str, translations: dict) -> str:
    """Words as the reader's language has them, where translations {code: words} hold it; else as they stand."""
    return translations.get(translation.get_language()) or words


def others(request=None) -> list[tuple[str, str, str]]:
    """[(code, its own name, the query of this page in it)] of the languages that are not active."""
    return [
        (code, name, query_in(request, code)) for code, name in settings.LANGUAGES if code != translation.get_language()
    ]


def query_in(request, code) -> str:
    """The query of a page, with the language asked for; of one that can't be written again, the language alone."""
    try:
        asked = request.GET.copy() if request else QueryDict(mutable=True)
        asked[ASKED] = code
        return asked.urlencode()
    except (UnicodeError, SuspiciousOperation):
        return f"{ASKED}={code}"


def middleware(get_response):
    """Speak the language that ?lang= asks for and remember it in a cookie; what staff read is in the site's own.

    A person who signed in is spoken to in hers, until she asks for another. Stands after LocaleMiddleware, which
    knows the cookie and the browser, and after the one that knows the user.
    """

    def speak(request):
        asked = known(request.GET.get(ASKED))
        request.language_chosen = asked or known(request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME))
        language = asked or translation.get_language()
        if request.path.startswith(STAFFS):
            asked, language = "", settings.LANGUAGE_CODE
        elif not request.language_chosen and settings.SESSION_COOKIE_NAME in request.COOKIES:
            language = known(getattr(request.user, "language", "")) or language
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        if asked and not getattr(request, "language_is_its_own", False):
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                asked,
                max_age=YEAR,
                secure=settings.LANGUAGE_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite=settings.LANGUAGE_COOKIE_SAMESITE,
            )
        if asked and request.method == "POST" and response.status_code in TYPED_AGAIN:
            response.status_code = 200
        patch_vary_headers(response, ["Cookie"])
        return response

    return speak


def speak_hers(request, language: str) -> None:
    """For the page behind somebody's link: her own language, unless the reader has chosen another."""
    if not request.language_chosen and known(language):
        translation.activate(language)
        request.LANGUAGE_CODE = language


class SwitchableForm(forms.Form):
    """A form that comes back as it was typed, unchecked, when only another language is asked for."""

    def full_clean(self):
        if self.is_bound and SWITCH in self.data:
            self._errors, self.cleaned_data = ErrorDict(renderer=self.renderer), {}
        else:
            super().full_clean()

    def is_valid(self):
        return super().is_valid() and SWITCH not in self.data
