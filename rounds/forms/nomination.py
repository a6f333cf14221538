"""The tasks of a nomination, one form each. Drafts are never validated; these forms are, at Check and send."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from groups.atlas import by_words
from journal.languages import SwitchableForm
from rounds import admission
from rounds.forms.local_vote import LocalVoteForm, number
from rounds.models import Candidacy, Commitment, Nomination, Race
from rounds.refusals import Refusal

ANOTHER_OFFICE = "other"
LONG = 4000
Promised = Commitment.Kind


def text(label, *, required=None, rows=0, most=120, **more):
    """A text field; required is the sentence that asks for it, rows make it a larger box."""
    widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput
    errors = {"required": required} if required else {}
    return forms.CharField(
        label=label, required=bool(required), max_length=most, widget=widget, error_messages=errors, **more
    )


def email(label, *, required, **more):
    told = {"required": required, "invalid": _("Enter an e-mail address, like name@example.org.")}
    widget = forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"})
    return forms.EmailField(label=label, max_length=254, error_messages=told, widget=widget, **more)


def address(label, **more):
    told = {"invalid": _("Enter a web address, like https://example.org.")}
    widget = forms.TextInput(attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"})
    return forms.URLField(
        label=label, required=False, max_length=200, assume_scheme="https", error_messages=told, widget=widget, **more
    )


class TaskForm(SwitchableForm):
    """One task. group and nomination are whose it is."""

    def __init__(self, *args, group, nomination, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.group, self.nomination, self.now = group, nomination, now


class GroupForm(TaskForm):
    """Ties to the campaign; the rest of this task is what we know of the group."""

    ties = forms.ChoiceField(
        label=_("Are you paid by the campaign, or tied to it in another way?"),
        choices=[("no", _("No")), ("yes", _("Yes"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no.")},
    )
    conflict = text(
        _("If yes: how?"), rows=3, most=LONG, help_text=_("A tie does not end the nomination. Hiding one may.")
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("ties") == "yes" and not cleaned.get("conflict"):
            self.add_error("conflict", _("Say how you are tied to the campaign."))
        if cleaned.get("ties") == "no":
            cleaned["conflict"] = ""
        return cleaned


class RaceForm(TaskForm):
    """Which office, where. A valid form has found the place and checked that the group may nominate there."""

    office = forms.ChoiceField(
        label=_("Which office?"),
        choices=[*Race.Office.choices, (ANOTHER_OFFICE, _("Another office"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the office.")},
    )
    usps = forms.ChoiceField(
        label=_("Which state?"),
        choices=lambda: [("", ""), *by_words()],
        error_messages={"required": _("Choose the state."), "invalid_choice": _("Choose the state.")},
    )
    district = text(
        _("Which district?"),
        most=20,
        help_text=_("For U.S. House only. A number, like 7. Leave it empty in a state with one district."),
    )

    def clean(self):
        cleaned = super().clean()
        if not {"office", "usps"} <= set(cleaned) or self.errors:
            return cleaned
        try:
            place = admission.race_place(cleaned["office"], cleaned["usps"], cleaned["district"])
        except Refusal as refusal:
            named_place = cleaned["office"] == Race.Office.HOUSE
            self.add_error("district" if named_place else "office", str(refusal))
            return cleaned
        try:
            admission.check_reach(self.group, place)
            race = find_race(self.nomination, cleaned["office"], place)
            if race:
                admission.check_one_nominee(self.group, race, besides=self.nomination)
        except Refusal as refusal:
            self.add_error("office", str(refusal))
        cleaned["place"] = place
        return cleaned


class CandidateForm(TaskForm):
    """Who, and how to reach the campaign. Where other groups named her, we know the campaign already."""

    name = text(
        _("Name, as it stands on the ballot"), required=_("Enter the candidate’s name as it stands on the ballot.")
    )
    party = text(_("Party"), most=60)
    incumbent = forms.BooleanField(label=_("The candidate holds this office now"), required=False)
    first_run = forms.BooleanField(label=_("This is the candidate’s first run for office"), required=False)
    campaign_name = text(
        _("Whom do we write to in the campaign?"), required=_("Enter the name of a person in the campaign.")
    )
    campaign_email = email(
        _("That person’s e-mail"),
        required=_("Enter the campaign’s e-mail address."),
        help_text=_("Check it twice: the questionnaire goes there, and a wrong address stops everything."),
    )
    campaign_phone = text(_("That person’s phone"), most=40)
    website = address(_("Campaign website"))
    social = address(_("Campaign’s social page"))
    fec_candidate = text(
        _("FEC candidate id"),
        most=9,
        help_text=_("For Congress, if you know it. Like H6MA07123."),
        validators=[RegexValidator(r"^[HS]\d[A-Z]{2}\d{5}$", _("An FEC candidate id looks like H6MA07123."))],
    )
    fec_committee = text(
        _("FEC committee id"),
        most=9,
        help_text=_("For Congress, if you know it. Like C00123456."),
        validators=[RegexValidator(r"^C\d{8}$", _("An FEC committee id looks like C00123456."))],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = named_before(self.nomination) if self.is_bound else None
        if self.known:
            for name in ("campaign_name", "campaign_email"):
                self.fields[name].required = False

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        if not any(letter.isalpha() for letter in name):
            raise forms.ValidationError(_("Enter the candidate’s name as it stands on the ballot."))
        return name

    def clean(self):
        cleaned = super().clean()
        if self.known:
            try:
                admission.check_candidacy(self.known, self.group)
            except Refusal as refusal:
                self.add_error("name", str(refusal))
        return cleaned


class VoteForm(LocalVoteForm):
    """The local vote as a task."""

    def __init__(self, *args, nomination, **kwargs):
        super().__init__(*args, **kwargs)
        self.nomination = nomination


class WhyForm(TaskForm):
    """What the group stands for, how the candidate measures up, and the words for voters."""

    stands_for = text(
        _("What does your group stand for?"),
        required=_("Say in a few sentences what your group stands for."),
        rows=5,
        most=LONG,
    )
    measures_up = text(
        _("How does the candidate measure up?"),
        required=_("Say how the candidate measures up to that."),
        rows=5,
        most=LONG,
    )
    statement = text(
        _("Your words to the voters"),
        required=_("Write a statement for the voters."),
        rows=8,
        most=Nomination._meta.get_field("statement").max_length,
        help_text=_("It goes on the ballot with your group’s name. At most 1,200 characters, plain text."),
    )


def promise(kind, heading="", note=""):
    """How many of one thing. A heading and its note stand before the first of a part of the form."""
    field = number(kind.label)
    field.heading, field.note = heading, note
    return field


class HelpForm(TaskForm):
    """What the group will do: people, media, small gifts, in this order (process.md 9), in numbers and in words."""

    do_register = promise(
        Promised.REGISTER,
        _("People"),
        _("All together, until election day. Give numbers you believe in, and leave the rest empty."),
    )
    do_doors = promise(Promised.DOORS)
    do_calls = promise(Promised.CALLS)
    do_texts = promise(Promised.TEXTS)
    do_training = promise(Promised.TRAINING)
    do_rides = promise(Promised.RIDES)
    do_showing_up = promise(Promised.SHOWING_UP)
    will_people = text(_("More about your people, in your own words"), rows=3, most=LONG)
    do_release = promise(Promised.RELEASE, _("Media"))
    do_op_ed = promise(Promised.OP_ED)
    do_letters = promise(Promised.LETTERS)
    do_rallies = promise(Promised.RALLIES)
    do_forums = promise(Promised.FORUMS)
    do_social = promise(Promised.SOCIAL)
    will_media = text(_("More about media, in your own words"), rows=3, most=LONG)
    do_donors = promise(
        Promised.DONORS,
        _("Small gifts"),
        _(
            "We count people, not dollars: each gives their own money on the campaign’s own page. Does your group want "
            "to collect gifts and hand them over? The law has rules for that. Write to us first."
        ),
    )
    will_money = text(_("More about gifts, in your own words"), rows=3, most=LONG)

    def clean(self):
        cleaned = super().clean()
        asked = [f"do_{kind}" for kind in Commitment.PEOPLE]
        if not any(cleaned.get(name) for name in [*asked, "will_people"]) and not set(asked) & set(self.errors):
            self.add_error(asked[0], _("Say what your group’s people will do: one number, or some words."))
        return cleaned


class PressForm(TaskForm):
    """Whom reporters may call: named in the press release."""

    media_name = text(_("Press contact"), required=_("Enter the name of your press contact."))
    media_email = email(_("Press contact’s e-mail"), required=_("Enter your press contact’s e-mail address."))
    media_phone = text(_("Press contact’s phone"), most=40)


class SendForm(SwitchableForm):
    """What the leader attests by sending (process.md 8.2). All four ticks are needed."""

    own_process = forms.BooleanField(
        label=_("Our group has finished its own endorsement, in a fair and open way."),
        error_messages={"required": _("Confirm that your group has finished its own endorsement.")},
    )
    authorized = forms.BooleanField(
        label=_("Our group has asked me to send this nomination."),
        error_messages={"required": _("Confirm that your group has asked you to send this.")},
    )
    lawful = forms.BooleanField(
        label=_("By law our group may endorse candidates. It is not a 501(c)(3)."),
        error_messages={"required": _("Confirm that your group may endorse candidates.")},
    )
    no_pay = forms.BooleanField(
        label=_("The campaign does not pay me, or I have said above how I am tied to it."),
        error_messages={"required": _("Confirm that you are not paid by the campaign, or have said so.")},
    )


@dataclass(frozen=True)
class Task:
    """One line of the task list."""

    slug: str
    label: str
    form: Any  # a form class of this room


TASKS = [
    Task("group", _("Your group"), GroupForm),
    Task("race", _("The race"), RaceForm),
    Task("candidate", _("The candidate"), CandidateForm),
    Task("vote", _("Your local vote"), VoteForm),
    Task("why", _("Why"), WhyForm),
    Task("help", _("What you will do"), HelpForm),
    Task("press", _("Press contact"), PressForm),
]
BY_SLUG = {task.slug: task for task in TASKS}


def form_for(task, nomination, *, now, data=None):
    """The task's form: filled with data, else with the draft where it has anything, else with what we know."""
    names = task.form.base_fields
    if data is None and any(nomination.draft.get(name) for name in names):
        data = nomination.draft
    initial = {}
    if task.slug == "press":
        initial = {name: getattr(nomination.group, name) for name in names}
    return task.form(data, group=nomination.group, nomination=nomination, now=now, initial=initial)


def typed(task, data) -> dict:
    """What was typed into a task's fields, as text, whatever came."""
    return {name: str(data.get(name, "") or "") for name in task.form.base_fields}


@dataclass
class Checked:
    """A draft held against all its forms: what may be sent, what is missing, how far each task is."""

    answers: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)  # (Task, sentence)
    states: dict = field(default_factory=dict)  # slug: "new", "begun" or "done"


def check(nomination, *, now) -> Checked:
    """Hold a draft against all its forms."""
    checked = Checked()
    for task in TASKS:
        form = form_for(task, nomination, now=now)
        data = {name: str(nomination.draft.get(name, "")) for name in task.form.base_fields}
        begun = any(data.values())
        form = task.form(data, group=nomination.group, nomination=nomination, now=now)
        if form.is_valid():
            checked.states[task.slug] = "done"
            checked.answers |= form.cleaned_data
            continue
        checked.states[task.slug] = "begun" if begun else "new"
        for sentences in form.errors.values():
            checked.problems += [(task, sentence) for sentence in sentences]
    return checked


def draft_race(nomination):
    """The race the draft names, when it names one that stands already; else None."""
    draft = nomination.draft
    try:
        place = admission.race_place(draft.get("office", ""), draft.get("usps", ""), draft.get("district", ""))
    except Refusal:
        return None
    return find_race(nomination, draft["office"], place)


def find_race(nomination, office, place):
    races = Race.objects.filter(cycle=nomination.cycle_id, office=office, place=place)
    return races.select_related("place__state", "cycle").first()


def named_before(nomination):
    """The candidacy that other groups' nominations hold up, for the race and name of this draft; or None."""
    race = draft_race(nomination)
    key = admission.name_key(nomination.draft.get("name", ""))
    if race is None or not key:
        return None
    others = Nomination.objects.counting().exclude(group=nomination.group_id)
    return Candidacy.objects.filter(race=race, name_key=key, nominations__in=others).with_race().first()


def rivals(nomination) -> bool:
    """Whether other groups named somebody else in the draft's race."""
    race = draft_race(nomination)
    if race is None:
        return False
    key = admission.name_key(nomination.draft.get("name", ""))
    counting = Nomination.objects.counting().filter(race=race).exclude(group=nomination.group_id)
    return counting.exclude(candidacy__name_key=key).exists()
