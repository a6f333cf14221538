"""A leader's answer to staff."""

from django import forms
from django.utils.translation import gettext_lazy as _

from journal.languages import SwitchableForm
from rounds import replying


class ReplyForm(SwitchableForm):
    """One answer to one question; what she answered to it before is there to change."""

    words = forms.CharField(
        label=_("Your answer"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write your answer.")},
    )

    def __init__(self, *args, nomination, **kwargs):
        said = nomination.reply if replying.answered(nomination) else ""
        super().__init__(*args, initial={"words": said}, **kwargs)

    def clean_words(self):
        words = self.cleaned_data["words"].replace("\r\n", "\n")
        if len(words) > replying.LONGEST:
            most = f"{replying.LONGEST:,}"
            raise forms.ValidationError(_("Write your answer, in at most %(most)s characters."), params={"most": most})
        return words
