"""The journal in templates: {% entries_about thing as entries %}."""

from django import template

from journal import book, reading

register = template.Library()
SHOWN = 100


@register.simple_tag
def entries_about(thing):
    """What the journal says was done to a thing, newest first; not who looked at it."""
    return book.entries_of(thing).exclude(verb__in=reading.VERBS).order_by("-id")[:SHOWN]
