"""Limits on requests, in the database's cache. A limit never refuses a valid vote: it stands before forms only."""

import hashlib

from django.conf import settings
from django.core.cache import cache


def allow(purpose: str, who: str, *, limit: int, seconds: int) -> bool:
    """Whether somebody may ask once more: at most limit times in any so many seconds. A yes is counted.

    Who is hashed with the secret key: the cache keeps neither addresses nor networks.
    """
    # One key per allowed request, each with its own end. The cache's incr would forget the window, and
    # two requests at once would count as one; add takes a key for one of them alone.
    places = places_of(purpose, who, limit)
    taken = cache.get_many(places)
    return any(cache.add(place, 1, seconds) for place in places if place not in taken)


def spent(purpose: str, who: str, *, limit: int) -> bool:
    """Whether somebody has asked as often as she may; asking this counts nothing."""
    places = places_of(purpose, who, limit)
    return len(cache.get_many(places)) == len(places)


def places_of(purpose, who, limit) -> list[str]:
    said = who.encode(errors="replace")
    digest = hashlib.blake2b(said, key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()
    return [f"limit:{purpose}:{digest}:{number}" for number in range(limit)]


def network_of(request) -> str:
    """The network a request comes from, by the trusted proxies' own header only: /24 or /48."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    address = hops[-count] if 0 < count <= len(hops) else request.META.get("REMOTE_ADDR", "")
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return ".".join(address.split(".")[:3])
