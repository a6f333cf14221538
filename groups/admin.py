"""The desk's rooms of the ground floor: places, groups, users, and what was loaded. Members: endorsements/."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from groups import admin_leaders, import_pages, redistricting
from groups import admin_reports as admin_reports  # its lists register themselves
from groups.admin_journaled import SAY_WHY, Journaled
from groups.admin_readonly import ReadOnly
from groups.models import (
    Group,
    ImportBatch,
    MapVersion,
    Place,
    User,
)
from groups.territory import InTerritory
from journal import clock
from journal.wording import day_in_zone


@admin.register(Place)
class PlaceAdmin(Journaled, admin.ModelAdmin):
    """Places come from import_places; the desk says who organizes there."""

    list_display = ["name", "label", "kind", "organizer_name", "organizer_email"]
    list_filter = ["kind"]
    search_fields = ["name", "usps", "organizer_name", "organizer_email"]
    fields = ["name", "ocd_id", "organizer_name", "organizer_email"]
    readonly_fields = ["name", "ocd_id"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class Redrawn(admin.SimpleListFilter):
    """The groups whose districts a new map has redrawn, until staff have looked."""

    title = _("new map")
    parameter_name = "redrawn"

    def lookups(self, request, model_admin):
        return [("yes", _("districts to check"))]

    def queryset(self, request, queryset):
        return queryset.filter(redrawn_at__isnull=False) if self.value() == "yes" else queryset


class GroupForm(forms.ModelForm):
    """A group; while a new map waits to be looked at, with a tick that says its places are right."""

    checked = forms.BooleanField(label=_("Its places are right on the new map"), required=False)


@admin.register(Group)
class GroupAdmin(Journaled, InTerritory, admin.ModelAdmin):
    """Groups, the places they work in, and their leaders, whom staff confirm here. An organizer sees hers."""

    of_group = "pk"

    form = GroupForm
    list_display = ["name", "legal_form", "in_places", "active"]
    list_filter = [Redrawn, "legal_form", "active"]
    search_fields = ["name", "slug"]
    search_words = {"email": "leaderships__user__email"}
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["places"]
    inlines = [admin_leaders.LeadershipInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("places")

    def has_delete_permission(self, request, obj=None):
        """No group is deleted: nominations and endorsements name it. Take "active" away instead."""
        return False

    @admin.display(description=_("places"))
    def in_places(self, group):
        return ", ".join(place.label for place in group.places.all())

    def get_fields(self, request, obj=None):
        """What a new map asks stands beside the places, and only while it asks."""
        fields = [name for name in super().get_fields(request, obj) if name not in ("checked", "new_map")]
        if obj and obj.redrawn_at:
            fields[fields.index("places") + 1 : fields.index("places") + 1] = ["new_map", "checked"]
        return fields

    def get_readonly_fields(self, request, obj=None):
        return ["new_map"]

    @admin.display(description=_("new map"))
    def new_map(self, group):
        """Why somebody should look, and where the group's members live now."""
        homes = ", ".join(f"{place.label}: {number}" for place, number in redistricting.homes_in(group))
        day = day_in_zone(group.redrawn_at, settings.TIME_ZONE)
        since = _("One of its districts has had other lines since %(date)s.") % {"date": day}
        return f"{since} " + (_("Its members live in %(homes)s.") % {"homes": homes} if homes else "")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.cleaned_data.get("checked") or "places" in form.changed_data:
            redistricting.looked_at(form.instance, by=request.user, now=clock.now())

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        admin_leaders.save(request, formset)


class UserForm(forms.ModelForm):
    """A user, and why she gets or loses what: whoever changes something says it."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why you change it. It stands in the journal for good, and so does what was changed."),
    )

    def clean(self):
        said = super().clean()
        if set(self.changed_data) - {"reason"} and not said.get("reason") and "reason" not in self.errors:
            self.add_error("reason", SAY_WHY)
        return said

    def clean_email(self):
        """Addresses are kept in lower case: one person is one user."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a user with this address."))
        return email


@admin.register(User)
class UserAdmin(Journaled, admin.ModelAdmin):
    """Leaders and staff. They sign in by mailed code; only a superuser gives rights."""

    form = UserForm
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
    search_words = {"email": "email"}
    fields = [
        "email",
        "name",
        "language",
        "is_active",
        "is_staff",
        "is_superuser",
        "groups",
        "last_login",
        "date_joined",
        "reason",
    ]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        """Roles are ticked, and called so: groups are something else here. A language is chosen, not spelled."""
        if db_field.name == "language":
            return forms.ChoiceField(label=capfirst(db_field.verbose_name), choices=settings.LANGUAGES)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label, field.help_text = _("Roles"), _("What somebody may do at the desk. None ticked: nothing.")
        if db_field.name == "is_superuser":
            field.label, field.help_text = _("Superuser"), _("May do everything, and gives the roles.")
        return field

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        ticks = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **{"widget": ticks, **kwargs})

    def get_fields(self, request, obj=None):
        """Who may change nothing is asked for no reason."""
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return self.fields if may else [name for name in self.fields if name != "reason"]

    def get_readonly_fields(self, request, obj=None):
        given = ["last_login", "date_joined"]
        if request.user.is_superuser:
            return given
        # Who can change a colleague's address can sign in as her.
        rights = ["is_staff", "is_superuser", "groups"]
        return [*given, *rights, *(["email", "is_active"] if obj and obj.is_staff else [])]

    def save_model(self, request, obj, form, change):
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request, obj=None):
        """Nobody is deleted: the journal names them. Take "may sign in" away instead."""
        return False


@admin.register(MapVersion)
class MapVersionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "current", "loaded_at", "source", "settled_at", "members_moved", "members_lost"]


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["file_name", "format", "taken_at", "vouched_by", "what_it_did", "undone_at"]
    list_filter = ["format"]
    search_fields = ["file_name", "vouched_by"]

    def get_urls(self):
        return [*import_pages.urls(self.admin_site), *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        batch = self.get_object(request, object_id)
        shown = {}
        if batch is not None:
            shown = {
                "batch": batch,
                "title": str(batch),
                "format": import_pages.source_of(batch),
                "counts": import_pages.in_words(batch.counts),
                "undone": import_pages.in_words(batch.undone),
                "rows_of": import_pages.remarks_of(batch),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    @admin.display(description=_("what it did"))
    def what_it_did(self, batch):
        return ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in batch.counts.items() if count)
