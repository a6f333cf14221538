"""Recording a group's own endorsement, for any office (process.md 4.1)."""

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from journal import book
from rounds import admission, posting
from rounds.models import LocalEndorsement
from rounds.refusals import Refusal

FIELDS = ["candidate", "office", "method", "decided_on", "eligible", "yes", "no", "threshold_words", "allies", "proof"]


def record(group, *, answers, by, now) -> LocalEndorsement:
    """Keep an endorsement the group made at home, without asking for a national one."""
    if not posting.leaders(leaderships__group=group).filter(pk=by.pk).exists():
        raise Refusal(_("Only a leader of %(group)s can do this.") % {"group": group})
    admission.check_group(group)
    return write(group, answers=answers, race=None, by=by, now=now)


def write(group, *, answers, race, by, now, standing=None) -> LocalEndorsement:
    """Write the record from cleaned answers, or write over the standing one; joint_groups are Groups.

    Raises Refusal for a vote in the future, for more votes than voters, and for an answer that is no method.
    """
    abstain = answers.get("abstain") or 0
    admission.check_decided(answers["decided_on"], today=localtime(now).date())
    admission.check_votes(eligible=answers.get("eligible"), yes=answers["yes"], no=answers["no"], abstain=abstain)
    if answers["method"] not in LocalEndorsement.Method.values:
        raise Refusal(_("Choose how your group decided."))
    joint = list(answers.get("joint_groups", []))
    for other in joint:
        admission.check_joint(other)
    with transaction.atomic():
        endorsement = standing or LocalEndorsement(group=group, recorded_by=by, recorded_at=now)
        for field in FIELDS:
            setattr(endorsement, field, answers.get(field, "" if field != "eligible" else None))
        endorsement.abstain, endorsement.race = abstain, race
        endorsement.office = endorsement.office[: LocalEndorsement._meta.get_field("office").max_length]
        endorsement.save()
        endorsement.joint_groups.set(joint)
        book.record("endorsement.local", endorsement, by=by, now=now, after={"group": group.pk})
    return endorsement
