"""The mailbox of the embedded default: what would have been sent, readable in the browser."""

from functools import wraps

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from mailings import outbox

PAGE = 50
SEARCHED = 2000  # letters looked through for a word: each is a file to open


def embedded_only(view):
    """These pages show everybody's private links: nowhere but in the embedded default."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        if not settings.EMBEDDED:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@embedded_only
@require_safe
@never_cache
def letter_list(request):
    """All letters, newest first, or those whose address or subject has the words asked for."""
    asked = " ".join(request.GET.get("q", "")[:200].replace("\x00", " ").split())
    keys = outbox.keys()
    if asked:
        envelopes = filter(None, map(outbox.envelope, keys[:SEARCHED]))
        found = [letter for letter in envelopes if asked.lower() in f"{letter.to}\n{letter.subject}".lower()]
        page = Paginator(found, PAGE).get_page(request.GET.get("page"))
        letters = list(page)
    else:
        page = Paginator(keys, PAGE).get_page(request.GET.get("page"))
        letters = list(filter(None, map(outbox.envelope, page)))
    context = {"page": page, "letters": letters, "asked": asked, "searched": SEARCHED, "more": len(keys) > SEARCHED}
    return render(request, "mailings/letter_list.html", context)


@embedded_only
@require_safe
@never_cache
def letter_page(request, key):
    """One letter: its text with links to press, and its HTML in a frame."""
    letter = outbox.envelope(key)
    if letter is None:
        raise Http404
    text, page = outbox.parts(key)
    return render(request, "mailings/letter_page.html", {"letter": letter, "text": text, "has_page": bool(page)})


# A letter carries its styles inside, which the site's policy forbids: so it gets a policy of its own that
# allows them and nothing else. Sandboxed, it runs no script and has no origin; its links may open the app in
# place of the mailbox, when somebody presses them.
@csp_replace(
    {
        "default-src": [NONE],
        "script-src": None,
        "style-src": [UNSAFE_INLINE],
        "img-src": None,
        "object-src": None,
        "base-uri": None,
        "form-action": [NONE],
        "frame-ancestors": [SELF],
        "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox", "allow-top-navigation-by-user-activation"],
    }
)
@embedded_only
@require_safe
@never_cache
@xframe_options_sameorigin
def letter_html(request, key):
    """The HTML part as it was sent, its links leading out of the frame."""
    if outbox.envelope(key) is None:
        raise Http404
    _text, page = outbox.parts(key)
    if not page:
        raise Http404
    return HttpResponse(page.replace("<head>", '<head><base target="_top">', 1))
