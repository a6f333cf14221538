"""Finding members for the desk, by their indexes: her whole address, or the beginnings of her names."""

from django.db.models import Q
from django.db.models.functions import Lower

from groups import members

MOST_WORDS = 4


def matching(queryset, text: str):
    """Those of the members whom these words mean.

    With an @, the words are a whole address. Else each word begins her last name, or, where there are several, her
    first name or is her ZIP code; one of them has to begin her last name, as that alone is indexed.
    """
    words = text.replace(",", " ").split()[:MOST_WORDS]
    if not words or "\0" in text:
        return queryset.none()
    if "@" in text:
        return queryset.filter(email_key__in={members.email_key(word) for word in words if "@" in word})
    found = Q()
    for word in words:
        others = Q()
        for other in words:
            if other is not word:
                others &= starts("first_key", other) | starts("last_key", other) | Q(zip=other)
        found |= starts("last_key", word) & others
    return queryset.alias(first_key=Lower("first_name"), last_key=Lower("last_name")).filter(found)


def starts(name, word) -> Q:
    return Q(**{f"{name}__startswith": word.lower()})
