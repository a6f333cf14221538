"""What the public reads of a round's journal: which kinds of entries, and in which sentence. Pure.

A kind that has no sentence here is shown nowhere. No sentence takes a name, a number or a text from its entry: only
which stage, which dates and which rules.
"""

import re
import unicodedata
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from journal.wording import in_zone
from rounds import planning
from rounds.models import Round

Stage = Round.Stage

CLOCK = gettext_lazy("The clock")
OPERATOR = gettext_lazy("The operator of the site")
MANAGER = gettext_lazy("A round manager")
TELLER = gettext_lazy("A teller")
KEEPER = gettext_lazy("A keeper of the keys")
SECOND = gettext_lazy("A second person")

# What was done, by the kind of entry: who does such things, when it is a person, and the sentence.
STAGES = {
    Stage.NOMINATING: (MANAGER, gettext_lazy("%(who)s opened the nominations.")),
    Stage.VETTING: (MANAGER, gettext_lazy("%(who)s closed the nominations. Vetting began.")),
    Stage.FROZEN: (MANAGER, gettext_lazy("%(who)s froze the roll and the list of candidates.")),
    Stage.VOTING: (MANAGER, gettext_lazy("%(who)s opened the vote.")),
    Stage.POLLS_CLOSED: (MANAGER, gettext_lazy("%(who)s closed the vote.")),
    Stage.COUNTED: (TELLER, gettext_lazy("%(who)s ended the count.")),
    Stage.CERTIFIED: (TELLER, gettext_lazy("%(who)s certified the results.")),
    Stage.ANNOUNCED: (MANAGER, gettext_lazy("%(who)s announced the results.")),
    Stage.ARCHIVED: (MANAGER, gettext_lazy("%(who)s archived the round.")),
    Stage.CANCELLED: (MANAGER, gettext_lazy("%(who)s cancelled the round.")),
}
OF_THE_ROUND = {
    "round.planned": (MANAGER, gettext_lazy("%(who)s planned the round.")),
    "round.rescheduled": (MANAGER, gettext_lazy("%(who)s changed dates.")),
    "round.rules": (MANAGER, gettext_lazy("%(who)s changed the rules.")),
    "round.extended": (MANAGER, gettext_lazy("%(who)s extended the vote.")),
    "round.paused": (MANAGER, gettext_lazy("%(who)s paused the vote.")),
    "round.resumed": (MANAGER, gettext_lazy("%(who)s resumed the vote.")),
    "round.corrected": (MANAGER, gettext_lazy("%(who)s published a correction note.")),
    "round.open.asked": (MANAGER, gettext_lazy("%(who)s asked to open the vote.")),
    "round.open.agreed": (SECOND, gettext_lazy("%(who)s agreed to open the vote.")),
    "round.open.taken_back": (MANAGER, gettext_lazy("%(who)s took back the request to open the vote.")),
    "round.unseal.asked": (MANAGER, gettext_lazy("%(who)s asked to open the envelopes.")),
    "round.unseal.agreed": (SECOND, gettext_lazy("%(who)s agreed to open the envelopes.")),
    "round.unseal.taken_back": (MANAGER, gettext_lazy("%(who)s took back the request to open the envelopes.")),
    "round.extend.asked": (MANAGER, gettext_lazy("%(who)s asked to extend the vote.")),
    "round.extend.agreed": (SECOND, gettext_lazy("%(who)s agreed to extend the vote.")),
    "round.extend.taken_back": (MANAGER, gettext_lazy("%(who)s took back the request to extend the vote.")),
    "round.rules.asked": (MANAGER, gettext_lazy("%(who)s asked to change the rules.")),
    "round.rules.agreed": (SECOND, gettext_lazy("%(who)s agreed to change the rules.")),
    "round.rules.taken_back": (MANAGER, gettext_lazy("%(who)s took back the request to change the rules.")),
    "round.cancel.asked": (MANAGER, gettext_lazy("%(who)s asked to cancel the round.")),
    "round.cancel.agreed": (SECOND, gettext_lazy("%(who)s agreed to cancel the round.")),
    "round.cancel.taken_back": (MANAGER, gettext_lazy("%(who)s took back the request to cancel the round.")),
    "round.certify.asked": (TELLER, gettext_lazy("%(who)s asked to certify the results.")),
    "round.certify.agreed": (SECOND, gettext_lazy("%(who)s agreed to certify the results.")),
    "round.certify.taken_back": (TELLER, gettext_lazy("%(who)s took back the request to certify the results.")),
    "keys.made": (KEEPER, gettext_lazy("%(who)s made the keys.")),
    "keys.rehearsed": (KEEPER, gettext_lazy("%(who)s tested the keys.")),
    "keys.embedded": (KEEPER, gettext_lazy("%(who)s keeps all keys on one machine: this round is for trials only.")),
    "keys.escrowed": (KEEPER, gettext_lazy("%(who)s gave out three shares of the key.")),
    "keys.restored": (KEEPER, gettext_lazy("%(who)s restored the key from two shares.")),
    "keys.destroyed": (KEEPER, gettext_lazy("%(who)s destroyed keys.")),
    "mailings.stop": (MANAGER, gettext_lazy("%(who)s stopped the letters of this round.")),
    "mailings.resume": (MANAGER, gettext_lazy("%(who)s let the letters of this round go again.")),
    "mailings.send_again": (MANAGER, gettext_lazy("%(who)s had letters sent again that had not gone out.")),
}
CONTEST_STATES = {
    "stopped": (MANAGER, gettext_lazy("%(who)s stopped the vote: %(contests)s.")),
    "void": (MANAGER, gettext_lazy("%(who)s took out of the vote: %(contests)s.")),
}
OF_CONTESTS = {
    "contest.made": (MANAGER, gettext_lazy("%(who)s made the ballot: %(contests)s.")),
    "contest.options": (MANAGER, gettext_lazy("%(who)s changed the ballot, because somebody left it: %(contests)s.")),
    "contest.void.asked": (MANAGER, gettext_lazy("%(who)s asked to take out of the vote: %(contests)s.")),
    "contest.void.agreed": (SECOND, gettext_lazy("%(who)s agreed to take out of the vote: %(contests)s.")),
    "contest.void.taken_back": (
        MANAGER,
        gettext_lazy("%(who)s took back the request to take out of the vote: %(contests)s."),
    ),
    "contest.committed": (TELLER, gettext_lazy("%(who)s fixed the commitment to the sealed votes: %(contests)s.")),
    "contest.opened": (TELLER, gettext_lazy("%(who)s opened and counted the envelopes: %(contests)s.")),
    "contest.unopened": (TELLER, gettext_lazy("%(who)s left the envelopes unopened: %(contests)s.")),
    "contest.irregular": (
        TELLER,
        gettext_lazy("%(who)s stopped the count, because something did not fit: %(contests)s."),
    ),
    "contest.retried": (TELLER, gettext_lazy("%(who)s had the envelopes looked at again: %(contests)s.")),
}
VERBS = ["round.stage", "contest.state", *OF_THE_ROUND, *OF_CONTESTS]

# Whose reason is written for the public; the desk says so where it is typed. No other reason is shown.
WITH_REASON = [
    "round.rescheduled",
    "round.rules",
    "round.extended",
    "round.paused",
    "round.resumed",
    "round.stage",
    "contest.state",
]
# Addresses, links, telephone numbers, ZIP codes, and codes of any kind.
UNFIT = re.compile(r"@|\w\.\w{2,}|\d[\d ().-]{3,}\d|[\w-]{20,}")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MOST_NAMED = 3


def words_of(entry):
    """(who does such things, the sentence) of an entry; None for one that is not for the public."""
    said = entry.after if isinstance(entry.after, dict) else {}
    if entry.verb == "round.stage":
        return STAGES.get(str(said.get("stage")))
    if entry.verb == "contest.state":
        return CONTEST_STATES.get(str(said.get("state")))
    return OF_THE_ROUND.get(entry.verb) or OF_CONTESTS.get(entry.verb)


def who(entry, role) -> str:
    """A person by the role in which she did it; the clock, and whoever works on the server, as such."""
    if entry.actor == "clock":
        return str(CLOCK)
    return str(role if entry.actor.startswith("user:") else OPERATOR)


def sentence(entry, contests, zone) -> str:
    """What an entry says, in plain words. contests: the names of those that it and its like are about."""
    role, words = words_of(entry)
    said = words % {"who": who(entry, role), "contests": named(contests)}
    return " ".join([said, *details(entry, zone)])


def named(contests) -> str:
    """A few contests by name, many by their number."""
    if len(contests) <= MOST_NAMED:
        return "; ".join(contests)
    return ngettext("%(n)d contest", "%(n)d contests", len(contests)) % {"n": len(contests)}


def details(entry, zone):
    """The dates or the rules that an entry has changed, each only where it is one that a round has."""
    said = entry.after if isinstance(entry.after, dict) else {}
    if entry.verb in ("round.rescheduled", "round.extended", "round.resumed"):
        for field in planning.DATES:
            if instant := instant_of(said.get(field)):
                yield _("“%(date)s” is now: %(when)s.") % {
                    "date": planning.label_of(field),
                    "when": in_zone(instant, zone),
                }
    if entry.verb == "round.rules":
        changed = [planning.label_of(field) for field in planning.SETTINGS if field in said]
        if changed:
            yield _("Changed: %(rules)s.") % {"rules": ", ".join(changed)}


def instant_of(said) -> datetime | None:
    """An instant as the journal keeps it; None for anything else."""
    try:
        found = parse_datetime(said)
    except (TypeError, ValueError):
        return None
    return found if found is not None and found.tzinfo is not None else None


def phrases(text) -> list[str]:
    """Each word of a text, and each two and three in a row: what might be somebody's name."""
    words = WORD.findall(text)
    return [" ".join(words[at : at + length]) for length in (1, 2, 3) for at in range(len(words) - length + 1)]


def fit(reason, names) -> bool:
    """Whether a reason may be shown: it has no address, link, telephone number or code, and none of the names.

    names are in small letters.
    """
    said = unicodedata.normalize("NFKC", reason)
    return not UNFIT.search(said) and names.isdisjoint(phrase.casefold() for phrase in phrases(said))
