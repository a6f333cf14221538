"""Where a form was sent from: the check of forms that carry their own authority and no cookie (trust.md 6, 43)."""

from urllib.parse import urlsplit

from django.conf import settings

# What a browser says of a form on our own page, and of an address that somebody typed or opened from a letter.
OURS = {"same-origin", "none"}


def same_site(request) -> bool:
    """Whether a POST comes from a page of ours, as its headers tell (ux.md 0.11). It reads no cookie.

    Sec-Fetch-Site decides where it is sent: it can't be set by a page. Otherwise Origin must be BASE_URL's or that
    of the host that was asked; "null" is a stranger. Every browser that can be made to send another site's form
    names at least one of them, so a request with neither comes from no browser and is allowed: the token in the
    form is what lets it act.
    """
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched.strip().lower() in OURS
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin_of(origin) in {origin_of(settings.BASE_URL), origin_of(f"{request.scheme}://{request.get_host()}")}


def origin_of(address: str):
    """Scheme, host and port of an address, the port filled in; the text itself where it names no host."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return address
    return (parts.scheme, parts.hostname, port) if parts.hostname else address


def desk_url() -> str:
    """Where the desk is: the site's own address, or that of a host for staff alone."""
    return settings.DESK_URL or settings.BASE_URL
