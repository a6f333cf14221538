"""The desk's rooms of the ground floor: places, groups, members, users, and what was loaded."""

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import models
from django.utils.translation import gettext_lazy as _

from groups import admin_reading, finding, import_pages, leading, members, redistricting, signup, zips
from groups import admin_reports as admin_reports  # its lists register themselves
from groups.admin_readonly import ReadOnly
from groups.atlas import BY_USPS, US_STATES
from groups.models import (
    Group,
    ImportBatch,
    Leadership,
    MapVersion,
    Member,
    MemberSource,
    Place,
    User,
)
from groups.refusals import Refusal
from groups.territory import InTerritory
from journal import clock
from journal.wording import day_in_zone


@admin.register(Place)
class PlaceAdmin(admin.ModelAdmin):
    """Places come from import_places; the desk says who organizes there."""

    list_display = ["name", "label", "kind", "organizer_name", "organizer_email"]
    list_filter = ["kind"]
    search_fields = ["name", "usps", "organizer_name", "organizer_email"]
    fields = ["name", "ocd_id", "organizer_name", "organizer_email"]
    readonly_fields = ["name", "ocd_id"]
    show_full_result_count = False
    list_per_page = 60

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LeadershipForm(forms.ModelForm):
    confirm = forms.BooleanField(label=_("confirm"), required=False)

    class Meta:
        model = Leadership
        fields = ["user"]

    def __init__(self, *args, **kwargs):
        """Whom a row is about is settled; its list of users holds her alone and is not asked for."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["user"].widget = forms.Select(choices=[(self.instance.user_id, str(self.instance.user))])


class LeadershipInline(admin.TabularInline):
    model = Leadership
    form = LeadershipForm
    fk_name = "group"
    fields = ["user", "confirmed_at", "confirmed_by", "confirm"]
    readonly_fields = ["confirmed_at", "confirmed_by"]
    autocomplete_fields = ["user"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("user", "confirmed_by", "group")


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
class GroupAdmin(InTerritory, admin.ModelAdmin):
    """Groups, the places they work in, and their leaders, whom staff confirm here. An organizer sees hers."""

    of_group = "pk"

    form = GroupForm
    list_display = ["name", "legal_form", "in_places", "active"]
    list_filter = [Redrawn, "legal_form", "active"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["places"]
    inlines = [LeadershipInline]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    show_full_result_count = False
    list_per_page = 50

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
        now = clock.now()
        for row in formset.forms:
            if not row.cleaned_data.get("confirm") or row.cleaned_data.get("DELETE"):
                continue
            try:
                leading.confirm(row.instance, by=request.user, now=now)
            except Refusal as refusal:
                messages.error(request, str(refusal))


class InState(admin.SimpleListFilter):
    """Members by state, from the atlas: no query over all members to learn which states there are."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(home.usps, home.name) for home in US_STATES]

    def queryset(self, request, queryset):
        if self.value() not in BY_USPS:
            return queryset
        # By the index of those who are still on the list.
        state = Place.objects.states().filter(usps=self.value()).values_list("pk", flat=True).first()
        return queryset.filter(state=state, erased_at=None, merged_into=None)


class Unsettled(admin.SimpleListFilter):
    """Members on the list of whom we do not know surely which district they live in: all, or those of one doubt."""

    title = _("to settle")
    parameter_name = "place"

    def lookups(self, request, model_admin):
        return [
            ("unsettled", _("district not settled")),
            *((one.value, one.label) for one in Member.DistrictDoubt if one),
        ]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        unsettled = queryset.confirmed().exclude(doubt="")
        return unsettled if self.value() == "unsettled" else unsettled.filter(doubt=self.value())


class Unconfirmed(admin.SimpleListFilter):
    """Sign-ups and imported people who have not confirmed their address."""

    title = _("confirmed")
    parameter_name = "confirmed"

    def lookups(self, request, model_admin):
        return [("no", _("not yet"))]

    def queryset(self, request, queryset):
        if self.value() != "no":
            return queryset
        return queryset.filter(confirmed_at=None, erased_at=None, merged_into=None)


class MemberForm(forms.ModelForm):
    """What the desk may mend of a member: her address, her name, and where she lives."""

    class Meta:
        model = Member
        fields = ["email", "first_name", "last_name", "zip", "state", "district", "language", "group"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"] = forms.EmailField(label=_("e-mail"), max_length=254)

    def clean_email(self):
        email = self.cleaned_data["email"]
        if Member.objects.filter(email_key=members.email_key(email)).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another member has this address."))
        return email

    def clean_zip(self):
        read = zips.read(self.cleaned_data["zip"])
        if read is None or read.restored:
            raise forms.ValidationError(_("Enter a 5-digit ZIP code, like 01060."))
        return read.zip

    def clean(self):
        cleaned = super().clean()
        state, district = cleaned.get("state"), cleaned.get("district")
        if state and state.kind != Place.Kind.STATE:
            self.add_error("state", _("Choose a state."))
        if district and district.kind != Place.Kind.DISTRICT:
            self.add_error("district", _("Choose a district."))
        elif district and state and district.usps != state.usps:
            self.add_error("district", _("This district lies in another state."))
        return cleaned


class SourceInline(ReadOnly, admin.TabularInline):
    model = MemberSource
    fields = ["source", "source_key", "status", "zip", "usps", "district", "dated", "batch"]
    extra = 0

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("district", "batch")


@admin.register(Member)
class MemberAdmin(admin_reading.Read, admin.ModelAdmin):
    """The list of members. They come by sign-up and import; nobody is added or deleted here."""

    form = MemberForm
    list_display = ["email", "first_name", "last_name", "zip", "state", "district", "doubt", "confirmed_how"]
    list_filter = [Unsettled, Unconfirmed, InState]  # each by an index of its own: the list holds millions
    list_select_related = ["state", "district"]
    search_fields = ["email_key", "last_name"]
    search_help_text = _("A whole address, or a last name, and with it a first name or a ZIP code.")
    autocomplete_fields = ["state", "district", "group"]
    readonly_fields = [
        "doubt",
        "address_dated",
        "map_version",
        "wants_news",
        "joined_at",
        "confirmed_at",
        "confirmed_how",
        "erased_at",
        "merged_into",
    ]
    fields = [
        ("first_name", "last_name"),
        "email",
        ("zip", "state", "district"),
        ("doubt", "address_dated", "map_version"),
        ("language", "group", "wants_news"),
        ("joined_at", "confirmed_at", "confirmed_how"),
        ("erased_at", "merged_into"),
    ]
    inlines = [SourceInline]
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("-id")

    def get_search_results(self, request, queryset, search_term):
        return (finding.matching(queryset, search_term) if search_term.strip() else queryset), False

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """Each thing that was mended goes through its own verb: a new address ends the old links."""
        now = clock.now()
        standing = Member.objects.get(pk=obj.pk)
        for name in ("first_name", "last_name", "language", "group"):
            setattr(standing, name, form.cleaned_data.get(name, getattr(standing, name)))
        standing.save(update_fields=["first_name", "last_name", "language", "group"])
        try:
            members.mend_address(standing, form.cleaned_data["email"], by=request.user, now=now)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        if {"zip", "state", "district"} & set(form.changed_data):
            state, district = form.cleaned_data["state"], form.cleaned_data["district"]
            usps = state.usps if state else district.usps if district else ""
            signup.set_by_staff(standing, zip5=form.cleaned_data["zip"], usps=usps, district=district, now=now)


class UserForm(forms.ModelForm):
    def clean_email(self):
        """Addresses are kept in lower case: one person is one user."""
        email = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a user with this address."))
        return email


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Leaders and staff. They sign in by mailed code; only a superuser gives rights."""

    form = UserForm
    list_display = ["email", "name", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "name"]
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
    ]
    filter_horizontal = ["groups"]
    show_full_result_count = False
    list_per_page = 50

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
