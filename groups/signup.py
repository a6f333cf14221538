"""Signing up to vote: asked on a page, confirmed by a letter, and never believed before."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from groups.atlas import BY_USPS, US_STATES
from groups.members import email_key
from groups.models import Group, Member, MemberSource, Place
from groups.places import current_map, resolve_zip
from groups.residence import (
    PLACE_FIELDS,
    Residence,
    Statement,
    gazetteer_for,
    put,
    settle_member,
    statement_of,
)
from journal import book
from mailings import queue, suppression
from mailings.models import Suppression

CONFIRM_LETTER, ALREADY_LETTER = "groups.confirm", "groups.already"
LETTER_LIVES = timedelta(days=7)
UNSURE = "unsure"
# A click in our letter is her own word, newer than what a list said of her. A complaint stays.
LIFTED_BY_A_CLICK = [
    Suppression.Reason.UNSUBSCRIBED,
    Suppression.Reason.LEFT,
    Suppression.Reason.BOUNCED,
    Suppression.Reason.DISOWNED,
]


@dataclass(frozen=True)
class Question:
    """What a ZIP leaves open: kind is state or district, choices are (value, words); known: it is on the map."""

    kind: str
    choices: list[tuple[str, str]]
    known: bool


@dataclass(frozen=True)
class Request:
    """A sign-up as typed and checked. usps and district are what she chose where her ZIP left it open.

    came_by is the group whose link she followed, group the one she chose.
    """

    email: str
    first_name: str
    last_name: str
    zip: str
    usps: str = ""
    district: Place | None = None
    group: Group | None = None
    language: str = "en"
    wants_news: bool = False
    came_by: Group | None = None


def question(zip5: str, usps: str = "", district: str = "") -> Question | None:
    """What must be asked before this ZIP is a place, the state first; None when nothing (more) must be.

    district is a label like MA-07, or UNSURE, which is an answer too: she then votes in her state's contests.
    """
    answer = resolve_zip(zip5)
    if answer.kind == "one":
        return None
    known = answer.kind != "unknown"
    if answer.kind == "split":
        usps = answer.states[0].usps
    states = [state.usps for state in answer.states] or [home.usps for home in US_STATES]
    if usps not in states:
        names = sorted((BY_USPS[code].words, code) for code in states)
        return Question("state", [(code, name) for name, code in names], known)
    open_ones = [place for place in answer.districts if place.usps == usps]
    if not known:
        open_ones = list(Place.objects.districts().filter(usps=usps))
    labels = [(place.label, place.title) for place in open_ones]
    if len(labels) <= 1 or district in {label for label, _name in labels} | {UNSURE}:
        return None
    return Question("district", [*labels, (UNSURE, _("I am not sure"))], known)


def sign_up(asked: Request, *, now) -> None:
    """Keep what was asked and put a letter in line; nothing is believed before its link is used.

    A new or unconfirmed address gets the letter that confirms; one on the list gets another letter, and its
    record stays as it is. From outside both look the same.
    """
    with transaction.atomic():
        member, fresh = Member.objects.get_or_create(
            email_key=email_key(asked.email), defaults={"email": asked.email.strip(), "joined_at": now}
        )
        member = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        if member.erased_at or member.merged_into_id:
            send(ALREADY_LETTER, member, now=now)
            return
        claim = {
            "status": MemberSource.WAITING,
            "zip": asked.zip,
            "usps": asked.usps,
            "district": asked.district,
            "dated": now.date(),
        }
        MemberSource.objects.update_or_create(
            member=member, source=MemberSource.SIGN_UP, source_key=MemberSource.WAITING, defaults=claim
        )
        if member.confirmed_at:
            send(ALREADY_LETTER, member, now=now)
            return
        member.first_name, member.last_name = asked.first_name or member.first_name, asked.last_name or member.last_name
        member.group, member.language = asked.group or member.group, asked.language
        member.wants_news, member.came_by = asked.wants_news, asked.came_by or member.came_by
        if fresh:
            put(member, home_claimed(member), map_version=current_map())
        asked_of = ["first_name", "last_name", "group", "language", "wants_news", "came_by"]
        member.save(update_fields=[*asked_of, *PLACE_FIELDS])
        send(CONFIRM_LETTER, member, now=now)


def send(letter, member, *, now):
    """Put one of the two letters in line; twice within a second is once."""
    queue.enqueue(letter, seats=[member.pk], now=now, wave=int(now.timestamp()), expires=now + LETTER_LIVES)


def claim_of(member: Member) -> MemberSource | None:
    """What a sign-up said of her home that waits for her click; None when nothing waits."""
    return member.sources.filter(status=MemberSource.WAITING).select_related("district").first()


def home_claimed(member: Member) -> Residence | None:
    """The Residence that the waiting sign-up amounts to; None when nothing waits."""
    return homes_claimed([member.pk]).get(member.pk)


def homes_claimed(keys: list[int]) -> dict[int, Residence]:
    """As home_claimed, for many members at once; those for whom nothing waits are left out."""
    claims = MemberSource.objects.filter(member__in=keys, status=MemberSource.WAITING).select_related("district")
    said = {claim.member_id: statement_of(claim) for claim in claims}
    if not said:
        return {}
    gazetteer = gazetteer_for(said.values())
    return {key: gazetteer.settle([statement]) for key, statement in said.items()}


def confirm(member: Member, *, now) -> bool:
    """Believe her sign-up: the address is hers, and she lives where she said. False when it was so already."""
    with transaction.atomic():
        member = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        claim = claim_of(member)
        if member.confirmed_at and claim is None:
            return False
        if claim:
            MemberSource.objects.update_or_create(
                member=member,
                source=MemberSource.SIGN_UP,
                source_key="",
                defaults={
                    "status": MemberSource.SETTLED,
                    "zip": claim.zip,
                    "usps": claim.usps,
                    "district": claim.district,
                    "dated": claim.dated,
                },
            )
            claim.delete()
            settle_member(member, map_version=current_map())
        if member.confirmed_at is None:
            member.confirmed_at, member.confirmed_how = now, Member.Confirmed.CLICKED
        member.save(update_fields=["confirmed_at", "confirmed_how", *PLACE_FIELDS])
        for reason in LIFTED_BY_A_CLICK:
            suppression.lift([member.email], reason)
    return True


def set_by_staff(member: Member, *, zip5: str, usps: str, district: Place | None, by=None, now, reason="") -> None:
    """Staff settle where she lives, as of today; a later dated source may say otherwise again.

    The journal says the places before and after, and no ZIP code.
    """
    with transaction.atomic():
        before = place_words(member)
        MemberSource.objects.update_or_create(
            member=member,
            source=MemberSource.DESK,
            source_key="",
            defaults={
                "status": MemberSource.SETTLED,
                "zip": zip5,
                "usps": usps,
                "district": district,
                "dated": now.date(),
            },
        )
        put(member, staff_word(zip5, usps, district, now), map_version=current_map())
        member.save(update_fields=PLACE_FIELDS)
        places = {"before": {"place": before}, "after": {"place": place_words(member)}}
        book.record("member.placed", member, by=by, now=now, reason=reason, **places)


def place_words(member: Member) -> str:
    """Her district, else her state, else nothing: "MA-07"."""
    place = member.district or member.state
    return place.label if place else ""


def staff_word(zip5, usps, district, now):
    """What staff's own statement amounts to: a district they name stands, whatever the ZIP."""
    said = Statement(zip5, usps, district, now.date(), sure=True)
    return gazetteer_for([said]).settle([said])


def stop_news(member: Member, *, now) -> None:
    """No more news to her; ballot letters still come and her vote is untouched."""
    with transaction.atomic():
        suppression.suppress([member.email], Suppression.Reason.NEWS, now=now, source="the member’s own link")
        Member.objects.filter(pk=member.pk).update(wants_news=False)


def take_news(member: Member) -> None:
    """News again, at her own wish."""
    with transaction.atomic():
        suppression.lift([member.email], Suppression.Reason.NEWS)
        Member.objects.filter(pk=member.pk).update(wants_news=True)
