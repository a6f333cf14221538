"""Who may nominate whom, where: what is refused, and the sentence that says why (process.md 4.2, 8.2, 12)."""

import unicodedata

from django.db import transaction
from django.utils.translation import gettext as _

from groups import places
from groups.atlas import BY_USPS
from groups.models import Group, Place
from groups.refusals import Refusal as GroupsRefusal
from journal import book
from rounds import planning
from rounds.models import Admission, Candidacy, Nomination, Race
from rounds.refusals import Refusal

Office = Race.Office
KEY_LENGTH = Candidacy._meta.get_field("name_key").max_length


def check_group(group):
    """Raise Refusal unless the group may endorse by law; an unknown legal form is asked for first."""
    if group.legal_form == Group.LegalForm.C3:
        raise Refusal(
            _(
                "%(group)s is a 501(c)(3). The law does not let it endorse a candidate or speak for one. Its members "
                "may do so as individuals, or through another group."
            )
            % {"group": group}
        )
    if group.legal_form == Group.LegalForm.UNKNOWN:
        raise Refusal(_("Tell us first how %(group)s is organized.") % {"group": group})
    if not group.active:
        raise Refusal(
            _("%(group)s is not active. Write to %(contact)s.") % {"group": group, "contact": organizer(group)}
        )


def race_place(office, usps, district="") -> Place:
    """The place that elects this office: the state, or for the House the district that the text names.

    Raises Refusal for an office that nobody there elects or that rounds do not cover, and for a district that
    is not on the map. A state with one district needs no text.
    """
    if office not in Office.values:
        raise Refusal(_("We endorse for U.S. House, U.S. Senate and governor only."))
    home = BY_USPS.get(usps)
    if home is None:
        raise Refusal(_("Choose the state."))
    if office not in home.offices:
        raise Refusal(
            _("%(place)s does not elect this office: %(office)s.")
            % {"place": home.words, "office": Office(office).label}
        )
    try:
        if office != Office.HOUSE:
            return places.find(usps)
        text = district.strip()
        if not text.isprintable() or (not text and not home.at_large):
            raise Refusal(_("Say which district of %(state)s, like 7.") % {"state": home.words})
        place = places.find(text if text[:1].isalpha() and text[:2].upper() == usps else f"{usps}-{text or 'AL'}")
    except GroupsRefusal as refusal:
        raise Refusal(str(refusal)) from None
    if place.usps != usps or place.number is None:
        raise Refusal(_("Say which district of %(state)s, like 7.") % {"state": home.words})
    return place


def let_in(group, place, *, by, now, reason) -> bool:
    """Let a group nominate in a place where it is not listed; False when it may already. Raises Refusal without why."""
    planning.need_reason(reason)
    if group.reaches(place):
        return False
    with transaction.atomic():
        facts = {"reason": reason.strip(), "granted_at": now, "granted_by": by}
        _standing, new = Admission.objects.get_or_create(group=group, place=place, defaults=facts)
        if new:
            book.record("group.let_in", group, by=by, now=now, reason=reason, after={"place": place.label})
    return new


def take_back(admission, *, by, now) -> None:
    """End such a leave. What was nominated by it stands."""
    with transaction.atomic():
        if Admission.objects.filter(pk=admission.pk).delete()[0]:
            before = {"place": admission.place.label, "reason": admission.reason}
            book.record("group.let_out", admission.group, by=by, now=now, before=before)


def reaches(group, place) -> bool:
    """Whether one of the group's places overlaps the race's place, or staff let it in there."""
    return group.reaches(place) or Admission.objects.filter(group=group, place=place).exists()


def check_reach(group, place):
    """Raise Refusal unless the group may name somebody there. It names both places, and the organizer."""
    if reaches(group, place):
        return
    own = ", ".join(own.title for own in group.places.all()) or _("no place yet")
    raise Refusal(
        _(
            "%(group)s is listed in %(own)s, and this race is in %(place)s. A group nominates where its members live. "
            "If that is wrong, write to %(contact)s."
        )
        % {"group": group, "own": own, "place": place, "contact": organizer(group)}
    )


def check_one_nominee(group, race, *, besides=None):
    """Raise Refusal when the group has another counting nomination in the race (an endorsement prefers one)."""
    standing = Nomination.objects.counting().filter(group=group, race=race).select_related("candidacy")
    if besides is not None:
        standing = standing.exclude(pk=besides.pk)
    if other := standing.first():
        raise Refusal(
            _(
                "%(group)s has already nominated %(candidate)s in this race (%(reference)s). A group names one person "
                "a race. To name somebody else, withdraw that nomination first."
            )
            % {"group": group, "candidate": other.candidacy.name, "reference": other.reference}
        )


def check_candidacy(candidacy, group):
    """Raise Refusal when vetting has ended this person's candidacy for the cycle."""
    if candidacy.state == Candidacy.State.DECLINED:
        raise Refusal(
            _("We take no more nominations of %(candidate)s in this cycle. Questions? Write to %(contact)s.")
            % {"candidate": candidacy.name, "contact": organizer(group)}
        )


def check_votes(*, eligible, yes, no, abstain):
    """Raise Refusal when more people voted than could."""
    voted = yes + no + (abstain or 0)
    if eligible is not None and voted > eligible:
        raise Refusal(
            _("%(voted)d votes were cast, and only %(eligible)d people could vote. Check the numbers.")
            % {"voted": voted, "eligible": eligible}
        )


def check_joint(group):
    """Raise Refusal for a joint vote with a 501(c)(3): it may not endorse with others either (process.md 12)."""
    if group.legal_form == Group.LegalForm.C3:
        raise Refusal(_("%(group)s is a 501(c)(3) and can’t endorse, alone or with others.") % {"group": group})


def check_decided(decided_on, *, today):
    """Raise Refusal for a local vote that is still to come. today is the day in the round's or the site's zone."""
    if decided_on > today:
        raise Refusal(_("The local vote must be over: its date lies in the future."))


def organizer(group) -> str:
    """Whom a leader of the group may write to, as "name (e-mail)"."""
    place = group.places.select_related("state").order_by("pk").first()
    name, email = places.contact(place or Place())
    return f"{name} ({email})"


def name_key(name: str) -> str:
    """The name folded, so that two spellings meet: case, accents, dots, dashes and blanks do not count."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    words = "".join(one if one.isalnum() else " " if one.isspace() or one in "-–" else "" for one in bare.casefold())
    return (" ".join(words.split()) or name.casefold().strip())[:KEY_LENGTH].strip()
