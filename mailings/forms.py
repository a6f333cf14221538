"""The desk's forms for the post room."""

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _


class ReasonForm(forms.Form):
    """Why. It stands in the journal."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say why: the reason stands in the journal.")},
    )


class TopicForm(ReasonForm):
    """Why, and the topic whose letters go, typed by hand (ux.md 3, class B)."""

    def __init__(self, *args, topic, **kwargs):
        super().__init__(*args, **kwargs)
        self.topic = topic
        self.fields["typed"] = forms.CharField(
            label=_("Topic"),
            max_length=200,
            help_text=_("Type it as it stands here: %(name)s") % {"name": topic},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def clean_typed(self):
        if self.cleaned_data["typed"].strip().casefold() != self.topic.casefold():
            raise forms.ValidationError(_("That is not its name. Nothing was done."))
        return self.topic


class NumberForm(ReasonForm):
    """Why, and to how many it goes, typed by hand (ux.md 3, class B); a single letter asks why alone."""

    def __init__(self, *args, number, **kwargs):
        super().__init__(*args, **kwargs)
        self.number = number
        if number > 1:
            self.fields["number"] = forms.CharField(
                label=_("Number of letters"),
                max_length=20,
                help_text=_("Type how many letters it is about: %(n)s") % {"n": number_format(number)},
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
            )

    def clean_number(self):
        if self.cleaned_data["number"].translate(NO_SEPARATORS) != str(self.number):
            raise forms.ValidationError(_("That is not their number. Nothing was done."))
        return self.number


NO_SEPARATORS = str.maketrans("", "", ",.\u00a0\u202f ")
