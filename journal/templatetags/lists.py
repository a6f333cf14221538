"""The desk's lists in templates: {% cells result result_headers cl row %}, a row whose cells know their columns."""

import re
from itertools import zip_longest

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField
from django.utils.html import escape, format_html, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from journal.wording import until

register = template.Library()
OPENING = re.compile(r'<(t[dh])(?: class="([^"]*)")?>')
ICON = re.compile(r'<img src="[^"]*icon-(yes|no|unknown)[^"]*" alt="[^"]*">')
STATES = {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
ROLES = {"td": "cell", "th": "rowheader"}  # said again, as a phone shows each row as a card


@register.simple_tag
def cells(items, headers, changes, number):
    """One row of Django's, the numberth of its page: each cell names its column, for phones.

    It says yes and no in words, not as an icon; and beside an instant, how far off it is.
    """
    names = [strip_tags(header["text"]) for header in headers]
    since = distances(changes, number)
    lined = zip_longest(items, names, since, fillvalue="")
    return mark_safe("".join(cell(item, name, away) for item, name, away in lined))  # noqa: S308


def distances(changes, number) -> list[str]:
    """For each column of a row: how long ago or ahead its instant is; "" where it is no instant or none is set."""
    row = changes.result_list[number]
    return [distance(getattr(row, name), changes.now) if is_instant(changes, name) else "" for name in shown(changes)]


def shown(changes) -> list[str]:
    return [str(name) for name in changes.list_display]


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


def cell(item, name, away):
    opening = OPENING.match(item)
    if opening is None:
        return item
    tag, classes, closing = opening[1], opening[2] or "", f"</{opening[1]}>"
    content = ICON.sub(lambda icon: str(STATES[icon[1]]), item[opening.end() :].removesuffix(closing))
    if content in ("-", ""):
        classes += " desk-none"
    if away:
        content = format_html('<span>{}<span class="desk-since">{}</span></span>', mark_safe(content), away)  # noqa: S308
    label = escape(capfirst(name))
    return f'<{tag} role="{ROLES[tag]}" class="{classes.strip()}" data-label="{label}">{content}{closing}'
