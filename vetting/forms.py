"""What a campaign and a reviewer type."""

from datetime import MAXYEAR, MINYEAR

from django import forms
from django.utils.translation import gettext_lazy as _

from journal.languages import SwitchableForm
from journal.translated import TOO_LONG
from vetting.answering import LONGEST, LONGEST_NAME
from vetting.models import Question
from vetting.reviewing import LONGEST as LONGEST_REASON


class TopicForm(SwitchableForm):
    """All questions of one topic. Nothing is required; each field brings what it showed when it was opened.

    So a colleague's answer, saved meanwhile, is not overwritten by a field that nobody touched.
    """

    by_name = forms.CharField(
        label=_("Your name"),
        help_text=_("So that you and your colleagues see who answered what."),
        required=False,
        max_length=LONGEST_NAME,
    )

    def __init__(self, lines, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"q{line.question.pk}"] = answer_field(line)
            if line.question.options:
                self.fields[f"why{line.question.pk}"] = explanation_field(line)

    def changed(self) -> dict:
        """What was changed and may be kept, as answering.save_answers takes it."""
        found = {}
        for line in self.lines:
            names = (f"q{line.question.pk}", f"why{line.question.pk}")
            pair = tuple(self.cleaned_data.get(name) if name in self.changed_data else None for name in names)
            if pair != (None, None):
                found[line.question.pk] = pair
        return found

    def initial_fields(self) -> list:
        """For the page: the hidden fields that tell what each radio showed; texts bring theirs along."""
        keys = [line.question.pk for line in self.lines if line.question.options]
        return [self[f"q{key}"].as_hidden(only_initial=True) for key in keys]

    def rows(self) -> list:
        """For the page: each line with its answer's field and its explanation's, None where there is none."""
        keys = [line.question.pk for line in self.lines]
        fields = [(self[f"q{key}"], self[f"why{key}"] if f"why{key}" in self.fields else None) for key in keys]
        return [(line, answer, why) for line, (answer, why) in zip(self.lines, fields, strict=True)]


def answer_field(line):
    """The field for a question's kind."""
    question = line.question
    common = {
        "label": f"{question.number}. {question.words}",
        "help_text": question.help,
        "required": False,
        "initial": line.value,
        "show_hidden_initial": True,
    }
    if question.options:
        wrong = {"invalid_choice": _("Choose one of the answers shown.")}
        return forms.ChoiceField(choices=question.options, widget=forms.RadioSelect, error_messages=wrong, **common)
    rows = {Question.Kind.SHORT: 2, Question.Kind.LIST: 5}.get(question.kind, 8)
    return text_field(LONGEST, rows=rows, **common)


def explanation_field(line):
    return text_field(
        LONGEST,
        rows=2,
        label=_("Explanation"),
        required=False,
        initial=line.answer.explanation if line.answer else "",
        show_hidden_initial=True,
    )


def text_field(longest, *, rows=3, **options):
    """A text of several lines with its limit said in words."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(max_length=longest, widget=widget, error_messages={"max_length": TOO_LONG}, **options)


class SignForm(SwitchableForm):
    """Who answers for the campaign, and whether we may publish."""

    may_publish = forms.TypedChoiceField(
        label=_("May we publish these answers?"),
        choices=[("yes", _("Yes, you may publish them")), ("no", _("No, keep them to the groups and staff"))],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Say whether we may publish the answers."),
            "invalid_choice": _("Choose one of the answers shown."),
        },
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Sign with your name."), "max_length": TOO_LONG},
    )
    role = forms.CharField(
        label=_("Your role in the campaign"),
        help_text=_("For example: candidate, campaign manager. By sending you say that you may answer for it."),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Say your role in the campaign."), "max_length": TOO_LONG},
    )


class MoreTimeForm(SwitchableForm):
    """Why a campaign needs more time."""

    reason = text_field(
        2000,
        label=_("Why do you need more time, and how much?"),
        strip=True,
    )


class ColleagueForm(SwitchableForm):
    """Who gets a link of her own."""

    name = forms.CharField(
        label=_("Your colleague’s name"),
        help_text=_("It stands beside the answers that this person saves."),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Enter your colleague’s name."), "max_length": TOO_LONG},
    )
    email = forms.EmailField(
        label=_("Your colleague’s e-mail address"),
        max_length=254,
        error_messages={
            "required": _("Enter an e-mail address, like name@example.org."),
            "invalid": _("Enter an e-mail address, like name@example.org."),
            "max_length": _("This address is too long. Enter an e-mail address, like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class AnswerCorrectionForm(SwitchableForm):
    """What a sent answer should say, and why it said something else."""

    words = text_field(2000, rows=3, label=_("What went wrong?"), help_text=_("Staff read this and decide."))
    field_order = ["value", "words"]

    def __init__(self, line, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["value"] = answer_field(line)
        self.fields["value"].show_hidden_initial = False
        self.order_fields(self.field_order)


class BallotCorrectionForm(SwitchableForm):
    """A fact that is wrong in what members will read."""

    words = text_field(
        2000,
        label=_("Which fact is wrong, and what is right?"),
        help_text=_("A name, a date, an office. Staff decide; we change no opinion of a group."),
    )


class ExtendForm(forms.Form):
    """A later deadline for the race; clean it under the time zone in which it is typed."""

    due_at = forms.DateTimeField(
        label=_("New deadline"),
        input_formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"],
        help_text=_("As 2026-03-12 20:00, in the time zone of the present deadline."),
        error_messages={"invalid": _("Type a date and a time, as 2026-03-12 20:00.")},
    )
    reason = text_field(LONGEST_REASON, rows=2, label=_("Reason"), help_text=_("Every campaign in the race reads it."))

    def clean_due_at(self):
        # The first and the last days there are can't be told in every zone.
        if not MINYEAR + 1 < self.cleaned_data["due_at"].year < MAXYEAR:
            raise forms.ValidationError(self.fields["due_at"].error_messages["invalid"])
        return self.cleaned_data["due_at"]


class NewLinkForm(forms.Form):
    """Why a campaign gets a new link."""

    reason = text_field(LONGEST_REASON, rows=2, label=_("Reason"), help_text=_("Kept in the journal."))


class NoTimeForm(forms.Form):
    """Why a campaign gets no more time."""

    reason = text_field(LONGEST_REASON, rows=2, label=_("Reason"), help_text=_("The campaign reads it."))
