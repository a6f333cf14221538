"""Partner organizations: a list is loaded, and offered where an endorsement of theirs is recorded."""

import csv
import io

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal import book
from vetting.models import PartnerEndorsement, PartnerOrganisation
from vetting.refusals import Refusal

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
    try:
        rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        names = {(name or "").strip().lower(): name for name in rows.fieldnames or []}
        if "name" not in names:
            raise Refusal(_("These columns are missing: %(names)s.") % {"names": "name"})
        kind = names.get("kind")
        listed = [((row[names["name"]] or "").strip(), (row[kind] or "").strip() if kind else "") for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Refusal(_("This is no CSV file in UTF-8.")) from error
    wrong = [str(at) for at, (name, _kind) in enumerate(listed, start=2) if not 0 < len(name) <= LONGEST]
    if wrong:
        raise Refusal(_("Wrong rows, nothing was kept: %(rows)s.") % {"rows": ", ".join(wrong[:20])})
    return {name: kind[:80] for name, kind in listed}


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
