"""The photos of the endorsed, served by the site itself: drawn anew when taken in, and never changed after."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

A_YEAR = 31_536_000


@require_safe
def photo(request, name):
    """One photo as JPEG; its name is random, so it may be kept for a year."""
    try:
        file = default_storage.open(name)
    except OSError as error:
        raise Http404 from error
    headers = {"Cache-Control": f"public, max-age={A_YEAR}, immutable"}
    return FileResponse(file, content_type="image/jpeg", headers=headers)
