"""What a reviewer or a lead types into a file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vetting.forms import text_field
from vetting.models import Note, Verdict
from vetting.verdicts import LONGEST


class VerdictForm(forms.Form):
    """A recommendation with its reason and the word that there is no conflict of interest."""

    recommendation = forms.ChoiceField(
        label=_("I recommend to"),
        choices=Verdict.Recommendation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what you recommend.")},
    )
    reason = text_field(LONGEST, label=_("Reason"), help_text=_("Other reviewers read it once theirs is in."))
    sources = text_field(LONGEST, rows=2, label=_("Sources checked"), required=False)
    acquaintance = text_field(
        LONGEST,
        rows=2,
        label=_("What I know of them from elsewhere"),
        help_text=_("Met at an event, gave ten dollars: what is no conflict, and worth saying."),
        required=False,
    )
    no_conflict = forms.BooleanField(
        label=_("I have no conflict of interest: no work, money, family or other tie to a candidate in this race."),
        error_messages={"required": _("Say that you have no conflict of interest, or recuse yourself.")},
    )


class DecisionForm(forms.Form):
    """A lead's decision. What it takes to clear or decline is the verbs' business."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            ("clear", _("Clear: may go on the ballot")),
            ("hold", _("Hold: stays, but on no ballot")),
            ("decline", _("Decline")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a decision.")},
    )
    reason = text_field(LONGEST, label=_("Reason"), help_text=_("The nominating groups read it."))
    call_with_groups = text_field(
        LONGEST,
        label=_("Call with the groups"),
        help_text=_("When, with whom, what was said. To decline, say it here or note a call in the file."),
        required=False,
    )
    sources = text_field(LONGEST, label=_("Sources checked"), required=False)
    without_third = text_field(
        LONGEST,
        label=_("Why without a third opinion"),
        help_text=_("Two verdicts differ and the third is not in. Kept in the journal."),
        required=False,
    )

    def __init__(self, *args, third_wanted=True, **kwargs):
        super().__init__(*args, **kwargs)
        if not third_wanted:
            del self.fields["without_third"]


class RecuseForm(forms.Form):
    """The tie that keeps somebody out."""

    reason = forms.CharField(
        label=_("The tie"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Leads read it. The file is hidden from you from then on."),
        error_messages={"required": _("Say what ties you to the candidate, a rival or a campaign.")},
    )


class NoteForm(forms.Form):
    """A finding, a source, a call."""

    kind = forms.ChoiceField(label=_("What it is"), choices=Note.Kind.choices)
    text = text_field(LONGEST, label=_("Text"), help_text=_("A call: when, with which group and whom, what was said."))
    source = forms.CharField(label=_("Web address"), required=False, max_length=200)


class OwnerForm(forms.Form):
    """Who looks after a file; nobody: whoever comes first."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None, required=False, empty_label=_("Nobody"))

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people


class NothingForm(forms.Form):
    """A button without fields."""
