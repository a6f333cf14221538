"""The desk's form for corrections of a candidacy."""

from django import forms
from django.utils.translation import gettext_lazy as _

from rounds import candidacies
from rounds.models import Candidacy
from rounds.refusals import Refusal


class CandidacyForm(forms.ModelForm):
    """What staff may mend of a candidacy while it stands."""

    website = forms.URLField(label=_("Website"), required=False, max_length=200, assume_scheme="https")
    social = forms.URLField(label=_("Social page"), required=False, max_length=200, assume_scheme="https")

    class Meta:
        model = Candidacy
        fields = [
            "name",
            "party",
            "incumbent",
            "first_run",
            "blurb",
            "campaign_name",
            "campaign_email",
            "campaign_phone",
            "website",
            "social",
            "fec_candidate",
            "fec_committee",
        ]

    def clean(self):
        cleaned = super().clean()
        changes = {field: cleaned[field] for field in self.changed_data if field in cleaned}
        if changes and self.instance.pk:
            try:
                candidacies.check_correction(Candidacy.objects.get(pk=self.instance.pk), changes)
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from None
        return cleaned
