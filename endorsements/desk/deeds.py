"""What an entry of the journal says was done, in words: the one place that knows the words of all its verbs. Pure.

For the desk's pages and its lists. What the public reads of them stands in extract_words.py, and is less.
"""

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from endorsements.models import Endorsement
from rounds.models import Candidacy, Contest, Nomination, Round
from vetting.models import Correction, Review

# What two people must want: "asked to …", "agreed to …", "took back the request to …".
ACTS = {
    "round.certify": _("certify the results"),
    "round.open": _("open the vote"),
    "round.unseal": _("open the envelopes"),
    "round.extend": _("extend the vote"),
    "round.rules": _("change the rules"),
    "round.cancel": _("cancel the round"),
    "candidacy.withdraw": _("let a candidate withdraw from the ballot"),
    "contest.void": _("take a contest out of the vote"),
    "result.endorse": _("endorse under the turnout floor"),
    "review.override": _("decide against every verdict"),
    "answer.correct": _("correct an answer"),
    "roll.strike": _("strike a member from the roll"),
    "ballot.void": _("void a ballot"),
    "member.erase": _("delete a member's data"),
}
ASKED = {
    "asked": _("asked to %(act)s"),
    "agreed": _("agreed to %(act)s"),
    "taken_back": _("took back the request to %(act)s"),
}
# What becomes of a thing: the field that says it, its words, the sentence.
STATES: dict[str, tuple[str, type[TextChoices], Promise]] = {
    "round.stage": ("stage", Round.Stage, _("moved it to %(state)s")),
    "candidacy.state": ("state", Candidacy.State, _("set the candidate to “%(state)s”")),
    "nomination.state": ("state", Nomination.State, _("set the nomination to “%(state)s”")),
    "contest.state": ("state", Contest.State, _("set the contest to “%(state)s”")),
    "endorsement.status": ("status", Endorsement.Status, _("set the endorsement to “%(state)s”")),
}
ENDINGS: dict[str, tuple[type[TextChoices], Promise]] = {
    "review": (Review.Decision, _("decided on the file: “%(state)s”")),
    "correction": (Correction.State, _("answered a correction: “%(state)s”")),
}
# What the desk's stock pages do to any kind of record.
STOCK = {"added": _("added it"), "edited": _("changed it"), "deleted": _("deleted it")}

DEEDS = {
    # rounds
    "round.planned": _("planned the round"),
    "round.stage": _("moved it to another stage"),
    "rehearsal.begun": _("began the rehearsal"),
    "round.wiped": _("wiped the rehearsal"),
    "round.rescheduled": _("changed the dates"),
    "round.rules": _("changed the rules"),
    "round.rules.asked": _("asked to change the rules, so that fewer people have to agree"),
    "round.extended": _("extended the vote"),
    "round.paused": _("paused the vote"),
    "round.resumed": _("resumed the vote"),
    "round.corrected": _("published a correction note"),
    "keys.made": _("made the keys"),
    "keys.rehearsed": _("tested the keys"),
    "keys.embedded": _("keeps all keys here"),
    "keys.escrowed": _("made new shares of the key"),
    "keys.restored": _("restored the keys"),
    "keys.destroyed": _("destroyed the keys"),
    "alarm.seen": _("took an alarm"),
    # races, candidates, nominations
    "race.dated": _("changed the dates of the race"),
    "elections.imported": _("imported election dates"),
    "legislators.imported": _("imported who holds the seats"),
    "candidacy.named": _("was the first to name the candidate"),
    "candidacy.entered": _("entered the candidate in a round"),
    "candidacy.rolled_over": _("moved the candidate to the next round"),
    "candidacy.filled": _("filled in what was missing about the candidate"),
    "candidacy.corrected": _("corrected what is said of the candidate"),
    "candidacy.state": _("changed the candidate's state"),
    "gate.taken_back": _("took back a gate that had been passed"),
    "nomination.started": _("began a nomination"),
    "nomination.attested": _("attested the nomination"),
    "nomination.replied": _("answered what was asked about the nomination"),
    "nomination.state": _("changed the nomination's state"),
    "endorsement.local": _("recorded an endorsement by the group"),
    # vetting
    "questionnaire.started": _("began a version of the questionnaire"),
    "questionnaire.changed": _("changed the questionnaire"),
    "questionnaire.discarded": _("threw a draft of the questionnaire away"),
    "questionnaire.imported": _("imported a questionnaire"),
    "questionnaire.current": _("made this version the one that is sent"),
    "questionnaire.frozen": _("froze this version: it was sent"),
    "response.invited": _("sent the questionnaire to the campaign"),
    "response.submitted": _("sent the answers"),
    "response.scored": _("scored the answers"),
    "response.extended": _("gave the campaign more time"),
    "response.more_time": _("asked for more time"),
    "response.no_more_time": _("gave no more time"),
    "response.new_link": _("sent the campaign a new link"),
    "response.link_ended": _("ended the campaign's link"),
    "response.passed_on": _("passed the questionnaire on to a colleague"),
    "correction.asked": _("asked for a correction"),
    "answer.corrected": _("corrected an answer"),
    "verdict.given": _("gave a verdict"),
    "file.assigned": _("gave the file an owner, or let it go"),
    "file.noted": _("wrote a note into the file"),
    "file.recused": _("stays out of this file"),
    "partners.imported": _("imported partners' endorsements"),
    # voting, counting, endorsing
    "contest.made": _("made the contest"),
    "contest.options": _("made the options of the contest anew"),
    "contest.state": _("changed the contest's state"),
    "contest.committed": _("committed to what is in the envelopes"),
    "contest.opened": _("opened and counted the envelopes"),
    "contest.unopened": _("left the envelopes of a void contest closed"),
    "contest.irregular": _("stopped the count of the contest: something did not fit"),
    "contest.retried": _("let the contest be counted again"),
    "ballot.voided": _("voided a ballot"),
    "result.fingerprint": _("kept the fingerprint of the result"),
    "result.wiped": _("wiped a result of the rehearsal"),
    "result.decided": _("decided a result that needed review"),
    "result.certified": _("certified the result"),
    "endorsement.issued": _("issued the endorsement"),
    "endorsement.edited": _("changed the endorsement's page"),
    "endorsement.status": _("changed the endorsement's state"),
    # groups and members
    "group.goal": _("set the group's goal"),
    "group.legal_form": _("said which legal form the group has"),
    "group.let_in": _("let the group nominate in another place"),
    "group.let_out": _("ended that the group may nominate in another place"),
    "group.link_rotated": _("gave the group a new sign-up link"),
    "group.placed": _("looked at the group's places on the new map"),
    "leader.added": _("added a leader"),
    "leader.confirmed": _("confirmed a leader"),
    "leader.declined": _("declined somebody who wanted to lead the group"),
    "map.loaded": _("loaded a map"),
    "map.settled": _("placed everybody on the new map"),
    "members.imported": _("imported a list of members"),
    "members.import_undone": _("took an imported list back"),
    "user.factor_added": _("set up a second step"),
    "user.factor_removed": _("removed a second step"),
    "user.factors_reset": _("took all second steps away"),
    "member.address_mended": _("mended the address"),
    "member.placed": _("settled where the member lives"),
    "member.mended": _("mended names, language or group"),
    "member.merged": _("merged the entry into another"),
    "member.erased": _("deleted the personal data"),
    "member.disowned": _("said that it is somebody else"),
    "roll.struck": _("struck the member from a roll"),
    "roll.readmitted": _("took a strike back"),
    "roll.resent": _("sent the letter again"),
    "roll.link_renewed": _("let the voting link die"),
    # letters
    "mailings.stop": _("stopped the letters"),
    "mailings.resume": _("let the letters go again"),
    "mailings.send_again": _("sent letters again"),
    "mailings.lift": _("lets us write to an address again"),
    "mailings.pace": _("changed how fast letters go"),
    "mailings.try_now": _("ended a wait of the post room"),
    "mailings.wave_step": _("took the next step of a mailing"),
    "mailings.wave_stopped": _("stopped a mailing"),
    "mailings.wave_resumed": _("let a mailing go on"),
    # who looked, what left the house, what was thrown away
    "read.opened": _("opened its page"),
    "read.found": _("found it by a search"),
    "read.listed": _("looked through the list"),
    "export": _("took a table out of the house"),
    "purge": _("threw away what is past its time"),
    "journal.closed": _("closed the journal of a day"),
}
KNOWN = {
    *DEEDS,
    *(f"{act}.{end}" for act in ACTS for end in ASKED),
    *(f"{start}.{end}" for start, (states, _words) in ENDINGS.items() for end in states.values),
}


def deed_words(entry) -> str:
    """What an entry says was done: "moved it to Voting"; its verb where it has no words."""
    return became(entry) or verb_words(entry.verb)


def became(entry) -> str:
    """For an entry that says what became of a thing; "" where it does not, or in words of another time."""
    if entry.verb not in STATES:
        return ""
    field, states, sentence = STATES[entry.verb]
    said = (entry.after or {}).get(field)
    return str(sentence) % {"state": states(said).label} if said in states.values else ""


def verb_words(verb) -> str:
    """A kind of entry in words, without what became of the thing."""
    if verb in DEEDS:
        return str(DEEDS[verb])
    start, _dot, end = verb.rpartition(".")
    if end in ASKED and start in ACTS:
        return str(ASKED[end]) % {"act": ACTS[start]}
    if start in ENDINGS:
        states, sentence = ENDINGS[start]
        if end in states.values:
            return str(sentence) % {"state": states(end).label}
    return str(STOCK.get(end, verb))


def asked_words(approval) -> str:
    """What somebody asks a second person for, as deed_words says it."""
    return verb_words(f"{approval.action}.asked")


def actor_words(entry) -> str:
    """Who did it: a person by name; "The clock" where nobody pressed."""
    return gettext("The clock") if entry.actor == "clock" else entry.actor_name or entry.actor
