"""What the desk does about one member: each act with its form, what it will do, and the sentence that tells of it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groups import admin_forms, doubles, erasing, members, signup
from groups.models import Member
from rounds import seconding
from rounds.models import Round
from voting import reach, striking, voiding
from voting.models import RollEntry
from voting.refusals import Refusal

CHANGE, VOID = "groups.change_member", "voting.add_voidedenvelope"
ERASE = "member.erase"
ON_ROLL, TO_COME = "on roll", "to come"


@dataclass(frozen=True)
class Act:
    """One button. needs: a round with her on its roll, a round whose roll is to come, or none."""

    title: Promise
    effect: Promise
    form: type[admin_forms.WhyForm]
    do: Callable[..., str]
    needs: str = ""
    permission: str = CHANGE
    grave: bool = False


def mend(member, round, said, *, by, now):
    if reach.mend(member, said["email"], by=by, now=now, reason=said["reason"]):
        return _("The address is mended. Both addresses get a letter.")
    return _("That is the address already.")


def place(member, round, said, *, by, now):
    where = {"zip5": said["zip"], "usps": said["state"], "district": said["district"]}
    signup.set_by_staff(member, **where, by=by, now=now, reason=said["reason"])
    return _("It is settled where the member lives.")


def write_entry(member, round, said, *, by, now):
    if members.mend_entry(member, **said, by=by, now=now):
        return _("The entry is mended.")
    return _("Everything stood so already.")


def merge(member, round, said, *, by, now):
    """Refusal while the entry that goes is on the roll of a vote that is not over: its owner would lose her vote."""
    votes = reach.entries_of(member, [Round.Stage.FROZEN, Round.Stage.VOTING])
    if votes:
        raise Refusal(
            _("This entry is on the roll of %(round)s, whose vote is not over. Merge the other way round, or later.")
            % {"round": votes[0].round}
        )
    doubles.merge(member, said["into"], by=by, now=now, reason=said["reason"])
    return _("The two entries are one now.")


def erase(member, round, said, *, by, now):
    """Two people, where a round that is not over asks for a second person."""
    over = [Round.Stage.ARCHIVED, Round.Stage.CANCELLED]
    asks = Round.objects.filter(second_person=True).exclude(stage__in=over).first()
    reason = said["reason"]
    if asks is not None and not seconding.settled(asks, ERASE, member, by=by, now=now, reason=reason):
        return str(seconding.ASKED)
    erasing.erase(member, by=by, now=now, reason=reason)
    return _("The member’s data are deleted.")


def strike(member, round, said, *, by, now):
    if striking.strike(member, round, by=by, now=now, reason=said["reason"]):
        return _("The member is struck from the roll of %(round)s.") % {"round": round}
    return str(seconding.ASKED)


def readmit(member, round, said, *, by, now):
    if striking.readmit(member, round, by=by, now=now, reason=said["reason"]):
        return _("The strike is taken back.")
    return _("The member was not struck.")


def resend(member, round, said, *, by, now):
    if reach.resend(entry_of(member, round), by=by, now=now, reason=said["reason"]):
        return _("The letter is in line.")
    return _("A letter to the member is in line already.")


def renew(member, round, said, *, by, now):
    if reach.renew(entry_of(member, round), by=by, now=now, reason=said["reason"]):
        return _("The old link is dead. A letter with a new one is in line.")
    return _("The old link is dead. A letter to the member was in line already; it carries the new one.")


def void(member, round, said, *, by, now):
    taken = voiding.void_ballot(entry_of(member, round), by=by, now=now, reason=said["reason"])
    if taken is None:
        return str(seconding.ASKED)
    return _("The ballot is taken out.") if taken else _("No ballot of the member was in. Nothing was changed.")


def entry_of(member, round) -> RollEntry:
    """Her place on the round's roll."""
    entry = RollEntry.objects.get(round=round, member=member)
    entry.round, entry.member = round, member
    return entry


ACTS = {
    "address": Act(
        gettext_lazy("Mend the address"),
        gettext_lazy(
            "Links that were sent to the old address die at once. Both addresses are told. "
            "While a vote is open, the ballot letter goes to the new one."
        ),
        admin_forms.AddressForm,
        mend,
    ),
    "home": Act(
        gettext_lazy("Settle where the member lives"),
        gettext_lazy("From the next roll on the member votes there. A roll that is frozen stays as it is."),
        admin_forms.HomeForm,
        place,
    ),
    "entry": Act(
        gettext_lazy("Mend names, language or group"),
        gettext_lazy("The member’s letters use it from now on. No link dies."),
        admin_forms.EntryForm,
        write_entry,
    ),
    "resend": Act(
        gettext_lazy("Send the letter again"),
        gettext_lazy("The same letter with the same link goes once more. Where it is not needed, nothing goes."),
        admin_forms.WhyForm,
        resend,
        ON_ROLL,
    ),
    "renew": Act(
        gettext_lazy("Send a new link"),
        gettext_lazy("Every older link to this vote dies at once. A vote that is in stays in."),
        admin_forms.WhyForm,
        renew,
        ON_ROLL,
    ),
    "void": Act(
        gettext_lazy("Void the ballot"),
        gettext_lazy(
            "Where a ballot of the member is in, it is taken out and counts nowhere; the link dies, and the member may "
            "vote anew on a new one. The reason stands in the public report, without a name. This cannot be taken back."
        ),
        admin_forms.TypedForm,
        void,
        ON_ROLL,
        VOID,
        grave=True,
    ),
    "strike": Act(
        gettext_lazy("Strike from the roll"),
        gettext_lazy("The member gets no ballot in this round. Until the freeze it can be taken back."),
        admin_forms.TypedForm,
        strike,
        TO_COME,
        grave=True,
    ),
    "readmit": Act(
        gettext_lazy("Take the strike back"),
        gettext_lazy("The member comes on the roll like everybody else."),
        admin_forms.WhyForm,
        readmit,
        TO_COME,
    ),
    "merge": Act(
        gettext_lazy("Merge it into another entry"),
        gettext_lazy(
            "For two entries of one person. This one goes, with its links; the other stays as it is and gets the "
            "letters. This cannot be taken back."
        ),
        admin_forms.MergeForm,
        merge,
        grave=True,
    ),
    "erase": Act(
        gettext_lazy("Delete the member’s data"),
        gettext_lazy(
            "The names, the address, the ZIP code and what the sources said leave this entry, and the links die. A "
            "vote that is in stays in: nobody can tell which it is. So that no list brings the member back, the "
            "address is kept, without anything else, among those that are not written to. This cannot be taken back."
        ),
        admin_forms.TypedForm,
        erase,
        grave=True,
    ),
}


def round_for(act: Act, member: Member, pk, now) -> Round | None:
    """The round that the act is about, where it may be done of this member now; None where it may not."""
    if act.needs == TO_COME:
        return striking.open_to(now).filter(pk=pk).first()
    entry = RollEntry.objects.filter(round=pk, member=member).select_related("round").first()
    return entry.round if entry else None
