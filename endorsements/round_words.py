"""What the desk writes of a round's letters and of what was done to it, in words instead of names. Pure."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rounds.models import Round

LETTERS = {
    "rounds.opened": _("Nominations are open"),
    "rounds.moved": _("Moved to the next round"),
    "groups.confirm": _("Confirm your address"),
    "groups.already": _("You are on the list"),
    "groups.address_new": _("Letters come here now"),
    "groups.new_districts": _("New districts"),
    "voting.notice": _("The vote starts soon"),
    "voting.ballot": _("Ballot"),
    "voting.reminder": _("Reminder to vote"),
    "voting.extended": _("The vote ends later"),
    "voting.stopped": _("A vote was stopped"),
    "voting.link": _("Link sent again"),
    "voting.receipt": _("Receipt"),
    "endorsements.groups_result": _("Result, to the groups"),
    "endorsements.announcement_moved": _("New time of the announcement"),
    "endorsements.campaign_result": _("Result, to the campaigns"),
    "endorsements.result": _("Result, to the voters"),
    "endorsements.result_news": _("Result, to later members"),
}

DEEDS = {
    "round.planned": _("planned the round"),
    "rehearsal.begun": _("began the rehearsal"),
    "round.wiped": _("wiped the rehearsal"),
    "round.rescheduled": _("changed the dates"),
    "round.rules": _("changed the rules"),
    "round.extended": _("extended the vote"),
    "round.paused": _("paused the vote"),
    "round.resumed": _("resumed the vote"),
    "round.corrected": _("published a correction note"),
    "keys.made": _("made the keys"),
    "keys.rehearsed": _("tested the keys"),
    "keys.embedded": _("keeps all keys here"),
    "keys.escrowed": _("made new shares of the key"),
    "keys.restored": _("restored the keys"),
    "round.certify.asked": _("asked to certify the results"),
    "round.certify.agreed": _("agreed to certify the results"),
    "round.certify.taken_back": _("took back the request to certify"),
    "round.open.asked": _("asked to open the vote"),
    "round.open.agreed": _("agreed to open the vote"),
    "round.open.taken_back": _("took back the request to open the vote"),
    "round.unseal.asked": _("asked to open the envelopes"),
    "round.unseal.agreed": _("agreed to open the envelopes"),
    "round.unseal.taken_back": _("took back the request to open the envelopes"),
    "round.extend.asked": _("asked to extend the vote"),
    "round.extend.agreed": _("agreed to extend the vote"),
    "round.extend.taken_back": _("took back the request to extend the vote"),
    "round.rules.asked": _("asked to change the rules, so that fewer people have to agree"),
    "round.rules.agreed": _("agreed to change the rules"),
    "round.rules.taken_back": _("took back the request to change the rules"),
    "candidacy.withdraw.asked": _("asked to let a candidate withdraw from the ballot"),
    "round.cancel.asked": _("asked to cancel the round"),
    "round.cancel.agreed": _("agreed to cancel the round"),
    "round.cancel.taken_back": _("took back the request to cancel the round"),
    "contest.void.asked": _("asked to take a contest out of the vote"),
    "result.endorse.asked": _("asked to endorse under the turnout floor"),
    "review.override.asked": _("asked to decide against every verdict"),
    "answer.correct.asked": _("asked to correct an answer"),
    "alarm.seen": _("took an alarm"),
    "keys.destroyed": _("destroyed the keys"),
    "roll.strike.asked": _("asked to strike a member from the roll"),
    "ballot.void.asked": _("asked to void a ballot"),
    "member.erase.asked": _("asked to delete a member's data"),
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
}


def letter_words(name) -> str:
    """What a letter is about; its own name where nobody has said it in words."""
    return str(LETTERS.get(name, name))


def deed_words(entry) -> str:
    """What an entry of the journal says was done: "moved it to Voting"; its verb where it has no words."""
    stage = (entry.after or {}).get("stage")
    if entry.verb == "round.stage" and stage in Round.Stage:
        return gettext("moved it to %(stage)s") % {"stage": Round.Stage(stage).label}
    return str(DEEDS.get(entry.verb, entry.verb))


def asked_words(approval) -> str:
    """What somebody asks a second person for, as deed_words says it."""
    verb = f"{approval.action}.asked"
    return str(DEEDS.get(verb, verb))


def actor_words(entry) -> str:
    """Who did it: a person by name; "The clock" where nobody pressed."""
    return gettext("The clock") if entry.actor == "clock" else entry.actor_name or entry.actor
