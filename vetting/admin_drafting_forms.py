"""What staff type when they write a version of the questionnaire."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from journal.translated import TranslatedForm
from rounds.models import Cycle, Race
from vetting.forms import text_field
from vetting.importing import LARGEST
from vetting.models import STEPS, YES_NO, Question, Questionnaire, Section

LONGEST = 2000


class StoodForm(forms.Form):
    """A form that remembers how what it changes read when it was opened (drafting.wording_of)."""

    stood = forms.CharField(widget=forms.HiddenInput, required=False)


class VersionForm(StoodForm):
    """A version's names and what it takes to pass."""

    title = forms.CharField(label=_("Title"), max_length=Questionnaire._meta.get_field("title").max_length)
    version = forms.CharField(
        label=_("Version"),
        max_length=Questionnaire._meta.get_field("version").max_length,
        help_text=_("A short name, such as 2026-2. It stands on the public page."),
    )
    pass_percent = forms.DecimalField(
        label=_("Share of the scored answers needed to pass, in percent"),
        min_value=Decimal("0.01"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=_("As a rule 80. Every baseline question must be right, whatever the share."),
    )

    def said(self) -> dict:
        """The cleaned fields as the verbs take them: the share in hundredths of a percent."""
        cleaned = dict(self.cleaned_data)
        return cleaned | {"pass_share": int(cleaned.pop("pass_percent") * 100)}


class NewVersionForm(VersionForm):
    """The first of a cycle, from nothing or from a file."""

    cycle = forms.ModelChoiceField(label=_("Cycle"), queryset=Cycle.objects.order_by("-year"))
    file = forms.FileField(
        label=_("Start from a CSV file"),
        required=False,
        help_text=_(
            "Optional. Its first row names the columns, as in the file that every version offers to download. "
            "Without a file you begin with an empty version."
        ),
    )
    field_order = ["cycle", "title", "version", "pass_percent", "file"]
    stood = None

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > 4 * LARGEST:  # a character takes four bytes at most
            raise forms.ValidationError(_("The file is too large for a questionnaire."))
        return file


class NextVersionForm(forms.Form):
    """The names of a copy."""

    title = VersionForm.base_fields["title"]
    version = VersionForm.base_fields["version"]


class SectionForm(TranslatedForm, StoodForm):
    """A topic."""

    TRANSLATED = {"title": "titles"}
    title = forms.CharField(label=_("Title"), max_length=Section._meta.get_field("title").max_length)
    core_priority = forms.BooleanField(
        label=_("Core priority"), required=False, help_text=_("Vetting sees the scores of core priorities first.")
    )


class QuestionForm(TranslatedForm, StoodForm):
    """A question: its words, who is asked, and what is right."""

    TRANSLATED = {"text": "texts", "help_text": "helps"}
    section = forms.ModelChoiceField(label=_("Section"), queryset=None, empty_label=None)
    text = text_field(LONGEST, label=_("Question"))
    help_text = text_field(
        LONGEST,
        rows=2,
        label=_("Help"),
        required=False,
        help_text=_("Optional. The bill’s number, a link, what is meant."),
    )
    kind = forms.ChoiceField(label=_("Answer"), choices=Question.Kind.choices)
    offices = forms.MultipleChoiceField(
        label=_("Asked of candidates for"),
        help_text=_("None ticked: all offices."),
        choices=Race.Office.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    scored = forms.BooleanField(label=_("Scored"), required=False, help_text=_("Texts and lists can’t be scored."))
    right_answers = forms.MultipleChoiceField(
        label=_("Right answers"),
        choices=[(_("Yes or no"), YES_NO), (_("Five steps"), STEPS)],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("If “No” is right, the question is a reversed one."),
    )
    weight = forms.IntegerField(
        label=_("Points for a right answer"), min_value=0, max_value=100, required=False, help_text=_("As a rule 1.")
    )
    baseline = forms.BooleanField(
        label=_("Baseline"), required=False, help_text=_("Essential: it must be right, whatever the score.")
    )
    is_consent = forms.BooleanField(
        label=_("Asks consent to publish"), required=False, help_text=_("Asked at the end, beside the signature.")
    )

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].queryset = sections

    def clean(self):
        """What can't be scored is said at its field, in the words of the form."""
        cleaned = super().clean()
        cleaned["weight"] = cleaned.get("weight") or 0
        if cleaned.get("scored") and "kind" in cleaned and "right_answers" in cleaned:
            offered = dict(Question(kind=cleaned["kind"]).options)
            if not offered:
                self.add_error("scored", _("Texts and lists can’t be scored."))
            elif not cleaned["right_answers"]:
                self.add_error("right_answers", _("Tick what is right."))
            elif set(cleaned["right_answers"]) - set(offered):
                words = ", ".join(map(str, offered.values()))
                self.add_error("right_answers", _("Tick only answers of this kind: %(words)s.") % {"words": words})
            if not cleaned["weight"]:
                self.add_error("weight", _("A scored question has 1 point or more."))
        return cleaned


class WhyForm(forms.Form):
    """Why a version is sent, or goes."""

    reason = text_field(LONGEST, rows=2, label=_("Reason"), help_text=_("Kept in the journal."))
