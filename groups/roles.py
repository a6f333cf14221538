"""What staff may do, by role (process.md 2). Roles are Django's own groups; permissions are named, never imported."""

from django.contrib.auth.models import Permission
from django.db import transaction

from groups.models import Role
from groups.refusals import Refusal

READ_RECORDS = [
    "groups.view_group",
    "groups.view_leadership",
    "groups.view_place",
    "rounds.view_admission",
    "rounds.view_candidacy",
    "rounds.view_contest",
    "rounds.view_cycle",
    "rounds.view_gate",
    "rounds.view_localendorsement",
    "rounds.view_nomination",
    "rounds.view_race",
    "rounds.view_round",
]
READ_VETTING = [
    "vetting.view_answer",
    "vetting.view_correction",
    "vetting.view_partnerendorsement",
    "vetting.view_questionnaire",
    "vetting.view_response",
    "vetting.view_review",
    "vetting.view_vettingfile",
]

# How many are on each roll, and who tested the keys: no names of members.
READ_ROLLS = ["voting.view_contestroll", "voting.view_keytest"]

ORGANIZER = "Organizer"

# Name of the role: what it may do. Nobody but a superuser gives roles.
ROLES: dict[str, list[str]] = {
    ORGANIZER: [
        *READ_RECORDS,
        "groups.change_group",
        "groups.add_leadership",
        "groups.change_leadership",
        "groups.view_leaderrequest",
        "groups.change_leaderrequest",
        "rounds.add_admission",
        "rounds.delete_admission",
    ],
    "Vetting reviewer": [
        *READ_RECORDS,
        *READ_VETTING,
        "vetting.add_review",
        "vetting.change_review",
        "vetting.change_correction",
        "vetting.add_partnerendorsement",
        "vetting.change_partnerendorsement",
    ],
    "Vetting lead": [
        *READ_RECORDS,
        *READ_VETTING,
        "rounds.change_nomination",
        "vetting.add_review",
        "vetting.change_review",
        "vetting.decide_review",
        "vetting.change_correction",
        "vetting.add_partnerendorsement",
        "vetting.change_partnerendorsement",
        "vetting.delete_partnerendorsement",
        "vetting.add_questionnaire",
        "vetting.change_questionnaire",
        "journal.view_approval",
    ],
    "Round manager": [
        *READ_RECORDS,
        "rounds.add_cycle",
        "rounds.change_cycle",
        "rounds.add_round",
        "rounds.change_round",
        "rounds.steer_round",
        "rounds.change_race",
        "rounds.change_candidacy",
        "rounds.change_nomination",
        "endorsements.view_standingalarm",
        *READ_ROLLS,
        "mailings.view_letter",
        "mailings.change_letter",
        "mailings.view_stoppedtopic",
        "mailings.change_stoppedtopic",
        "mailings.view_wave",
        "mailings.change_wave",
        "mailings.view_provider",
        "mailings.change_provider",
        "journal.view_entry",
        "journal.view_approval",
        "journal.change_approval",
    ],
    "Teller": [
        *READ_RECORDS,
        "rounds.certify_round",
        "voting.see_uncertified",
        "voting.view_result",
        *READ_ROLLS,
        "journal.view_entry",
        "journal.view_approval",
    ],
    "Communications": [
        *READ_RECORDS,
        "rounds.change_candidacy",
        "endorsements.view_endorsement",
        "endorsements.change_endorsement",
    ],
    "Compliance": [*READ_RECORDS, "groups.change_group", "endorsements.view_endorsement", "journal.view_entry"],
    "Fulfilment": ["groups.view_group", "groups.view_place", "endorsements.view_endorsement"],
    "Data manager": [
        "groups.view_group",
        "groups.view_importbatch",
        "groups.add_importbatch",
        "groups.change_importbatch",
        "groups.view_mapversion",
        "groups.view_member",
        "groups.change_member",
        "groups.view_memberreport",
        "groups.change_memberreport",
        "groups.view_signup",
        "groups.change_signup",
        "groups.view_place",
        "groups.change_place",
        "mailings.view_letter",
        "mailings.view_suppression",
        "mailings.change_suppression",
        "voting.add_voidedenvelope",
        "journal.view_approval",
    ],
    "Auditor": [
        *READ_RECORDS,
        *READ_VETTING,
        *READ_ROLLS,
        "voting.view_count",
        "voting.view_result",
        "groups.view_importbatch",
        "groups.view_mapversion",
        "endorsements.view_endorsement",
        "endorsements.view_standingalarm",
        "journal.view_entry",
        "journal.view_approval",
        "mailings.view_letter",
        "mailings.view_provider",
        "mailings.view_stoppedtopic",
        "mailings.view_wave",
    ],
}


@transaction.atomic
def make_roles() -> int:
    """Make every role with exactly its permissions; how many roles were new. Twice changes nothing.

    Refusal names a permission that does not exist. Roles that staff made themselves stay as they are.
    """
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    new = 0
    for name, wanted in ROLES.items():
        missing = [permission for permission in wanted if permission not in known]
        if missing:
            raise Refusal(f"There is no permission {', '.join(missing)} for the role {name}; run migrate first.")
        role, made = Role.objects.get_or_create(name=name)
        role.permissions.set([known[permission] for permission in wanted])
        new += made
    return new
