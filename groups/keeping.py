"""Views that somebody keeps of a list of the desk: hers alone, by a name of her own."""

from django.utils.translation import gettext as _

from groups.models import KeptView
from groups.refusals import Refusal

MOST = 12  # of one list: more are no short way any more


def of(user, page):
    """Her views of one list, by name."""
    return KeptView.objects.filter(user=user.pk, page=page)


def keep(user, page, *, name, query) -> KeptView:
    """Keep a list as it is narrowed now; one of the same name is replaced. Raises Refusal."""
    name = " ".join(name.split())
    longest = {field: KeptView._meta.get_field(field).max_length for field in ("name", "query")}
    if not name or "\0" in name:
        raise Refusal(_("Give the view a name."))
    if len(name) > longest["name"]:
        raise Refusal(_("A name has at most %(most)s characters.") % {"most": longest["name"]})
    if not query:
        raise Refusal(_("Filter, search or sort the list first: this view is the whole list."))
    if len(query) > longest["query"]:
        raise Refusal(_("This search is too long to be kept."))
    if of(user, page).exclude(name=name).count() >= MOST:
        raise Refusal(_("You keep %(most)s views of this list. Remove one first.") % {"most": MOST})
    kept, _new = KeptView.objects.update_or_create(user=user, page=page, name=name, defaults={"query": query})
    return kept


def forget(user, page, pk) -> bool:
    """Whether a view of hers was removed; what is another's stays."""
    removed, _rows = of(user, page).filter(pk=pk).delete()
    return bool(removed)
