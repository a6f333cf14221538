"""The desk's forms for a round."""

from datetime import datetime, timedelta

from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminSplitDateTime
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from endorsements import endorsing, noting
from endorsements.models import Endorsement
from endorsements.public import photos
from endorsements.refusals import Refusal
from endorsements.rehearsal import rehearsing
from groups.admin_deciding import NameField
from journal import localtime
from journal.translated import TranslatedForm
from rounds import planning
from rounds.models import Cycle, Round

A_DAY = timedelta(days=1)  # nominations may open at once, by a time that was earlier today
HALVES = [(_("Date"), "2026-03-12"), (_("Time"), "20:00")]


class DayAndTime(AdminSplitDateTime):
    """An instant as two fields; each says which half it is to those who hear the page."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for half, (words, example) in zip(context["widget"]["subwidgets"], HALVES, strict=True):
            half["attrs"] |= {"aria-label": words, "placeholder": example}
        return context


class InstantField(forms.SplitDateTimeField):
    """An instant typed as a local day and time of the zone in force; a time that is none, or two, is refused."""

    widget = DayAndTime

    def compress(self, data_list):
        """The aware instant; where Django only says that something is odd, say what."""
        for half, empty in zip(data_list or [], ("invalid_date", "invalid_time"), strict=False):
            if half in self.empty_values:
                raise forms.ValidationError(self.error_messages[empty], code=empty)
        if not data_list:
            return None
        try:
            typed = localtime.instant_of(datetime.combine(*data_list), timezone.get_current_timezone())
        except localtime.NoSuchTime as error:
            raise forms.ValidationError(str(error), code="no_such_time") from error
        except OverflowError as error:  # the year 9999 ends earlier elsewhere
            raise forms.ValidationError(self.error_messages["invalid_date"], code="invalid_date") from error
        return typed.astimezone(timezone.get_current_timezone())


class NewRoundForm(forms.Form):
    """A round from one date; all other dates are proposed and can be changed after."""

    cycle = forms.ModelChoiceField(Cycle.objects.exclude(year=Cycle.REHEARSALS), label=_("Cycle"))
    name = forms.CharField(label=_("Name"), max_length=80)
    starts_at = InstantField(
        label=_("Nominations open"),
        help_text=_("All other dates follow from this one and can be changed on the next page."),
    )
    count = forms.IntegerField(
        label=_("How many rounds"),
        initial=1,
        min_value=1,
        max_value=10,
        required=False,
        help_text=_("Each opens six weeks after the one before, at the same time of day."),
    )
    rehearsal = forms.BooleanField(
        label=_("Rehearsal"), required=False, help_text=_("Writes to staff only, shows nowhere, knows no minimums.")
    )

    def __init__(self, *args, now=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_count(self):
        return self.cleaned_data["count"] or 1

    def clean_starts_at(self):
        """Nominations that should have opened already would be over before anybody has seen the round."""
        starts_at = self.cleaned_data["starts_at"]
        if self.now and starts_at < self.now - A_DAY:
            raise forms.ValidationError(_("This day is over. Choose today or one that is still to come."))
        return starts_at

    def clean(self):
        """Of two rounds of one name in a cycle nobody would know which is meant where the name is typed."""
        said = super().clean()
        if said.get("cycle") and Round.objects.filter(cycle=said["cycle"], name=said.get("name", "")).exists():
            self.add_error("name", _("There is a round of this name in the cycle already."))
        return said


class ReasonForm(forms.Form):
    """Why. It stands in the journal."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)


class RehearsalForm(ReasonForm):
    """A dress rehearsal: for which cycle, how long, and why."""

    cycle = forms.ModelChoiceField(Cycle.objects.exclude(year=Cycle.REHEARSALS), label=_("Cycle"))
    minutes = forms.IntegerField(
        label=_("Minutes in all"),
        initial=rehearsing.MINUTES,
        min_value=rehearsing.SHORTEST,
        max_value=rehearsing.LONGEST,
        help_text=_("Voting takes nearly half of them."),
    )
    field_order = ["cycle", "minutes", "reason"]


class NamedForm(ReasonForm):
    """A grave act: why, and the round's name typed by hand."""

    def __init__(self, *args, named, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["typed"] = NameField(named)


class ExtendForm(NamedForm):
    """A later end of the vote, and why."""

    voting_closes_at = InstantField(label=_("Voting closes"))


class AnnouncementForm(NamedForm):
    """Another time at which the results go public, and why."""

    announce_at = InstantField(label=_("Announcement"))
    field_order = ["announce_at", "reason"]


class RescheduleForm(ReasonForm):
    """The dates that still lie ahead; of a round that is under way, with its name typed."""

    FIELDS = [
        "nominations_open_at",
        "nominations_close_at",
        "freeze_at",
        "voting_opens_at",
        "voting_closes_at",
        "announce_at",
    ]

    def __init__(self, *args, round, now, **kwargs):
        super().__init__(*args, **kwargs)
        reason = self.fields.pop("reason")
        for name in self.FIELDS:
            if getattr(round, name) > now:
                self.fields[name] = InstantField(
                    label=capfirst(Round._meta.get_field(name).verbose_name), initial=getattr(round, name)
                )
        self.fields["reason"] = reason
        if round.stage != Round.Stage.DRAFT:
            self.fields["typed"] = NameField(round.name)

    def dates(self):
        """The dates as they were entered, by the round's own field names."""
        return {name: value for name, value in self.cleaned_data.items() if name in self.FIELDS}


class PercentField(forms.DecimalField):
    """A share typed in percent, with at most two decimals; the program keeps it in hundredths of a percent."""

    def __init__(self, **options):
        super().__init__(max_value=100, max_digits=5, decimal_places=2, **options)

    def prepare_value(self, value):
        return f"{value / 100:g}" if isinstance(value, int) else value

    def clean(self, value):
        return int(super().clean(value) * 100)


class RulesForm(forms.ModelForm):
    """The rules of a round, with the reason of a change; under way, its name typed. Never saved: see planning."""

    threshold = PercentField(
        label=_("Support needed, in percent"),
        min_value=50,
        help_text=_("Of the votes in a race, as a rule 60. Below 50 two people could be endorsed for one office."),
    )
    turnout_min_share = PercentField(
        label=_("Turnout floor, in percent"), min_value=0, help_text=_("Of those who can vote in a race. 0: none.")
    )
    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=2000)

    class Meta:
        model = Round
        fields = planning.SETTINGS

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.stage != Round.Stage.DRAFT:
            self.fields["typed"] = NameField(self.instance.name)

    def rules(self):
        """The rules as they were entered, by the round's own field names."""
        return {name: value for name, value in self.cleaned_data.items() if name in planning.SETTINGS}


class CorrectionForm(TranslatedForm):
    """What was published and was wrong, and what is right."""

    TRANSLATED = {"text": "texts"}
    text = forms.CharField(
        label=_("What was wrong, and what is right"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=noting.LONGEST,
        help_text=_("It is published at once with its date, and can’t be taken back. Name no member."),
    )
    endorsement = forms.ModelChoiceField(
        Endorsement.objects.none(),
        label=_("On whose page it stands too"),
        required=False,
        empty_label=_("Nobody’s: only on the round’s page"),
    )

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["endorsement"].queryset = round.endorsements.with_everything()
        self.fields["typed"] = NameField(round.name)


class EndorsementForm(forms.ModelForm):
    """The words and the photo of an endorsement's public page."""

    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=AdminFileWidget,
        help_text=_("JPEG, PNG or WebP, at most 5 MB. Only its pixels are kept."),
    )

    correction = forms.CharField(
        label=_("Correction note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=noting.LONGEST,
        help_text=_(
            "Needed when you change the title or the reason after the announcement: what was wrong, and what is right. "
            "It stands on the public page with its date."
        ),
    )

    class Meta:
        model = Endorsement
        fields = ["title", "photo", "photo_credit", "photo_alt", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "title" in self.fields and noting.is_open(self.instance.round):
            self.fields["typed"] = candidate_field(self.instance, required=False)
            only = _("Only with a correction note. Type it as it stands here: %(name)s")
            self.fields["typed"].help_text = only % {"name": self.instance.candidacy.name}

    def clean_photo(self):
        """A fresh photo is drawn anew; one that stands, or its removal, stays as it is."""
        photo = self.cleaned_data["photo"]
        if not isinstance(photo, UploadedFile):
            return photo
        try:
            return photos.take_in(photo)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from refusal

    def clean(self):
        """A photo needs its credit, and words for those who do not see it; published words change with a note."""
        said = super().clean()
        out = noting.is_open(self.instance.round)
        if said.get("correction", "").strip() and not out:
            self.add_error("correction", _("Nothing is published yet: change the words without a note."))
        if out and {"title", "reason"} & set(self.changed_data) and not said.get("correction", "").strip():
            self.add_error("correction", _("These words are published. Say what was wrong, and what is right."))
        if said.get("correction", "").strip() and out and not said.get("typed") and "typed" not in self.errors:
            self.add_error("typed", _("A note is published at once. Type the candidate’s name first."))
        if said.get("photo"):
            for name in ("photo_credit", "photo_alt"):
                if not said.get(name, "").strip():
                    self.add_error(name, _("A photo needs this."))
        return said


class SettleForm(forms.Form):
    """How an endorsement went on, with the note that stands on its page."""

    status = forms.ChoiceField(label=_("Status"))
    note = forms.CharField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("Stands on the public page. Begin with the date."),
    )

    def __init__(self, *args, endorsement, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["status"].choices = [
            (status.value, status.label) for status in endorsing.MOVES[Endorsement.Status(endorsement.status)]
        ]
        self.fields["typed"] = candidate_field(endorsement)


def candidate_field(endorsement, **options):
    """The candidate's name, typed before what the public reads of the endorsement changes."""
    return NameField(endorsement.candidacy.name, label=_("Name of the candidate"), **options)
