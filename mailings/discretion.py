"""Which letters may be looked at one by one: none whose being there, state or time gives a secret of hers away.

What a letter would give away is said where it is registered (letters.register, tells). Totals of a wave tell nothing
of one person; they stand on its page.
"""

from django.db.models import Q

from mailings import letters, suppression
from mailings.models import Letter

# Left unsent. That an address takes no letters was so before; any other reason may be what she did.
QUIET = Q(state=Letter.State.SKIPPED) & ~Q(reason=suppression.NOT_WRITTEN_TO)


def shown_of(some, name):
    """shown, of letters of one name: the database is asked for no more than what can tell among those of that name."""
    named = some.filter(name=name)
    if name in letters.telling(letters.BY_ITSELF):
        return named.none()
    return named.exclude(QUIET) if name in letters.telling(letters.WHERE_SKIPPED) else named


def shown(some):
    """Those of these letters, as a query, whose rows tell nothing: for lists, pages, searches, tables and acts."""
    telling_skipped = Q(name__in=letters.telling(letters.WHERE_SKIPPED)) & QUIET
    return some.exclude(name__in=letters.telling(letters.BY_ITSELF)).exclude(telling_skipped)


def names() -> list[str]:
    """The letters of which there may be rows to look at."""
    hidden = letters.telling(letters.BY_ITSELF)
    return [name for name in letters.names() if name not in hidden]
