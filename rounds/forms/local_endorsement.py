"""An endorsement that a group keeps on record without asking for a national one, for any office."""

from django import forms
from django.utils.translation import gettext_lazy as _

from groups.atlas import by_words
from rounds import admission
from rounds.forms.local_vote import LocalVoteForm
from rounds.models import Race
from rounds.refusals import Refusal

ANOTHER = "other"


class LocalEndorsementForm(LocalVoteForm):
    """Whom, for which office, and how the group decided. An office of our rounds is named by its race."""

    candidate = forms.CharField(
        label=_("Whom did your group endorse?"),
        max_length=120,
        error_messages={"required": _("Enter the candidate’s name.")},
    )
    seat = forms.ChoiceField(
        label=_("For which office?"),
        choices=[*Race.Office.choices, (ANOTHER, _("Another office"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the office.")},
    )
    usps = forms.ChoiceField(
        label=_("In which state?"),
        choices=lambda: [("", ""), *by_words()],
        required=False,
        help_text=_("For U.S. House, U.S. Senate and governor."),
        error_messages={"invalid_choice": _("Choose the state.")},
    )
    district = forms.CharField(
        label=_("In which district?"),
        max_length=20,
        required=False,
        help_text=_("For U.S. House only. A number, like 7. Leave it empty in a state with one district."),
    )
    office = forms.CharField(
        label=_("If another office: which?"),
        help_text=_("Like “City Council, Ward 3”."),
        max_length=120,
        required=False,
    )
    field_order = ["candidate", "seat", "usps", "district", "office"]

    def clean(self):
        cleaned = super().clean()
        seat = cleaned.get("seat")
        if seat == ANOTHER:
            cleaned |= {"seat": "", "usps": "", "district": ""}
            if not cleaned.get("office") and "office" not in self.errors:
                self.add_error("office", _("Enter the office."))
        elif seat and not {"usps", "district"} & set(self.errors):
            self.check_race(seat, cleaned)
        return cleaned

    def check_race(self, seat, cleaned):
        try:
            place = admission.race_place(seat, cleaned["usps"], cleaned["district"])
            admission.check_reach(self.group, place)
        except Refusal as refusal:
            wrong = "usps" if not cleaned["usps"] else "district" if seat == Race.Office.HOUSE else "seat"
            self.add_error(wrong, str(refusal))
