"""How a group decided at home: part of a nomination, and of an endorsement kept for itself."""

from django import forms
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from groups.models import Group
from journal.languages import SwitchableForm
from rounds import admission
from rounds.models import LocalEndorsement
from rounds.refusals import Refusal

# What leaders in the United States write, and what machines write.
DATE_FORMATS = ["%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d"]
MOST_VOTERS = 10_000_000
MOST_JOINT = 100


def number(label, *, required=None, **more):
    """A whole number of people; required is the sentence that asks for it."""
    field = forms.IntegerField(
        label=label,
        required=required is not None,
        min_value=0,
        max_value=MOST_VOTERS,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        **more,
    )
    field.error_messages |= {"invalid": _("Enter a whole number, like 82.")}
    if required:
        field.error_messages["required"] = required
    return field


class LocalVoteForm(SwitchableForm):
    """The local vote (process.md 4.1). group is whose it is, now decides what is future."""

    method = forms.ChoiceField(
        label=_("How did your group decide?"),
        choices=LocalEndorsement.Method.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how your group decided.")},
    )
    decided_on = forms.DateField(
        label=_("On which day?"),
        help_text=_("Like 3/12/2026."),
        input_formats=DATE_FORMATS,
        error_messages={
            "required": _("Enter the day of the vote, like 3/12/2026."),
            "invalid": _("Enter the day of the vote, like 3/12/2026."),
        },
    )
    eligible = number(_("How many people could vote?"), help_text=_("Leave it empty if nobody counted."))
    yes = number(_("Votes in favor"), required=_("Enter how many voted in favor."))
    no = number(_("Votes against"), required=_("Enter how many voted against. None? Enter 0."))
    abstain = number(_("Abstained"))
    threshold_words = forms.CharField(
        label=_("Which share did your group’s rules ask for?"),
        help_text=_("In your own words, like “60% of those who vote”."),
        max_length=120,
        required=False,
    )
    joint_groups = forms.CharField(
        label=_("Groups of this federation that decided with you"),
        help_text=_("One name on each line."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    allies = forms.CharField(
        label=_("Other organizations that decided with you"),
        help_text=_("One name on each line."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )
    proof = forms.CharField(
        label=_("Where is this written down?"),
        help_text=_("Minutes, a page, a post: whatever somebody could look up."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=4000,
        required=False,
    )

    def __init__(self, *args, group, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.group, self.now = group, now

    def clean_decided_on(self):
        decided_on = self.cleaned_data["decided_on"]
        try:
            admission.check_decided(decided_on, today=localtime(self.now).date())
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return decided_on

    def clean_joint_groups(self):
        """The groups of these names, in one query; a line that names none is told."""
        lines = [line.strip() for line in self.cleaned_data["joint_groups"].splitlines() if line.strip()]
        if len(lines) > MOST_JOINT:
            raise forms.ValidationError(gettext("Name at most %(most)d groups.") % {"most": MOST_JOINT})
        known = {group.name.casefold(): group for group in Group.objects.active().filter(name__in=lines)}
        found = []
        for line in lines:
            group = known.get(line.casefold()) or Group.objects.active().filter(name__iexact=line).first()
            if group is None:
                raise forms.ValidationError(
                    gettext("We know no group named “%(name)s”. Name it under other organizations.") % {"name": line}
                )
            try:
                admission.check_joint(group)
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from None
            if group != self.group and group not in found:
                found.append(group)
        return found

    def clean(self):
        cleaned = super().clean()
        if {"yes", "no"} <= set(cleaned) and not {"eligible", "abstain"} & set(self.errors):
            try:
                admission.check_votes(
                    eligible=cleaned["eligible"], yes=cleaned["yes"], no=cleaned["no"], abstain=cleaned["abstain"]
                )
            except Refusal as refusal:
                self.add_error("eligible", str(refusal))
        return cleaned
