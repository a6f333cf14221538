"""Where mail providers report: /hooks/<provider>/. Proven by signature or secret, never by cookie."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from journal import clock
from mailings import hooks, ledger

LARGEST = 1024 * 1024


@csrf_exempt
@never_cache
@require_http_methods(["HEAD", "POST"])
def hook(request, provider):
    """Take a provider's reports. What is about no letter of ours is answered like the rest: it may not come again."""
    if provider not in hooks.VIEWS:
        raise Http404
    if request.method == "HEAD":  # some look whether there is anybody before they register it
        return HttpResponse()
    if size_of(request) > LARGEST:
        return HttpResponse(status=413)
    now = clock.now()
    try:
        reports = hooks.hear(provider, request, now=now)
    except hooks.NotSetUp:
        raise Http404 from None
    except hooks.Unproven:
        return HttpResponse(status=401)
    except hooks.Unreadable:
        return HttpResponse(status=400)
    ledger.record(reports, now=now)
    return HttpResponse()


def size_of(request) -> int:
    """How long the body says it is; one that does not say so has none that Django would read."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return int(said) if said.isdecimal() else LARGEST + 1
