"""Limits on requests, in the database's cache. A limit never refuses a valid vote: it stands before forms only."""

import hashlib

from django.conf import settings
from django.core.cache import cache


def allow(purpose: str, who: str, *, limit: int, seconds: int) -> bool:
    """Count one request of somebody for a purpose; False once over the limit within the window.

    Who is hashed with the secret key: the cache keeps neither addresses nor networks.
    """
    digest = hashlib.blake2b(who.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()
    key = f"limit:{purpose}:{digest}"
    if cache.add(key, 1, seconds):
        return limit >= 1
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ran out between add and incr
        cache.set(key, 1, seconds)
        return limit >= 1


def network_of(request) -> str:
    """The network a request comes from, by the trusted proxies' own header only: /24 or /48."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    address = hops[-count] if 0 < count <= len(hops) else request.META.get("REMOTE_ADDR", "")
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return ".".join(address.split(".")[:3])
