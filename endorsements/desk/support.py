"""What the desk may know of one member: the rolls she is on, whether a vote of hers is in, which letters went to her.

Never when she voted, and never what. Letters that would tell when are not among hers (mailings/discretion.py).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from endorsements.control_room.round_words import letter_words
from groups.models import Member, MemberSource
from journal.wording import in_zone
from mailings import discretion
from mailings.models import Letter, Suppression
from rounds.models import Contest, Round
from voting import ballotbox, reach
from voting.models import Exclusion, RollEntry, Strike

Stage = Round.Stage
SHOWN = [*Round.BEFORE_CERTIFIED, Stage.CERTIFIED, Stage.ANNOUNCED]
VOTE_MATTERS = [Stage.VOTING, Stage.POLLS_CLOSED, Stage.COUNTED]
# Letters whose seat is a place on a roll and whose subject is its round; and those whose seat is a member.
TO_ROLL = ["voting.notice", reach.BALLOT, "voting.extended", "voting.stopped", "endorsements.result"]
TO_MEMBER = ["groups.confirm", "groups.already", "groups.new_districts"]


@dataclass(frozen=True)
class InRound:
    """One round and her: whether she is on its roll, for which races, and why not for others."""

    round: Round
    credential: int | None
    races: list
    left_out: list  # [(race, why)]
    voted: bool | None  # None: not told at this stage
    struck: bool

    @property
    def words(self) -> str:
        """Where she stands, in a sentence."""
        if self.to_come:
            when = {"when": in_zone(self.round.freeze_at, self.round.time_zone)}
            return (
                _("Struck from the roll to come, which is frozen %(when)s.") % when
                if self.struck
                else (_("The roll is frozen %(when)s.") % when)
            )
        return _("On the roll.") if self.credential else _("Not on the roll.")

    @property
    def to_come(self) -> bool:
        """Whether its roll is not frozen yet."""
        return self.round.stage in Round.BEFORE_FREEZE

    @property
    def can_write(self) -> bool:
        """Whether a link may go to her."""
        return self.credential is not None and self.round.stage == Stage.VOTING

    @property
    def can_void(self) -> bool:
        """Whether a ballot of hers may be taken out."""
        return self.credential is not None and self.round.stage in (Stage.VOTING, Stage.POLLS_CLOSED)


def rounds_of(member) -> list[InRound]:
    """The rounds that are not over, as they concern her, the one that closes first at the top."""
    hers = RollEntry.objects.filter(round=OuterRef("pk"), member=member)
    struck = Strike.objects.filter(round=OuterRef("pk"), member=member)
    rounds = list(
        Round.objects.filter(stage__in=SHOWN)
        .annotate(credential=Subquery(hers.values("credential")[:1]), struck=Exists(struck))
        .order_by("voting_closes_at")
    )
    credentials = {round.pk: round.credential for round in rounds if round.credential is not None}
    eligible = ballotbox.contests_of(credentials.values())
    named = {pk for contests in eligible.values() for pk in contests}
    # Those on her ballots and those she was left out of, in one look.
    left = Exclusion.objects.filter(member=member, contest__round__in=[round.pk for round in rounds])
    reason = Subquery(left.filter(contest=OuterRef("pk")).values("reason")[:1])
    concern = Contest.objects.filter(Q(pk__in=named) | Q(pk__in=left.values("contest"))).annotate(left_out=reason)
    contests = {one.pk: one for one in concern.select_related("race__place__state").order_by("pk")}
    words = dict(Exclusion._meta.get_field("reason").flatchoices)
    found = []
    for round in rounds:
        voted = None
        if round.pk in credentials and round.stage in VOTE_MATTERS:
            voted = bool(ballotbox.voted(round.pk, [credentials[round.pk]]))
        races = [contests[pk].race for pk in eligible.get(credentials.get(round.pk), []) if pk in contests]
        why = [
            (one.race, words.get(one.left_out, one.left_out))
            for one in contests.values()
            if one.left_out and one.round_id == round.pk
        ]
        found.append(InRound(round, credentials.get(round.pk), races, why, voted, round.struck))
    return found


def obstacles(member) -> list[str]:
    """Why she would not be on a roll that is frozen now; nothing where she would."""
    if member.erased_at:
        return [_("The member’s data are deleted.")]
    if member.merged_into_id:
        return [_("This entry is merged into another. The other one votes.")]
    found = []
    if member.confirmed_at is None:
        found.append(_("The address is not confirmed, so the member is on no roll yet."))
    if member.state_id is None:
        found.append(_("Nobody knows where the member lives, so there is no race to vote in."))
    elif member.district_id is None:
        found.append(_("The district is not settled: the member votes in the state's races only."))
    return found


@dataclass(frozen=True)
class Line:
    """One letter on her timeline."""

    at: datetime
    words: str
    round: str
    outcome: str
    reason: str


def letters_of(member) -> list[Line]:
    """The letters to her that tell nothing of her vote, newest first: where each stands, and what was reported."""
    entries = {one.pk: one for one in reach.entries_of(member, SHOWN)}
    rolled = Q(name__in=TO_ROLL, subject__in={one.round_id for one in entries.values()}, seat__in=entries)
    own = Q(name__in=TO_MEMBER, subject=0, seat=member.pk)
    letters = discretion.shown(Letter.objects.filter(rolled | own)).select_related("delivery")
    lines = []
    for letter in letters:
        delivery = getattr(letter, "delivery", None)
        entry = entries.get(letter.seat) if letter.name in TO_ROLL else None
        lines.append(
            Line(
                at=(delivery.at if delivery else None) or letter.settled_at or letter.not_before,
                words=letter_words(letter.name),
                round=str(entry.round) if entry else "",
                outcome=str(letter.outcome),
                reason=(delivery.reason if delivery else "") or letter.reason,
            )
        )
    return sorted(lines, key=lambda line: line.at, reverse=True)


def silences(member):
    """Why her address is not written to: the notes of the post room."""
    return Suppression.objects.filter(address=member.email_key).order_by("since") if member.email_key else []


def sources_of(member):
    """Where we have the member from."""
    return MemberSource.objects.filter(member=member).select_related("district", "batch").order_by("dated", "pk")


def by_reference(text: str):
    """The members to whom the letter with this Message-ID went, as a query; None where the text is none."""
    text = text.strip()
    if not (text.startswith("<") and text.endswith(">")):
        return None
    letter = discretion.shown(Letter.objects.filter(message_id=text)).first()
    if letter is None or letter.name not in [*TO_ROLL, *TO_MEMBER]:
        return Member.objects.none()
    if letter.name in TO_MEMBER:
        return Member.objects.filter(pk=letter.seat)
    return Member.objects.filter(pk__in=RollEntry.objects.filter(pk=letter.seat).values("member"))
