"""The journal at the desk: who did what, in words; read, never written."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from endorsements.desk import deeds
from groups.admin_readonly import ReadOnly
from journal.models import Entry


class Kind(admin.SimpleListFilter):
    """By what was done. From the words of all verbs, not from the table: it may hold millions of rows."""

    title = _("what")
    parameter_name = "verb"

    def lookups(self, request, model_admin):
        known = sorted((deeds.verb_words(verb), verb) for verb in deeds.KNOWN)
        return [(verb, words) for words, verb in known]

    def queryset(self, request, queryset):
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(Entry)
class EntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["at", "who", "what", "subject", "reason"]
    sortable_by = ()  # the newest first, by the one index that grows with it
    list_filter = [Kind]
    search_fields = ["subject", "actor", "actor_name", "verb", "reason"]
    rows_called = (_("entry"), _("entries"))
    date_hierarchy = "at"
    fields = ["at", "who", "what", "kind", "subject", "reason", "before", "after", "previous_hash", "hash"]

    @admin.display(description=_("who"))
    def who(self, entry):
        return deeds.actor_words(entry)

    @admin.display(description=_("what"))
    def what(self, entry):
        return deeds.deed_words(entry)

    @admin.display(description=_("kind of entry"))
    def kind(self, entry):
        return entry.verb
