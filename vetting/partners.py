"""Partner organizations: a list is loaded, and offered where an endorsement of theirs is recorded."""

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import book
from rounds import tables
from vetting.models import PartnerEndorsement, PartnerOrganisation, Recusal

LONGEST = 120


def load(content: bytes, *, by, now) -> tuple[int, int]:
    """Keep the organizations of a CSV by header name; (how many are new, how many changed). Twice changes nothing.

    Nobody is taken off the list: endorsements name them. Refusal names what is missing or which rows are wrong.
    """
    found = read(content)
    with transaction.atomic():
        standing = {one.name: one for one in PartnerOrganisation.objects.select_for_update()}
        fresh = [PartnerOrganisation(name=name, kind=kind) for name, kind in found.items() if name not in standing]
        changed = [one for name, one in standing.items() if name in found and one.kind != found[name]]
        for one in changed:
            one.kind = found[one.name]
        PartnerOrganisation.objects.bulk_create(fresh)
        PartnerOrganisation.objects.bulk_update(changed, ["kind"])
        if fresh or changed:
            after = {"new": len(fresh), "changed": len(changed)}
            book.record("partners.imported", "partners", by=by, now=now, after=after)
    return len(fresh), len(changed)


def read(content: bytes) -> dict[str, str]:
    """{name: kind}, each name once."""
    listed = tables.rows_of(content, ["name"], optional=["kind"])
    tables.check_rows([at for at, row in enumerate(listed, start=2) if not 0 < len(row["name"]) <= LONGEST])
    return {row["name"]: row["kind"][:80] for row in listed}


class Picker(forms.TextInput):
    """A text field that offers the known organizations as one types."""

    template_name = "django/forms/widgets/picker.html"

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, {**(attrs or {}), "list": f"{name}-known"})
        context["known"] = PartnerOrganisation.objects.values_list("name", flat=True)
        return context


class PartnerForm(forms.ModelForm):
    """Which organization endorses the candidate, and where that can be read."""

    class Meta:
        model = PartnerEndorsement
        fields = ["candidacy", "organisation", "source"]
        widgets = {"organisation": Picker}
        help_texts = {
            "organisation": gettext_lazy("Begin to type: the known ones are offered. Another name may be typed."),
            "source": gettext_lazy("The page that says so."),
        }

    reader = None  # who fills it in; a file from which she recused herself stays closed to her

    def clean_candidacy(self):
        candidacy = self.cleaned_data["candidacy"]
        if self.reader and Recusal.objects.filter(candidacy=candidacy, person=self.reader).exists():
            raise forms.ValidationError(_("You recused yourself from this file."))
        return candidacy
