"""What a vote would lack if it opened now: keys in other hands, enough voters for a race, its ballot in a language."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groups.atlas import BY_USPS
from groups.models import Member
from journal import languages
from journal.wording import in_zone
from rounds.models import Candidacy, Contest, Race, Round
from voting import ballots, ceremony
from voting.alarms import Alarm
from voting.models import ContestRoll

Stage = Round.Stage

# Keys are made and handed out while candidates are vetted; so long before the freeze it presses.
KEYS_BEFORE_FREEZE = timedelta(hours=48)
UNTIL_OPENED = [Stage.FROZEN, Stage.VOTING, Stage.POLLS_CLOSED]

NOT_ESCROWED, SMALL_ROLL, NO_LANGUAGE = "not_escrowed", "small_roll", "no_language"


def found(round, now) -> list[Alarm]:
    """What this round's vote lacks, or will."""
    return [*not_escrowed(round, now), *small_rolls(round, now), *missing_languages(round)]


def not_escrowed(round, now):
    """Nobody but the tally host could open the ballots. The embedded default keeps all keys itself, for trials."""
    pressing = round.stage == Stage.VETTING and now >= round.freeze_at - KEYS_BEFORE_FREEZE
    if round.rehearsal:
        return  # its own page says which command is missing; nothing would be lost
    if settings.EMBEDDED or not (pressing or round.stage in UNTIL_OPENED) or ceremony.escrowed(round):
        return
    yield Alarm(
        NOT_ESCROWED,
        _(
            "The keys are not escrowed: two holders of shares have not opened a test envelope. If the tally host were "
            "lost, nobody could count. The vote opens %(when)s."
        )
        % {"when": in_zone(round.voting_opens_at, round.time_zone)},
        reverse("admin:rounds_round_preflight", args=[round.pk])
        if round.stage in (Stage.VETTING, Stage.FROZEN)
        else reverse("admin:rounds_round_change", args=[round.pk]),
    )


def small_rolls(round, now):
    """Races in which not enough people can vote for the round's turnout floor, even if all of them do."""
    if round.rehearsal or not round.turnout_min_votes:
        return
    if round.stage == Stage.VETTING:
        yield from small_places(round, now)
    elif round.stage in (Stage.FROZEN, Stage.VOTING):
        small = ContestRoll.objects.filter(contest__round=round, eligible__lt=round.turnout_min_votes)
        small = small.filter(contest__state=Contest.State.OPEN).select_related("contest__race__place__state")
        for roll in small.order_by("contest"):
            url = reverse("admin:rounds_contest_change", args=[roll.contest_id])
            yield small_roll(round, roll.contest.race, roll.eligible, url)


def small_places(round, now):
    """The same before the freeze, by the members as they are now, when there is time to find more."""
    cleared = Candidacy.objects.filter(round=round, state=Candidacy.State.CLEARED).values("race")
    for race in Race.objects.filter(pk__in=cleared).select_related("place__state").order_by("pk"):
        members = Member.objects.confirmed(now).living_in(race.place)
        # No further than the floor: a state may have a million members.
        number = members[: round.turnout_min_votes].count()
        if number < round.turnout_min_votes:
            yield small_roll(round, race, number, reverse("admin:rounds_race_change", args=[race.pk]))


def small_roll(round, race, number, url):
    said = ngettext(
        "%(race)s: %(n)d person can vote in it, and the turnout floor is %(floor)d.",
        "%(race)s: %(n)d people can vote in it, and the turnout floor is %(floor)d.",
        number,
    )
    words = {"race": race.name, "n": number, "floor": round.turnout_min_votes}
    return Alarm(SMALL_ROLL, said % words, url, about=f"race {race.pk}")


def missing_languages(round):
    """Races whose ballot cannot be said in a language that we offer to members: no words, or no name of the place."""
    stands = {
        Stage.VETTING: {"candidacies__round": round, "candidacies__state": Candidacy.State.CLEARED},
        Stage.FROZEN: {"contests__round": round, "contests__state": Contest.State.OPEN},
        Stage.VOTING: {"contests__round": round, "contests__state": Contest.State.OPEN},
    }.get(round.stage)
    if stands is None:
        return
    speechless = {code for code, _name in settings.LANGUAGES if not ballot_is_said_in(code)}
    for race in Race.objects.filter(**stands).select_related("place__state").distinct().order_by("pk"):
        unnamed = set() if race.place.usps in BY_USPS else languages.translated()
        names = [name for code, name in settings.LANGUAGES if code in speechless | unnamed]
        if names:
            said = _("%(race)s: its ballot is not whole in %(languages)s.")
            words = {"race": race.name, "languages": ", ".join(names)}
            url = reverse("admin:rounds_race_change", args=[race.pk])
            yield Alarm(NO_LANGUAGE, said % words, url, about=f"race {race.pk}")


def ballot_is_said_in(code) -> bool:
    """Whether the question of a ballot (ballots.py) has words of its own in a language."""
    if code not in languages.translated():
        return True
    with translation.override(None):
        plain = str(ballots.WHOM)
    with translation.override(code):
        return str(ballots.WHOM) != plain
