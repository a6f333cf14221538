"""The desk's forms about a member: each thing that may be mended, with the reason for it."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from groups import members, zips
from groups.atlas import US_STATES
from groups.models import Group, Member, Place


class WhyForm(forms.Form):
    """Why. It stands in the journal, for good: so no name and no address belongs there."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stands in the journal for good. Write no name and no address."),
        error_messages={"required": _("Say why: the reason stands in the journal.")},
    )

    def __init__(self, *args, member: Member, **kwargs):
        super().__init__(*args, **kwargs)
        self.member = member


class AddressForm(WhyForm):
    """The address that is right, and how we know."""

    email = forms.EmailField(
        label=_("The member’s address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    field_order = ["email", "reason"]


class HomeForm(WhyForm):
    """Where she lives: a ZIP code, and the district where staff know it."""

    zip = forms.CharField(label=_("ZIP code"), max_length=10, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    state = forms.ChoiceField(label=_("State"), choices=[("", "–"), *[(home.usps, home.name) for home in US_STATES]])
    district = forms.CharField(
        label=_("District"),
        required=False,
        max_length=8,
        help_text=_("As MA-07. Leave it empty where nobody knows it: the member then votes in the state's races only."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["zip", "state", "district", "reason"]

    def __init__(self, *args, member, **kwargs):
        home = {"zip": member.zip, "state": member.state.usps if member.state else ""}
        home["district"] = member.district.label if member.district else ""
        super().__init__(*args, member=member, initial=home, **kwargs)

    def clean_zip(self):
        read = zips.read(self.cleaned_data["zip"])
        if read is None or read.restored:
            raise forms.ValidationError(_("Enter a 5-digit ZIP code, like 01060."))
        return read.zip

    def clean_district(self):
        """The district of that label, or None."""
        label = self.cleaned_data["district"].strip().upper()
        if not label:
            return None
        usps, _dash, number = label.partition("-")
        places = Place.objects.districts().filter(usps=usps)
        found = next((place for place in places if place.label in (label, f"{usps}-{number.zfill(2)}")), None)
        if found is None:
            raise forms.ValidationError(_("There is no such district. Write it as MA-07."))
        return found

    def clean(self):
        cleaned = super().clean()
        district, usps = cleaned.get("district"), cleaned.get("state")
        if district and usps and district.usps != usps:
            self.add_error("district", _("This district lies in another state."))
        return cleaned


class EntryForm(WhyForm):
    """Her names, her language and the group she belongs to."""

    first_name = forms.CharField(label=_("First name"), required=False, max_length=80)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=80)
    language = forms.ChoiceField(label=_("Language of the letters"), choices=settings.LANGUAGES)
    group = forms.CharField(
        label=_("Group"),
        required=False,
        max_length=200,
        help_text=_("Its whole name, or empty for none."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["first_name", "last_name", "language", "group", "reason"]

    def __init__(self, *args, member, **kwargs):
        entry = {name: getattr(member, name) for name in ("first_name", "last_name", "language")}
        entry["group"] = member.group.name if member.group else ""
        super().__init__(*args, member=member, initial=entry, **kwargs)

    def clean_group(self):
        """The group of that name, or None."""
        name = " ".join(self.cleaned_data["group"].split())
        if not name:
            return None
        if self.member.group and self.member.group.name == name:
            return self.member.group
        found = list(Group.objects.filter(name__iexact=name)[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                _("There is no group of this name.") if not found else _("There are several groups of this name.")
            )
        return found[0]


class TypedForm(WhyForm):
    """Her own address, typed before what cannot be taken back, so that nobody means another."""

    typed = forms.CharField(
        label=_("The member’s address"), max_length=320, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    field_order = ["typed", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["typed"].help_text = _("Type it as it stands here: %(address)s") % {"address": self.member.email}

    def clean_typed(self):
        if members.email_key(self.cleaned_data["typed"]) != self.member.email_key:
            raise forms.ValidationError(_("That is not the member’s address. Nothing was done."))
        return self.cleaned_data["typed"]


class MergeForm(TypedForm):
    """The whole address of the entry that goes, and that of the entry that stays."""

    into = forms.CharField(
        label=_("Address of the entry that stays"),
        max_length=320,
        help_text=_("Type it whole, so that nobody means another."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    field_order = ["typed", "into", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["typed"].label = _("Address of the entry that goes")

    def clean_into(self):
        """The member with this address."""
        found = members.find_by_email(self.cleaned_data["into"])
        if found is None:
            raise forms.ValidationError(_("Nobody on the list has this address."))
        return found
