"""Letters to those who steer rounds: an alarm as it begins, that it is over, and the morning digest. In English, as
the desk is."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from endorsements.health import digest, watching
from endorsements.models import StandingAlarm
from groups.models import User
from journal.wording import in_zone, until
from keys import origin
from mailings.letters import Draft, Skip, register
from mailings.models import Letter
from rounds.models import Round


@register(watching.BEGAN_LETTER, priority=0)
def alarm(letters, now):
    """What is wrong, since when, and where it is mended; subject is the alarm, seat a user."""
    return about_alarms(letters, now, skip=lambda kept, letter: mended(kept))


@register(watching.OVER_LETTER, priority=5)
def alarm_over(letters, now):
    """That it is over, to those who were told that it began."""
    told = set(
        Letter.objects.filter(
            name=watching.BEGAN_LETTER,
            subject__in=[letter.subject for letter in letters],
            seat__in=[letter.seat for letter in letters],
            state=Letter.State.SENT,
        ).values_list("subject", "seat")
    )
    never = "this person was not told that it began"
    return about_alarms(letters, now, skip=lambda _kept, letter: "" if (letter.subject, letter.seat) in told else never)


def mended(kept) -> str:
    """Why nobody needs to hear that it began. That the clock stood still is told also when it goes again."""
    if kept.missed_at is None and kept.over_at is None:
        return ""
    return "" if kept.kind == watching.timekeeping.SILENT else "it is mended"


def about_alarms(letters, now, *, skip):
    """A draft or a reason to skip for each letter about an alarm."""
    people = User.objects.in_bulk([letter.seat for letter in letters])
    kept = StandingAlarm.objects.select_related("round", "seen_by").in_bulk({letter.subject for letter in letters})
    answers = {}
    for letter in letters:
        person, alarm = people.get(letter.seat), kept.get(letter.subject)
        reason = "no such alarm or person" if person is None or alarm is None else skip(alarm, letter)
        answers[letter.pk] = Skip(reason) if reason else draft(person, alarm_context(alarm))
    return answers


def alarm_context(kept) -> dict:
    """What both letters say of an alarm, by the zone of its round."""
    zone = kept.round.time_zone if kept.round else settings.TIME_ZONE
    room = reverse("admin:rounds_round_change", args=[kept.round_id]) if kept.round else reverse("admin:index")
    ended = kept.missed_at or kept.over_at
    with override(settings.LANGUAGE_CODE):
        return {
            "round_name": kept.round.name if kept.round else "",
            "what": str(watching.KINDS.get(kept.kind, kept.kind)),
            "sentence": kept.sentence,
            "since": in_zone(kept.since, zone),
            "ended": in_zone(ended, zone),
            "lasted": until(ended, kept.since),
            "url": origin.desk_url() + (kept.url or room),
            "desk": origin.desk_url() + room,
        }


@register(digest.DIGEST_LETTER, priority=15)
def morning(letters, now):
    """The digest of one round; subject is the round, seat a user, wave the day."""
    people = User.objects.in_bulk([letter.seat for letter in letters])
    rounds = Round.objects.filter(stage__in=digest.STAGES).in_bulk({letter.subject for letter in letters})
    with override(settings.LANGUAGE_CODE):
        said = {pk: digest.context_of(round, now) for pk, round in rounds.items()}
    answers = {}
    for letter in letters:
        person = people.get(letter.seat)
        if person is None or letter.subject not in said:
            answers[letter.pk] = Skip("the round is over")
        else:
            answers[letter.pk] = draft(person, said[letter.subject])
    return answers


def draft(person, context) -> Draft:
    return Draft(to=person.email, language=settings.LANGUAGE_CODE, name=person.name, context=context)
