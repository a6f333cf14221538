from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from journal.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """The journal is read, never written, here."""

    list_display = ["at", "who", "verb", "subject", "reason"]
    list_filter = ["verb"]
    search_fields = ["subject", "actor", "actor_name", "verb", "reason"]
    rows_called = (_("entry"), _("entries"))
    date_hierarchy = "at"

    @admin.display(description="who", ordering="actor")
    def who(self, entry):
        return entry.actor_name or entry.actor

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
