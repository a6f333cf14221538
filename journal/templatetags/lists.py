"""The desk's lists in templates: {% cells result result_headers cl row %}, a row whose cells know their columns."""

import re
from itertools import zip_longest

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField
from django.utils.html import escape, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from journal.wording import until

register = template.Library()
OPENING = re.compile(r'<(t[dh])(?: class="([^"]*)")?>')
ICON = re.compile(r'<img src="[^"]*icon-(yes|no|unknown)[^"]*" alt="[^"]*">')
STATES = {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
NO_COLUMN = ("", "")
ROLES = {"td": "cell", "th": "rowheader"}  # said again, as a phone shows each row as a card


@register.simple_tag
def cells(items, headers, changes, number):
    """One row of Django's, the numberth of its page: each cell names its column, for phones.

    It says yes and no in words, not as an icon; and beside an instant, how far off it is.
    """
    row, columns = changes.result_list[number], columns_of(changes, headers)
    lined = zip_longest(items, columns, fillvalue=NO_COLUMN)
    return mark_safe("".join(cell(str(item), label, away(row, name, changes.now)) for item, (label, name) in lined))  # noqa: S308


def columns_of(changes, headers) -> list[tuple[str, str]]:
    """(what a cell says of its column, the field if it is an instant, else "") of each: found once for a page."""
    if not hasattr(changes, "columns_drawn"):
        labels = [str(escape(capfirst(strip_tags(str(header["text"]))))) for header in headers]
        names = [str(name) if is_instant(changes, str(name)) else "" for name in changes.list_display]
        changes.columns_drawn = list(zip_longest(labels, names, fillvalue=""))
    return changes.columns_drawn


def away(row, name, now) -> str:
    """How long ago or ahead the instant of a column is; "" where it is no instant or none is set."""
    return distance(getattr(row, name), now) if name else ""


def is_instant(changes, name) -> bool:
    try:
        return isinstance(changes.opts.get_field(name), DateTimeField)
    except FieldDoesNotExist:
        return False


def distance(instant, now) -> str:
    if instant is None:
        return ""
    if instant > now:
        return gettext("in %(time)s") % {"time": until(instant, now)}
    return gettext("%(time)s ago") % {"time": until(now, instant)} if instant < now else gettext("now")


def cell(item, label, since):
    opening = OPENING.match(item)
    if opening is None:
        return item
    tag, classes, closing = opening[1], opening[2] or "", f"</{opening[1]}>"
    content = item[opening.end() :].removesuffix(closing)
    if "<img" in content:
        content = ICON.sub(lambda icon: str(STATES[icon[1]]), content)
    if content in ("-", ""):
        classes += " desk-none"
    if since:
        content = f'<span>{content}<span class="desk-since">{escape(since)}</span></span>'
    return f'<{tag} role="{ROLES[tag]}" class="{classes.strip()}" data-label="{label}">{content}{closing}'
