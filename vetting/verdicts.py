"""What reviewers write into a file: verdicts, recusals, notes, and whose file it is (process.md 8.7, ux.md S2).

The journal says that somebody gave a verdict, never which: who has not given hers may read the journal too.
"""

from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from groups.models import User
from journal import approvals, book, wording
from rounds.models import Candidacy
from vetting import concerned
from vetting.models import Assignment, Note, Recusal, Verdict
from vetting.refusals import Refusal

UNDER_REVIEW = [Candidacy.State.NOMINATED, Candidacy.State.HELD]
DECIDE, REVIEW = "vetting.decide_review", "vetting.add_review"
OVERRIDE = "review.override"  # what a second person is asked for where a decision is against every verdict
LONGEST = 10_000
WEB = URLValidator(["http", "https"])


def decides(user) -> bool:
    """Whether a user decides about files, and so sees all that stands in them."""
    return user.has_perm(DECIDE)


def reviews(user) -> bool:
    """Whether a user gives verdicts. Who decides gives none: she reads the others' before."""
    return user.has_perm(REVIEW) and not decides(user)


def staff_of_the_desk():
    """Everybody who reviews or decides and may sign in; one query."""
    names = [permission.partition(".")[2] for permission in (DECIDE, REVIEW)]
    able = Permission.objects.filter(content_type__app_label="vetting", codename__in=names).values("pk")
    people = User.objects.filter(is_staff=True, is_active=True)
    by_role = Q(groups__permissions__in=able) | Q(user_permissions__in=able)
    return people.filter(by_role | Q(is_superuser=True)).distinct()


def give(candidacy, *, by, now, recommendation, reason, no_conflict, sources="", acquaintance="") -> Verdict:
    """Keep a reviewer's verdict with its reason and her word that she has no conflict of interest.

    Once given it stands: the same again changes nothing, another is refused. Refusal for who decides, for who
    recused herself, and once vetting has decided.
    """
    said = {"reason": check(reason), "sources": check(sources), "acquaintance": check(acquaintance)}
    said["recommendation"] = recommendation
    if recommendation not in Verdict.Recommendation.values:
        raise Refusal(_("Choose what you recommend."))
    if not said["reason"]:
        raise Refusal(_("Give the reason for your verdict."))
    if not no_conflict:
        raise Refusal(_("Say that you have no conflict of interest, or recuse yourself."))
    if not reviews(by):
        raise Refusal(_("Whoever decides gives no verdict: they read the others’ first."))
    with transaction.atomic():
        held = hold(candidacy)
        check_not_recused(held, by)
        given = Verdict.objects.filter(candidacy=held, reviewer=by).first()
        if given:
            if all(getattr(given, name) == value for name, value in said.items()):
                return given
            raise Refusal(_("Your verdict is in and stands. Write a note if there is more to say."))
        if held.state not in UNDER_REVIEW:
            raise Refusal(
                _("%(candidate)s is “%(state)s”: no verdict is asked any more.")
                % {"candidate": held, "state": held.get_state_display()}
            )
        verdict = Verdict.objects.create(candidacy=held, reviewer=by, given_at=now, **said)
        book.record("verdict.given", held, by=by, now=now, after={"verdict": verdict.pk})
    return verdict


def third_wanted(candidacy) -> bool:
    """Whether two verdicts differ and nobody has given a third."""
    given = list(Verdict.objects.counting().filter(candidacy=candidacy).values_list("recommendation", flat=True))
    return len(given) == 2 and given[0] != given[1]


def overridden(candidacy, recommendation) -> bool:
    """Whether two or more verdicts are in and none of them recommends this."""
    given = list(Verdict.objects.counting().filter(candidacy=candidacy).values_list("recommendation", flat=True))
    return len(given) > 1 and recommendation not in given


def recuse(candidacy, *, by, now, reason) -> bool:
    """Keep a person out of a file from now on, for the tie she names; False when she was out already.

    A verdict that she gave before stays in the file and counts no more; what she asked a second
    person for ends; a file that she owned has no owner.
    """
    reason = check(reason)
    if not reason:
        raise Refusal(_("Say what ties you to the candidate, a rival or a campaign."))
    with transaction.atomic():
        held = hold(candidacy)
        _recusal, new = Recusal.objects.get_or_create(candidacy=held, person=by, defaults={"reason": reason, "at": now})
        if new:
            owned = Assignment.objects.filter(candidacy=held, owner=by).delete()[0]
            for asked in approvals.of(held, now).filter(action=OVERRIDE, asked_by=book.actor_of(by)[0]):
                approvals.take_back(asked, by=by, now=now)
            book.record("file.recused", held, by=by, now=now, after={"gave_up": bool(owned)})
    return new


def check_not_recused(candidacy, user):
    """Raise Refusal for somebody who stays out of this file."""
    if Recusal.objects.filter(candidacy=candidacy, person=user).exists():
        raise Refusal(_("You recused yourself from this file."))


def assign(candidacy, *, owner, by, now) -> bool:
    """Give a file to somebody of the desk, or with None to nobody; False when it was so already."""
    with transaction.atomic():
        held = hold(candidacy)
        standing = Assignment.objects.filter(candidacy=held).select_related("owner").first()
        before = standing.owner if standing else None
        if before == owner:
            return False
        if owner is None:
            standing.delete()
        else:
            if not staff_of_the_desk().filter(pk=owner.pk).exists():
                raise Refusal(_("%(who)s does not vet.") % {"who": owner})
            if Recusal.objects.filter(candidacy=held, person=owner).exists():
                raise Refusal(_("%(who)s stays out of this file.") % {"who": owner})
            Assignment.objects.update_or_create(candidacy=held, defaults={"owner": owner, "assigned_at": now})
        change = {"before": {"owner": before and before.pk}, "after": {"owner": owner and owner.pk}}
        book.record("file.assigned", held, by=by, now=now, **change)
    return True


def note(candidacy, *, by, now, kind, text, source="") -> Note:
    """Write a note into a file; the same text by the same person stands once. Refusal for an empty one."""
    text, source = check(text), check(source)
    if kind not in Note.Kind.values:
        raise Refusal(_("Choose what kind of note this is."))
    if not text:
        raise Refusal(_("Write something."))
    if source:
        check_link(source)
    if kind == Note.Kind.SOURCE and not source:
        raise Refusal(_("Give the address where this stands."))
    with transaction.atomic():
        held = hold(candidacy)
        check_not_recused(held, by)
        said = {"candidacy": held, "author": by, "kind": kind, "text": text, "source": source}
        written, new = Note.objects.get_or_create(**said, defaults={"written_at": now})
        if new:
            book.record("file.noted", held, by=by, now=now, after={"note": written.pk, "kind": kind})
    return written


def calls_in_words(candidacy) -> str:
    """The calls with groups that the file keeps, one a line; "" for none."""
    calls = Note.objects.filter(candidacy=candidacy, kind=Note.Kind.CALL).select_related("author")
    zone = concerned.zone_of(candidacy)
    return "\n".join(f"{wording.day_in_zone(one.written_at, zone)}, {one.author}: {one.text}" for one in calls)


def hold(candidacy):
    """The candidacy with its row held: decisions and verdicts about it come one after the other."""
    return Candidacy.objects.select_for_update(of=("self",)).with_race().get(pk=candidacy.pk)


def check_link(text):
    """Raise Refusal for what is no web address that fits its column."""
    try:
        WEB(text)
    except ValidationError:
        raise Refusal(_("Type the whole web address, as https://example.org/page.")) from None
    if len(text) > Note._meta.get_field("source").max_length:
        raise Refusal(_("This web address is too long."))


def check(text) -> str:
    """Typed text without blanks around it; Refusal for what can't be kept."""
    text = str(text).strip()
    if "\0" in text or len(text) > LONGEST:
        raise Refusal(_("Keep each text under 10,000 characters, without control characters."))
    return text
