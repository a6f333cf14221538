"""A group's leaders on its page at the desk: confirmed there, and let in by their address."""

from django import forms
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from groups import leading
from groups.models import Leadership
from groups.refusals import Refusal
from journal import clock


class LeadershipForm(forms.ModelForm):
    """A leader who stands there, to be confirmed; or a new one, by her address: nobody looks through the users."""

    email = forms.EmailField(label=_("e-mail"), required=False, max_length=254)
    name = forms.CharField(label=_("name"), required=False, max_length=120)
    confirm = forms.BooleanField(label=_("confirm"), required=False)

    class Meta:
        model = Leadership
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            user = self.instance.user
            self.initial |= {"email": user.email, "name": user.name}
            self.fields["email"].disabled = self.fields["name"].disabled = True

    def clean(self):
        said = super().clean()
        if not self.instance.pk and self.has_changed() and not said.get("email") and "email" not in self.errors:
            self.add_error("email", _("Type the address by which the leader signs in."))
        return said


class LeadershipRows(forms.BaseInlineFormSet):
    """New rows are let in by their verb, which finds or makes the user; see let_in."""

    def save_new_objects(self, commit=True):
        self.new_objects = []
        return self.new_objects

    def save_existing(self, form, obj, commit=True):
        """Nothing of a row is typed; confirming has its verb. Rows that are taken away do not come by here."""
        return obj

    def save_existing_objects(self, commit=True):
        saved = super().save_existing_objects(commit)
        self.changed_objects = []
        return saved


class LeadershipInline(admin.TabularInline):
    model = Leadership
    form = LeadershipForm
    formset = LeadershipRows
    fk_name = "group"
    fields = ["email", "name", "confirmed_at", "confirmed_by", "confirm"]
    readonly_fields = ["confirmed_at", "confirmed_by"]
    extra = 0

    def get_fields(self, request, obj=None):
        """Who may only look sees who it is, and no form."""
        may = self.has_change_permission(request, obj)
        return self.fields if may else ["user", "confirmed_at", "confirmed_by"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "confirmed_by", "group")


def save(request, formset) -> None:
    """What the rows ask for: confirm who waits, let in who is new. A refusal is said, and the rest is done."""
    now = clock.now()
    for row in formset.forms:
        said = getattr(row, "cleaned_data", {})
        if said.get("DELETE"):
            continue
        try:
            if row.instance.pk and said.get("confirm"):
                leading.confirm(row.instance, by=request.user, now=now)
            elif not row.instance.pk and said.get("email"):
                let_in(request, formset.instance, said, now)
        except Refusal as refusal:
            messages.error(request, str(refusal))


def let_in(request, group, said, now):
    """One new leader, and the sentence that says so."""
    new = leading.let_in(group, email=said["email"], name=said["name"], by=request.user, now=now)
    words = (
        _("A leader from now on, and told by letter: %(email)s.")
        if new
        else _("There before: %(email)s leads this group.")
    )
    messages.info(request, words % {"email": said["email"]})
