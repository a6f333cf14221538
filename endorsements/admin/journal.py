"""The journal at the desk: who did what, in words; read, never written."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from endorsements.desk import deeds
from groups.admin_readonly import ReadOnly
from groups.models import User
from journal import book
from journal.models import Entry

MOST_PEOPLE = 100  # of one name


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
    list_filter = [Kind, ("at", admin.DateFieldListFilter)]
    search_fields = ["subject", "actor", "reason"]
    search_help_text = _("Whose deeds, by name or address; a thing, such as member:7; or words of a reason.")
    rows_called = (_("entry"), _("entries"))
    fields = ["at", "who", "what", "kind", "subject", "reason", "before", "after", "previous_hash", "hash"]

    def get_search_results(self, request, queryset, search_term):
        """By the indexes: who and what as they are written; words are looked for in what has a reason alone."""
        term = search_term.strip()
        if not term:
            return queryset, False
        people = User.objects.filter(Q(name__icontains=term) | Q(email__iexact=term))[:MOST_PEOPLE]
        who = Q(actor__in=[term, *(book.actor_of(one)[0] for one in people)])
        why = Q(reason__icontains=term) & ~Q(reason="")
        return queryset.filter(who | Q(subject=term) | why), False

    @admin.display(description=_("who"))
    def who(self, entry):
        return deeds.actor_words(entry)

    @admin.display(description=_("what"))
    def what(self, entry):
        return deeds.deed_words(entry)

    @admin.display(description=_("kind of entry"))
    def kind(self, entry):
        return entry.verb
