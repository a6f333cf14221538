"""The dress rehearsal: a whole round within minutes, by the real clock, with invented candidates and staff alone.

What it invents stands in a cycle of its own (Cycle.REHEARSALS), in which no group can nominate: no list, count or rule
of the real cycle can meet it. The round itself belongs to the cycle that it rehearses for. It is an ordinary round to
the clock: nothing here moves its stage. When it is over, wiping.py takes all of it away again.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from endorsements.refusals import Refusal
from endorsements.rehearsal import wiping
from groups.models import Place, User
from journal import book
from rounds import admission, candidacies, gates, planning
from rounds.models import Candidacy, Cycle, Gate, Race, Round
from vetting import inviting, questionnaires
from voting import roll

BEGUN = "rehearsal.begun"
SHORTEST, LONGEST = 5, 24 * 60
# Where keys are people's work, ten minutes are too few to make, hand out and test them.
MINUTES = 10 if settings.EMBEDDED else 60
# When in the whole each date comes, in hundredths.
WHEN = {
    "nominations_open_at": 0,
    "nominations_close_at": 20,
    "freeze_at": 30,
    "voting_opens_at": 40,
    "voting_closes_at": 85,
    "announce_at": 100,
}
# Two to choose between, and one for Yes or No.
INVENTED = {
    Race.Office.SENATE: ["Rehearsal candidate A", "Rehearsal candidate B"],
    Race.Office.GOVERNOR: ["Rehearsal candidate C"],
}
ARE_OVER = [Round.Stage.ANNOUNCED, *Round.ENDED]


def begin(cycle, *, minutes=MINUTES, by, now, reason) -> Round:
    """Plan a rehearsal that begins at once and is announced so many minutes later, with candidates already cleared.

    Refusal while another runs or waits to be wiped, where nobody could vote in it, and while a real vote is open:
    staff who are members hold a real ballot letter in those days, and of two in one mailbox somebody would take the
    wrong one; and the line of letters then belongs to the real vote. Before that vote opens it may run.
    """
    if not reason.strip():
        raise Refusal(_("Say why: the reason stands in the journal."))
    if not SHORTEST <= minutes <= LONGEST:
        raise Refusal(
            _("A rehearsal takes from %(least)d minutes to a day.") % {"least": SHORTEST},
        )
    with transaction.atomic():
        # Two may press at once: the oldest cycle's row lets one after the other, and the second is refused.
        Cycle.objects.select_for_update().order_by("pk").first()
        if why := why_not(now, minutes):
            raise Refusal(why)
        round = plan(cycle, minutes, now)
        round.save(force_insert=True)
        standing = [candidacy for office in INVENTED for candidacy in invent(round, office, by=by, now=now)]
        version = questionnaires.current(cycle)
        # To ask by a version closes it for good: a rehearsal only asks by one that is closed already.
        version = version if version and version.frozen_at else None
        for candidacy in standing if version else []:
            inviting.invite(candidacy, version, now=now)
        after = {**planning.dates_of(round), "questionnaire": version.version if version else ""}
        book.record(BEGUN, round, by=by, now=now, reason=reason, after=after)
    round.refresh_from_db()
    return round


def why_not(now, minutes=MINUTES) -> str:
    """Why no rehearsal of so many minutes can begin at this instant, in a sentence with what helps; "": one can."""
    for round in wiping.unwiped():
        if round.stage not in [Round.Stage.DRAFT, *ARE_OVER] or (round.stage == Round.Stage.DRAFT and was_begun(round)):
            return _("%(round)s is still running. Let it end, or wipe it.") % {"round": round}
        if was_begun(round):
            return _("%(round)s is over and not wiped yet. Wipe it first.") % {"round": round}
    soon = Q(stage=Round.Stage.FROZEN, voting_opens_at__lt=now + timedelta(minutes=minutes))
    if voting := Round.objects.filter(Q(stage=Round.Stage.VOTING) | soon, rehearsal=False).first():
        return _(
            "%(round)s is in its vote, or opens it before the rehearsal would end. Staff who are members would have "
            "two ballot letters at once. Rehearse before, or when that vote is closed."
        ) % {"round": voting}
    if not voters(now).exists():
        return _(
            "Nobody of the staff is on the list of members, so nobody could vote. Sign up on the public page by the "
            "address with which you sign in here, and confirm it."
        )
    if not Place.objects.states().exists():
        return _("No states are loaded: manage.py import_places")
    return ""


def was_begun(round) -> bool:
    """Whether it was begun here, and not planned by hand."""
    return book.entries_of(round).filter(verb=BEGUN).exists()


def plan(cycle, minutes, now) -> Round:
    """The round, not kept yet: its dates by the clock, its rules such that the clock alone can carry it to its end."""
    name = f"Rehearsal {cycle.rounds.filter(rehearsal=True).count() + 1}"
    dates = {field: now + timedelta(minutes=minutes) * part / 100 for field, part in WHEN.items()}
    return Round(
        cycle=cycle,
        name=name,
        slug=planning.free_slug(f"{cycle.year}-{name.lower().replace(' ', '-')}"),
        rehearsal=True,
        time_zone=settings.TIME_ZONE,
        turnout_min_votes=0,
        turnout_min_share=0,
        certification=Round.Certification.AUTOMATIC,
        **dates,
    )


def invent(round, office, *, by, now) -> list[Candidacy]:
    """The made-up candidates of one office, through the first three gates, in the rehearsals' own cycle."""
    year, _new = Cycle.objects.get_or_create(year=Cycle.REHEARSALS, defaults={"name": "Rehearsals"})
    place = Place.objects.states().order_by("usps").first()
    race, _new = Race.objects.get_or_create(cycle=year, office=office, place=place)
    made = []
    for name in INVENTED[office]:
        candidacy = Candidacy.objects.create(
            race=race,
            round=round,
            name=name,
            name_key=admission.name_key(name),
            campaign_name="Rehearsal",
            campaign_email=settings.CONTACT_EMAIL,
            blurb="Made up for a rehearsal. Nobody of this name stands anywhere.",
        )
        book.record("candidacy.named", candidacy, by=by, now=now)
        for gate in (Gate.Kind.LOCAL, Gate.Kind.RECOMMENDED, Gate.Kind.CLEARED):
            gates.pass_gate(candidacy, gate, evidence="Made up for a rehearsal", now=now)
        candidacies.move(candidacy, Candidacy.State.CLEARED, by=by, now=now)
        made.append(candidacy)
    return made


def voters(at):
    """The members who would be on its roll: staff who are members too."""
    return roll.staff_who_are_members(at)


def readers():
    """Who gets the letters that leaders of groups get in a real round: all staff."""
    return User.objects.filter(is_staff=True, is_active=True).order_by("email")
