"""What happens to a nomination: drafted, sent, accepted, returned, refused, withdrawn (process.md 4.2, 4.3)."""

import hashlib
import json
import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from groups.models import Group
from journal import book
from keys import codes
from rounds import admission, candidacies, commitments, elections, gates, local_votes, planning, posting
from rounds.models import Candidacy, Gate, Nomination, Round
from rounds.refusals import Refusal

State = Nomination.State

# from: where a nomination may go.
MOVES = {
    State.DRAFT: [State.SUBMITTED, State.WITHDRAWN],
    State.SUBMITTED: [State.ACCEPTED, State.RETURNED, State.REFUSED, State.WITHDRAWN],
    State.RETURNED: [State.SUBMITTED, State.REFUSED, State.WITHDRAWN],
    State.ACCEPTED: [State.WITHDRAWN],
    State.REFUSED: [],
    State.WITHDRAWN: [],
}
LONGEST_ANSWER = 20_000  # characters of one field of a draft

# What submit takes over from the answers as it stands.
WORDS = [
    "stands_for",
    "measures_up",
    "statement",
    "will_people",
    "will_media",
    "will_money",
    "media_name",
    "media_email",
    "media_phone",
    "conflict",
]
ABOUT_CANDIDATE = [
    "party",
    "incumbent",
    "first_run",
    "campaign_name",
    "campaign_email",
    "campaign_phone",
    "website",
    "social",
    "fec_candidate",
    "fec_committee",
]


def move(nomination, to, *, by, now, reason="", **fields) -> bool:
    """The one gate of a nomination's state; fields are written in the same UPDATE.

    True when this call did it, False when it stood there or somebody was faster; nomination is refreshed
    either way. Raises Refusal for a move that is not in the table.
    """
    before, to = State(nomination.state), State(to)
    if before == to:
        return False
    if to not in MOVES[before]:
        raise Refusal(
            _("This nomination is “%(before)s” and can’t become “%(after)s”.")
            % {"before": before.label, "after": to.label}
        )
    with transaction.atomic():
        # A leader and staff may act at once: the state we read is the condition, so one of them changes no row.
        moved = Nomination.objects.filter(pk=nomination.pk, state=before).update(state=to, **fields)
        if moved:
            change = {"before": {"state": before}, "after": {"state": to}}
            book.record("nomination.state", nomination, by=by, now=now, reason=reason, **change)
    nomination.refresh_from_db()
    return bool(moved)


def start(group, *, cycle, by, now) -> Nomination:
    """Begin a draft for the group. Raises Refusal when the group may not endorse, or by does not lead it."""
    check_leads(by, group)
    admission.check_group(group)
    with transaction.atomic():
        nomination = Nomination.objects.create(group=group, cycle=cycle, draft_saved_at=now, draft_saved_by=by)
        book.record("nomination.started", nomination, by=by, now=now)
    return nomination


def state_legal_form(group, legal_form, *, by, now) -> bool:
    """Keep the leader's answer how her group is organized; only where we did not know. Raises Refusal for nonsense."""
    check_leads(by, group)
    if legal_form not in Group.LegalForm.values or legal_form == Group.LegalForm.UNKNOWN:
        raise Refusal(_("Choose how your group is organized."))
    with transaction.atomic():
        known = Group.objects.filter(pk=group.pk, legal_form=Group.LegalForm.UNKNOWN).update(legal_form=legal_form)
        if known:
            book.record("group.legal_form", group, by=by, now=now, after={"legal_form": legal_form})
    group.refresh_from_db(fields=["legal_form"])
    return bool(known)


def save_draft(nomination, *, data, by, now, seen=None) -> bool:
    """Keep these fields of the draft exactly as typed; nothing is validated.

    data: {field: text}. seen is the fingerprint of the same fields as the form showed them. False, and nothing
    kept, when somebody saved other text there in between. Raises Refusal once the nomination is sent, and for
    text no database keeps.
    """
    for text in data.values():
        if "\x00" in text:
            raise Refusal(_("Your text holds a character that can’t be kept. Type it anew, or paste it as plain text."))
        if len(text) > LONGEST_ANSWER:
            raise Refusal(_("One answer is longer than %(most)d characters. Shorten it.") % {"most": LONGEST_ANSWER})
    with transaction.atomic():
        held = Nomination.objects.select_for_update().get(pk=nomination.pk)
        check_leads(by, held.group)
        if held.state not in Nomination.EDITABLE:
            raise Refusal(_("This nomination has been sent and can’t be changed now."))
        standing = {field: held.draft.get(field, "") for field in data}
        if seen is not None and standing != data and fingerprint(standing) != seen:
            nomination.refresh_from_db()
            return False
        if standing != data or held.draft_saved_at is None or not set(data) <= set(held.draft):
            Nomination.objects.filter(pk=held.pk).update(draft=held.draft | data, draft_saved_at=now, draft_saved_by=by)
    nomination.refresh_from_db()
    return True


def fingerprint(fields) -> str:
    """A short mark of some fields' text: equal for equal text."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def submit(nomination, *, answers, by, now) -> bool:
    """Send the nomination: local endorsement, race and candidacy follow from it, and the letters.

    answers: cleaned values by field name, as forms.nomination gives them: office, usps, district, name, the
    fields of ABOUT_CANDIDATE, WORDS and commitments, those of local_votes.write, and attested (the ticks' names).
    False when it was sent already. In a round that takes nominations the candidacy enters it; else it waits in
    the cycle. Raises Refusal, and keeps everything as it was, for whatever admission refuses.
    """
    with transaction.atomic():
        # Two leaders of one group may send at once: the group's row lets one after the other.
        group = Group.objects.select_for_update().get(pk=nomination.group_id)
        nomination.refresh_from_db()
        if nomination.state in Nomination.COUNTING:
            return False
        check_leads(by, group)
        admission.check_group(group)
        place = admission.race_place(answers["office"], answers["usps"], answers.get("district", ""))
        admission.check_reach(group, place)
        race = elections.race_of(nomination.cycle, answers["office"], place)
        admission.check_one_nominee(group, race, besides=nomination)
        candidacy = named(race, answers, group, by=by, now=now)
        endorsement = local_votes.write(
            group,
            answers=answers | {"candidate": candidacy.name, "office": race.name},
            race=race,
            by=by,
            now=now,
            standing=nomination.local_endorsement,
        )
        sent = move(
            nomination,
            State.SUBMITTED,
            by=by,
            now=now,
            reference=nomination.reference or free_reference(),
            race=race,
            candidacy=candidacy,
            local_endorsement=endorsement,
            submitted_by=by,
            submitted_at=now,
            decided_at=None,
            decision_reason="",
            **{field: answers.get(field, "") for field in WORDS},
        )
        if sent:
            commitments.write(nomination, answers)
            attested = {"attested": sorted(answers.get("attested", []))}
            book.record("nomination.attested", nomination, by=by, now=now, after=attested)
            enter_open_round(candidacy, now=now)
            tell_all(nomination, now=now)
    return sent


def named(race, answers, group, *, by, now) -> Candidacy:
    """The candidacy of this person in this race, made when nobody named her before.

    What other groups said of her stands; only blanks are filled. Named anew, she stands again.
    """
    about = {field: answers.get(field) or "" for field in ABOUT_CANDIDATE}
    about |= {field: bool(about[field]) for field in ("incumbent", "first_run")}
    key = admission.name_key(answers["name"])
    candidacy, new = Candidacy.objects.get_or_create(
        race=race, name_key=key, defaults=about | {"name": answers["name"].strip()}
    )
    if new:
        book.record("candidacy.named", candidacy, by=by, now=now)
        return candidacy
    admission.check_candidacy(candidacy, group)
    blanks = {field: value for field, value in about.items() if value and not getattr(candidacy, field)}
    if blanks:
        Candidacy.objects.filter(pk=candidacy.pk).update(**blanks)
        book.record("candidacy.filled", candidacy, by=by, now=now, after={"fields": sorted(blanks)})
    stand_again(candidacy, by=by, now=now)
    return candidacy


def stand_again(candidacy, *, by, now):
    """Named anew, a candidate who had left stands again, and waits for a round."""
    over = candidacy.state == Candidacy.State.WITHDRAWN
    if candidacy.state == Candidacy.State.NOT_ENDORSED:
        # Before the announcement nobody may learn the outcome from what happens here.
        over = candidacy.round is None or candidacy.round.stage in [Round.Stage.ANNOUNCED, Round.Stage.ARCHIVED]
    if over:
        Candidacy.objects.filter(pk=candidacy.pk).update(round=None)
        candidacies.move(candidacy, Candidacy.State.NOMINATED, by=by, now=now)


def enter_open_round(candidacy, *, now):
    """Let the candidacy stand in the round that takes nominations now, if there is one."""
    open_round = planning.open_round(candidacy.race.cycle, now)
    if open_round and candidacy.state in Candidacy.STANDING:
        candidacies.enter(candidacy, open_round, now=now)


def tell_all(nomination, *, now):
    """The letters that follow a nomination: receipt, co-nominators, and rivals on both sides (process.md 11)."""
    posting.tell_leaders("rounds.received", [nomination], now=now, wave=int(nomination.submitted_at.timestamp()))
    others = Nomination.objects.counting().filter(race=nomination.race).exclude(pk=nomination.pk)
    joined = others.filter(candidacy=nomination.candidacy)
    posting.tell_leaders("rounds.joined", joined, now=now, wave=nomination.pk)
    alive = [*Candidacy.STANDING, Candidacy.State.ON_BALLOT]
    for rival in others.exclude(candidacy=nomination.candidacy).filter(candidacy__state__in=alive):
        # wave is the other candidacy: each side hears of it once, however many groups follow.
        posting.tell_leaders("rounds.rival", [rival], now=now, wave=nomination.candidacy_id)
        posting.tell_leaders("rounds.rival", [nomination], now=now, wave=rival.candidacy_id)


def accept(nomination, *, by, now, reason="") -> bool:
    """Staff find the nomination complete: its candidacy has passed the first two gates. False when accepted before."""
    with transaction.atomic():
        moved = move(nomination, State.ACCEPTED, by=by, now=now, reason=reason, decided_at=now, decision_reason=reason)
        if moved:
            pass_first_gates(nomination, now=now)
            posting.tell_leaders("rounds.accepted", [nomination], now=now)
    return moved


def pass_first_gates(nomination, *, now):
    """Gates 1 and 2, with the local vote and the nomination as evidence, in the site's own language."""
    local = nomination.local_endorsement
    with override(settings.LANGUAGE_CODE):
        home = _("%(group)s: %(method)s on %(day)s, %(yes)d yes, %(no)d no") % {
            "group": nomination.group,
            "method": local.get_method_display(),
            "day": date_format(local.decided_on),
            "yes": local.yes,
            "no": local.no,
        }
        asked = _("%(group)s asked for it on %(day)s (%(reference)s)") % {
            "group": nomination.group,
            "day": date_format(nomination.submitted_at.astimezone(ZoneInfo(settings.TIME_ZONE))),
            "reference": nomination.reference,
        }
    gates.pass_gate(nomination.candidacy, Gate.Kind.LOCAL, evidence=home, now=now)
    gates.pass_gate(nomination.candidacy, Gate.Kind.RECOMMENDED, evidence=asked, now=now)


def return_for_correction(nomination, *, by, now, reason) -> bool:
    """Staff ask for more: the leader may change the draft and send it again. The reason is what is missing."""
    planning.need_reason(reason)
    with transaction.atomic():
        moved = move(nomination, State.RETURNED, by=by, now=now, reason=reason, decided_at=now, decision_reason=reason)
        if moved:
            posting.tell_leaders("rounds.returned", [nomination], now=now, wave=int(now.timestamp()))
    return moved


def refuse(nomination, *, by, now, reason) -> bool:
    """Staff refuse the nomination; the reason goes to the group. Its last one gone, the candidacy goes too."""
    planning.need_reason(reason)
    with transaction.atomic():
        moved = move(nomination, State.REFUSED, by=by, now=now, reason=reason, decided_at=now, decision_reason=reason)
        if moved:
            posting.tell_leaders("rounds.refused", [nomination], now=now)
            let_go(nomination.candidacy, by=by, now=now, reason=reason)
    return moved


def withdraw(nomination, *, by, now, reason="") -> bool:
    """The group takes its nomination or draft back, and all its leaders hear of one that was sent.

    Others keep the candidacy alive (process.md 10.2).
    """
    if not by.is_staff:
        check_leads(by, nomination.group)
    with transaction.atomic():
        moved = move(nomination, State.WITHDRAWN, by=by, now=now, reason=reason, decided_at=now, decision_reason=reason)
        if moved and nomination.candidacy:
            posting.tell_leaders("rounds.taken_back", [nomination], now=now)
            let_go(nomination.candidacy, by=by, now=now, reason=reason or _("Its last nomination was withdrawn."))
    return moved


def let_go(candidacy, *, by, now, reason):
    """Remove a candidacy that no nomination holds up any more; once voting has opened it stays."""
    if candidacy is None or posting.counting_nominations(candidacy).exists():
        return
    candidacy.refresh_from_db()
    frozen = candidacy.state == Candidacy.State.ON_BALLOT and candidacy.round.stage == Round.Stage.FROZEN
    if candidacy.state in Candidacy.STANDING or frozen:
        candidacies.withdraw(candidacy, by=by, now=now, reason=reason)


def take_in(round, *, now) -> int:
    """Let the candidacies that wait in the cycle enter this round; how many did. A rehearsal takes none."""
    if round.rehearsal or round.stage not in Round.BEFORE_FREEZE:
        return 0
    held_up = Nomination.objects.counting().values("candidacy")
    waiting = Candidacy.objects.standing().filter(race__cycle=round.cycle_id, round=None, pk__in=held_up)
    return sum(candidacies.enter(candidacy, round, now=now) for candidacy in waiting.order_by("pk"))


def check_leads(user, group):
    """Raise Refusal unless the user is a confirmed leader of the group."""
    if not posting.leaders(leaderships__group=group).filter(pk=user.pk).exists():
        raise Refusal(_("Only a leader of %(group)s can do this.") % {"group": group})


def free_reference() -> str:
    """A reference nobody has, like N-4F7K."""
    while True:
        reference = f"N-{codes.spoken(secrets.token_bytes(8), 4)}"
        if not Nomination.objects.filter(reference=reference).exists():
            return reference
