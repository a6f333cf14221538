"""What a rehearsal has shown to work: one line a step, seen with its time, or what is waited for and from whom."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min, Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from journal import book
from mailings.models import Letter
from rounds.models import Round
from vetting.models import Response
from voting import ballotbox, ceremony
from voting.emails import HAS_VOTED
from voting.models import Count

Stage = Round.Stage
WIPED = "round.wiped"
SEEN, WAITS, TO_COME, MISSED = "seen", "waits", "to_come", "missed"

# Each step: its name, what it is, and what it waits for or who does it.
STEPS = [
    ("told", _("Nominations told"), _("The clock writes to all staff as the rehearsal begins.")),
    ("asked", _("Questionnaire sent"), _("The clock writes to the office, in place of the invented campaigns.")),
    ("frozen", _("Roll frozen"), _("The clock does it by the date above, unless something above holds the round up.")),
    ("keys", _("Keys made and tested"), _("The clock makes and tests them after the freeze.")),
    ("notice", _("Notice of the vote sent"), _("The clock writes to staff who are members, after the freeze.")),
    ("ballots", _("Ballot letters sent"), _("The clock writes to staff who are members, as the vote opens.")),
    ("vote", _("A vote is in"), _("Somebody who got a ballot letter opens its link and votes.")),
    ("receipt", _("Receipt mailed"), _("Whoever has voted asks for it on the page that follows.")),
    ("reminder", _("Reminder sent"), _("The clock writes midway through the vote to those who have not voted.")),
    ("closed", _("Vote closed"), _("The clock does it, by the date above.")),
    ("counted", _("Counted"), _("The clock does it, on the host with the seal key.")),
    ("certified", _("Certified"), _("The clock does it: a rehearsal has no turnout floor.")),
    ("groups", _("Groups told"), _("The clock writes to all staff, in place of the groups’ leaders.")),
    ("announced", _("Announced"), _("The clock does it, by the date above.")),
    ("results", _("Result letters sent"), _("The clock writes to staff who are members, after the announcement.")),
    ("wiped", _("Wiped"), _("A round manager presses “Wipe the rehearsal”. Three days after its end the clock does.")),
]
BY_LETTER = {
    "told": "rounds.opened",
    "asked": "vetting.questionnaire",
    "notice": "voting.notice",
    "ballots": "voting.ballot",
    "receipt": "voting.receipt",
    "reminder": "voting.reminder",
    "groups": "endorsements.groups_result",
    "results": "endorsements.result",
}
BY_STAGE = {
    "frozen": Stage.FROZEN,
    "closed": Stage.POLLS_CLOSED,
    "counted": Stage.COUNTED,
    "certified": Stage.CERTIFIED,
    "announced": Stage.ANNOUNCED,
}
NO_QUESTIONNAIRE = _(
    "Not rehearsed: no campaign was asked by the cycle’s version yet, and a rehearsal would close it to changes."
)
ALL_HAD_VOTED = _("Everybody had voted, so nobody was reminded.")
NOT_TIMED = _("No time is kept of a vote.")


@dataclass(frozen=True)
class Step:
    """One line of the checklist. at is None for what is not seen, and for a vote."""

    label: str
    state: str
    at: datetime | None
    said: str


def checklist(round, now, entries=None) -> list[Step]:
    """Every step in its order; entries are the round's own of the journal, where the caller has them. Three queries."""
    entries = list(book.entries_of(round)) if entries is None else entries
    seen_at = seen(round, entries)
    over = round.stage in Round.ENDED
    found, waiting = [], not over
    for name, label, waits in STEPS:
        at = seen_at.get(name)
        said: object = ""
        if name in seen_at:
            state = SEEN
            said = NOT_TIMED if name == "vote" else ALL_HAD_VOTED if name == "reminder" and not at else ""
        elif name == "asked" and not asks(entries):
            state, said = MISSED, NO_QUESTIONNAIRE
        elif name == "wiped":
            state, said = (WAITS if over or round.stage == Stage.ANNOUNCED else TO_COME), waits
        elif passed(name, seen_at) or over:
            state = MISSED
        else:
            state, said, waiting = (WAITS if waiting else TO_COME), who_does(name, waits, round), False
        found.append(Step(str(label), state, parse_datetime(at) if at else None, str(said)))
    return found


def passed(name, seen_at) -> bool:
    """Whether what comes later has been seen, so that this step can't come any more."""
    until = {"told": "frozen", "vote": "closed", "receipt": "counted", "reminder": "closed", "notice": "ballots"}
    return until.get(name) in seen_at


def who_does(name, waits, round) -> str:
    """What a step waits for; where keys are people's work, what they have to run."""
    if name != "keys" or settings.EMBEDDED or round.stage not in [*Round.BEFORE_FREEZE, Stage.FROZEN]:
        return waits
    return " ".join(ceremony.ready(round))


def asks(entries) -> bool:
    """Whether the rehearsal asks its invented campaigns, as it said when it was begun."""
    return any((entry.after or {}).get("questionnaire") for entry in entries if entry.verb == "rehearsal.begun")


def seen(round, entries=None) -> dict[str, str]:
    """{step: when, as text} of all that has been seen; "" where no time is kept. Of a wiped one, as it was then."""
    entries = list(book.entries_of(round)) if entries is None else entries
    for entry in entries:
        if entry.verb == WIPED:
            return {**entry.after["steps"], "wiped": entry.at.isoformat()}
    found = by_letters(round)
    stages = {entry.after["stage"]: entry.at for entry in entries if entry.verb == "round.stage" and entry.after}
    found |= {name: stages[stage].isoformat() for name, stage in BY_STAGE.items() if stage in stages}
    tested = {entry.after["holder"]: entry.at for entry in entries if entry.verb == "keys.rehearsed"}
    if len(tested) > 1:
        found["keys"] = max(tested.values()).isoformat()
    if voted(round):
        found["vote"] = ""
    return found


def by_letters(round) -> dict[str, str]:
    """The steps of which a letter tells that went out."""
    asked = Q(name=BY_LETTER["asked"], seat__in=Response.objects.filter(candidacy__round=round).values("pk"))
    letters = Letter.objects.filter(Q(topic=round.topic) | asked)
    sent = letters.filter(Q(state=Letter.State.SENT) | Q(state=Letter.State.SKIPPED, reason=HAS_VOTED)).order_by()
    at = {
        (name, state): first
        for name, state, first in sent.values_list("name", "state").annotate(first=Min("settled_at"))
    }
    found = {}
    for step, name in BY_LETTER.items():
        if first := at.get((name, Letter.State.SENT)):
            found[step] = first.isoformat()
        elif step == "reminder" and (name, Letter.State.SKIPPED) in at:
            found[step] = ""  # who has voted is not reminded
    return found


def voted(round) -> bool:
    """Whether a vote is in, or was opened."""
    if round.stage in Round.BEFORE_FREEZE or round.stage == Stage.FROZEN:
        return False
    if round.stage in (Stage.VOTING, Stage.POLLS_CLOSED):
        return ballotbox.rehearsal_voted(round)
    return Count.objects.filter(contest__round=round, envelopes__gt=0).exists()
