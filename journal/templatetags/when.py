"""Instants in words for templates: {{ instant|in_zone:round.time_zone }}, {{ instant|until:now }}."""

from datetime import datetime

from django import template

from journal import wording

register = template.Library()
register.filter("from_iso", lambda text: datetime.fromisoformat(text))
register.filter("in_zone", wording.in_zone)
register.filter("day_in_zone", wording.day_in_zone)
register.filter("desk_time", wording.short_in_zone)
register.filter("in_utc", wording.in_utc)
register.filter("until", wording.until)
