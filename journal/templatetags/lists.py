"""The desk's lists in templates: {% cells result result_headers %}, a row whose cells know their columns."""

import re
from itertools import zip_longest

from django import template
from django.utils.html import escape, strip_tags
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

register = template.Library()
OPENING = re.compile(r'<(t[dh])(?: class="([^"]*)")?>')
ICON = re.compile(r'<img src="[^"]*icon-(yes|no|unknown)[^"]*" alt="[^"]*">')
STATES = {"yes": _("yes"), "no": _("no"), "unknown": _("not known")}
ROLES = {"td": "cell", "th": "rowheader"}  # said again, as a phone shows each row as a card


@register.simple_tag
def cells(row, headers):
    """A row of Django's: each cell names its column, for phones, and says yes and no in words, not as an icon."""
    names = [strip_tags(header["text"]) for header in headers]
    return mark_safe("".join(cell(item, name or "") for item, name in zip_longest(row, names, fillvalue="")))  # noqa: S308


def cell(item, name):
    opening = OPENING.match(item)
    if opening is None:
        return item
    tag, classes = opening[1], opening[2] or ""
    content = ICON.sub(lambda icon: str(STATES[icon[1]]), item[opening.end() :])
    if content in (f"-</{tag}>", f"</{tag}>"):
        classes += " desk-none"
    return f'<{tag} role="{ROLES[tag]}" class="{classes.strip()}" data-label="{escape(capfirst(name))}">{content}'
