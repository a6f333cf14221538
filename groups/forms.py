"""The forms of signing up, of finding a group, and of asking for a letter again."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from groups import inviting, typos, zips
from groups.models import Group, Place
from groups.places import home_of
from groups.signup import Request
from journal.languages import SwitchableForm

SALT = "groups.sign-up.opened"
QUICKEST = timedelta(seconds=2)
LONGEST = timedelta(hours=24)


def opened_mark(now) -> str:
    """A signed instant for the form's hidden field: programs send a form faster than anybody reads it."""
    return signing.Signer(salt=SALT).sign_object(int(now.timestamp()))


def zip_from(text: str) -> str:
    """Five digits from a typed ZIP; ValidationError says what to type, naming the ZIP with its lost zero back."""
    read = zips.read(text)
    if read is None or not read.zip:
        raise forms.ValidationError(_("Enter a 5-digit ZIP code, like 01060."))
    if read.restored:
        raise forms.ValidationError(
            _("Enter all 5 digits. Did you mean %(zip)s?"), params={"zip": read.zip}, code="restored"
        )
    return read.zip


def state_of(text: str) -> str:
    """The two letters of a state that a choice names; "" for none."""
    home = home_of(text)
    return home.usps if home else ""


def district_of(label: str) -> Place | None:
    """The district that a choice like MA-07 or WY-AL names; None for "not sure" and for anything else."""
    usps, _dash, number = label.partition("-")
    wanted = 0 if number == "AL" else int(number) if number.isascii() and number.isdigit() else None
    return None if wanted is None else Place.objects.districts().filter(usps=usps, number=wanted).first()


class ZipForm(SwitchableForm):
    """One box for a ZIP."""

    zip = forms.CharField(
        label=_("ZIP code"),
        max_length=20,
        error_messages={"required": _("Enter a 5-digit ZIP code, like 01060.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )

    def clean_zip(self):
        return zip_from(self.cleaned_data["zip"])


class MovedForm(ZipForm):
    """Where a member lives now: her ZIP, and what she chose where it left something open."""

    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    district = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def clean_state(self):
        return state_of(self.cleaned_data["state"])


class GuardedForm(SwitchableForm):
    """An address, and what keeps programs out: a box that people do not see, and the instant the form was opened."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address, like name@example.org."),
            "max_length": _("This address is too long. Enter an e-mail address, like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    opened = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    nickname = forms.CharField(
        label=_("Leave this box empty"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.is_from_program:
            self.check_time()
        return cleaned

    @property
    def is_from_program(self) -> bool:
        """Whether the box that people do not see was filled."""
        return bool(self.cleaned_data.get("nickname"))

    def check_time(self):
        """The form must have been open a moment, and not for days: a program's copy is neither."""
        try:
            opened = signing.Signer(salt=SALT).unsign_object(self.cleaned_data["opened"])
        except signing.BadSignature:
            opened = None
        open_for = self.now.timestamp() - opened if isinstance(opened, int) else None
        if open_for is None or not QUICKEST.total_seconds() <= open_for <= LONGEST.total_seconds():
            raise forms.ValidationError(_("Check what you typed and send the form once more."), code="opened")

    @classmethod
    def fresh(cls, *, now):
        """One that nobody has typed into, opened now."""
        form = cls(now=now)
        form.mark_opened(now)
        return form

    def mark_opened(self, now):
        """Let the page carry the instant it was opened at; a form that comes back keeps its own, if that is genuine."""
        if not self.is_bound:
            self.initial["opened"] = opened_mark(now)
        elif self.has_error("__all__", "opened"):
            self.data = self.data.copy()
            self.data["opened"] = opened_mark(now)


class SignUpForm(GuardedForm):
    """What we ask of a member, and why. opened and nickname are there for programs only.

    link is the group's link she followed; table the number of a sheet, where one device serves many people.
    """

    first_name = forms.CharField(
        label=_("First name"),
        max_length=80,
        error_messages={"required": _("Enter your first name.")},
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    zip = forms.CharField(
        label=_("ZIP code"),
        help_text=_("It tells us which races you can vote on."),
        max_length=20,
        error_messages={"required": _("Enter a 5-digit ZIP code, like 01060.")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )
    language = forms.ChoiceField(
        label=_("Language of our letters"),
        choices=settings.LANGUAGES,
        error_messages={"required": _("Choose a language."), "invalid_choice": _("Choose a language from the list.")},
    )
    wants_news = forms.BooleanField(label=_("Tell me about local events too"), required=False)
    group = forms.SlugField(widget=forms.HiddenInput, required=False, max_length=80)
    link = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    table = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    typed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=254)
    state = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    district = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    field_order = ["first_name", "last_name", "email", "zip", "language", "wants_news"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.suggestion = ""
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]  # nothing to choose
        self.fields["email"].help_text = _(
            "We send you a letter to confirm it. A personal address is best: work mail may be read."
        )

    def clean_zip(self):
        return zip_from(self.cleaned_data["zip"])

    def clean_group(self):
        """The group of a link; a slug that is none any more loses nobody her sign-up."""
        slug = self.cleaned_data["group"]
        return Group.objects.inviting().filter(slug=slug).first() if slug else None

    def clean_link(self):
        """The group whose link she followed; a link that was changed meanwhile loses nobody her sign-up."""
        return inviting.marked(self.cleaned_data["link"])

    def clean_state(self):
        return state_of(self.cleaned_data["state"])

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not self.is_from_program:
            self.suggest(cleaned)
        return cleaned

    def suggest(self, cleaned):
        """Ask once about an address that looks like a slip; the same address sent again is meant so."""
        address = cleaned["email"]
        self.suggestion = "" if cleaned["typed"] == address else typos.meant(address)
        if self.suggestion:
            self.add_error("email", _("Did you mean %(address)s?") % {"address": self.suggestion})

    def request(self) -> Request:
        """The checked sign-up, with the district she chose where she chose one."""
        data = self.cleaned_data
        chosen = district_of(data["district"])
        return Request(
            email=data["email"],
            first_name=data["first_name"],
            last_name=data["last_name"],
            zip=data["zip"],
            usps=data["state"] or (chosen.usps if chosen else ""),
            district=chosen,
            group=data["group"],
            language=data.get("language", settings.LANGUAGE_CODE),
            wants_news=data["wants_news"],
            came_by=data["link"],
        )

    @classmethod
    def typed_so_far(cls, data) -> dict:
        """What a page in between gives back to the form: all that was typed, unchecked."""
        said = {name: data.get(name, "")[:320].replace("\0", "") for name in cls.base_fields}
        return said | {"wants_news": forms.BooleanField(required=False).to_python(data.get("wants_news"))}
