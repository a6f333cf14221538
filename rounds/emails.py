"""The letters to leaders about their nominations: who gets each, when, and what it must say (process.md 11).

A letter's subject is the nomination (of rounds.opened: the round), its seat is the leader's user.
"""

from collections import defaultdict

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from groups import places
from groups.models import User
from journal.models import Entry
from journal.wording import in_zone
from mailings.letters import Draft, Skip, register
from rounds import planning, posting
from rounds.models import Nomination, Round

# What a leader's own page calls the letters she got.
LABELS = {
    "rounds.opened": _("Nominations are open"),
    "rounds.received": _("We have your nomination"),
    "rounds.accepted": _("Your nomination is accepted"),
    "rounds.returned": _("One thing is missing"),
    "rounds.refused": _("We can’t take your nomination"),
    "rounds.moved": _("Your candidate moves to the next round"),
    "rounds.joined": _("Another group named your candidate"),
    "rounds.rival": _("Another group named somebody else"),
    "rounds.withdrawn": _("Your candidate has withdrawn"),
    "rounds.taken_back": _("Your nomination is withdrawn"),
}


def mark_of(nomination):
    """That the round of a nomination is a rehearsal, or nothing."""
    candidacy = nomination.candidacy
    return candidacy.round.mark if candidacy and candidacy.round else ""


def about_nominations(letters, now, *, more=lambda letter, nomination: {}, wanted=lambda letter, nomination: True):
    """The drafts of letters about nominations. more adds to the context; what is not wanted any more is skipped."""
    nominations = Nomination.objects.select_related(
        "group", "cycle", "candidacy__round", "race__place__state", "submitted_by"
    ).in_bulk({letter.subject for letter in letters})
    groups = {nomination.group_id for nomination in nominations.values()}
    leading = set(posting.leaders(leaderships__group__in=groups).values_list("leaderships__group", "pk"))
    users = User.objects.in_bulk({letter.seat for letter in letters})
    coming = {}
    drafts = {}
    for letter in letters:
        nomination, user = nominations.get(letter.subject), users.get(letter.seat)
        if nomination is None or user is None or (nomination.group_id, user.pk) not in leading:
            drafts[letter.pk] = Skip("no longer a leader of the group")
        elif not wanted(letter, nomination):
            drafts[letter.pk] = Skip("overtaken by what came after")
        else:
            if nomination.cycle_id not in coming:
                coming[nomination.cycle_id] = planning.coming_round(nomination.cycle, now)
            with translation.override(user.language):
                context = said_of(nomination, coming[nomination.cycle_id]) | more(letter, nomination)
            to = {"to": user.email, "language": user.language, "name": user.name}
            drafts[letter.pk] = Draft(**to, context=context, mark=mark_of(nomination))
    return drafts


def said_of(nomination, coming) -> dict:
    """What every letter about a nomination may say, in the active language."""
    round = nomination.candidacy.round if nomination.candidacy else None
    organizer, organizer_email = places.contact(nomination.race.place)
    return {
        "group": nomination.group.name,
        "candidate": nomination.candidacy.name,
        "race": nomination.race.name,
        "reference": nomination.reference,
        "organizer": organizer,
        "organizer_email": organizer_email,
        "url": settings.BASE_URL + reverse("rounds:task_list", args=[nomination.pk]),
        "round": round.name if round else "",
        "voting_opens": in_zone(round.voting_opens_at, round.time_zone) if round else "",
        "coming": coming.name if coming else "",
        "coming_opens": in_zone(coming.nominations_open_at, coming.time_zone) if coming else "",
        "reason": nomination.decision_reason,
    }


@register("rounds.received", priority=5)
def received(letters, now):
    """To the group's leaders when their nomination has come in: reference, round, other groups, what is next."""

    named = Nomination.objects.filter(pk__in=[letter.subject for letter in letters]).values("candidacy")
    behind = defaultdict(list)
    for one in (
        Nomination.objects.counting().filter(candidacy__in=named).select_related("group").order_by("submitted_at")
    ):
        behind[one.candidacy_id].append(one)

    def others(letter, nomination):
        return {"others": [one.group.name for one in behind[nomination.candidacy_id] if one != nomination]}

    return about_nominations(letters, now, more=others)


@register("rounds.accepted")
def accepted(letters, now):
    """To the group's leaders when staff found the nomination complete."""
    return about_nominations(letters, now)


@register("rounds.returned")
def returned(letters, now):
    """To the group's leaders when something is missing: what, and where to answer or put it right."""

    def where(letter, nomination):
        return {"url": settings.BASE_URL + reverse("rounds:reply", args=[nomination.pk])}

    def waiting(letter, nomination):
        return nomination.state == Nomination.State.RETURNED

    return about_nominations(letters, now, more=where, wanted=waiting)


@register("rounds.refused")
def refused(letters, now):
    """To the group's leaders when staff refused the nomination, with the reason."""
    return about_nominations(letters, now)


@register("rounds.moved")
def moved(letters, now):
    """To the group's leaders when their candidate was left off and waits for the next round: why, and when."""
    subjects = Nomination.objects.in_bulk({letter.subject for letter in letters})
    named = {f"candidacy:{nomination.candidacy_id}" for nomination in subjects.values()}
    reasons = {
        (entry.subject, entry.before["round"]): entry.reason
        for entry in Entry.objects.filter(verb="candidacy.rolled_over", subject__in=named)
    }
    rounds = Round.objects.in_bulk({letter.wave for letter in letters})

    def why(letter, nomination):
        left = rounds.get(letter.wave)
        return {
            "left": left.name if left else "",
            "reason": reasons.get((f"candidacy:{nomination.candidacy_id}", letter.wave), ""),
        }

    return about_nominations(letters, now, more=why)


@register("rounds.joined")
def joined(letters, now):
    """To the leaders of groups that named this candidate before: one more group has. wave is its nomination."""
    newcomers = Nomination.objects.select_related("group").in_bulk({letter.wave for letter in letters})

    def who(letter, nomination):
        return {"newcomer": newcomers[letter.wave].group.name}

    return about_nominations(letters, now, more=who, wanted=lambda letter, nomination: letter.wave in newcomers)


@register("rounds.rival")
def rival(letters, now):
    """To the leaders of both groups when two candidates stand in one race. Neither is named to the other."""
    return about_nominations(letters, now)


@register("rounds.withdrawn")
def withdrawn(letters, now):
    """To the leaders of every group that named a candidate who has withdrawn."""
    return about_nominations(letters, now)


@register("rounds.taken_back")
def taken_back(letters, now):
    """To all leaders of a group that withdrew its nomination: who did it, and why if that was said."""
    subjects = [f"nomination:{letter.subject}" for letter in letters]
    entries = Entry.objects.filter(verb="nomination.state", subject__in=subjects).order_by("pk")
    last = {entry.subject: entry.actor_name for entry in entries}

    def who(letter, nomination):
        return {"who": last.get(f"nomination:{nomination.pk}", "")}

    return about_nominations(letters, now, more=who)


@register("rounds.opened", priority=40)
def opened(letters, now):
    """To all leaders when a round begins to take nominations: until when, who may, for which offices."""
    rounds = Round.objects.in_bulk({letter.subject for letter in letters})
    users = User.objects.filter(is_active=True).in_bulk({letter.seat for letter in letters})
    drafts = {}
    for letter in letters:
        round, user = rounds.get(letter.subject), users.get(letter.seat)
        if user is None:
            drafts[letter.pk] = Skip("may not sign in any more")
        elif round is None or not round.takes_nominations(now):
            drafts[letter.pk] = Skip("nominations are not open any more")
        else:
            with translation.override(user.language):
                context = {
                    "round": round.name,
                    "rehearsal": round.rehearsal,
                    "closes": in_zone(round.nominations_close_at, round.time_zone),
                    "voting_opens": in_zone(round.voting_opens_at, round.time_zone),
                    "voting_closes": in_zone(round.voting_closes_at, round.time_zone),
                    "url": settings.BASE_URL + reverse("rounds:lead_home"),
                }
            to = {"to": user.email, "language": user.language, "name": user.name}
            drafts[letter.pk] = Draft(**to, context=context, mark=round.mark)
    return drafts
