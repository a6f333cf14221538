"""The desk's lists, all of them: filters that apply together, chips, searches by a word, a count in words (ux.md 3).

And the history of each row, in the words of the journal.

The address is the state: what the form sends is led to the plain address that a link to this list would have.
"""

from urllib.parse import parse_qs, parse_qsl, urlencode

from django.contrib import admin, messages
from django.contrib.admin.views import main
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from endorsements.desk import deeds, searching
from endorsements.desk import rows as desk_rows
from groups import keeping
from groups.admin_reading import Read
from groups.refusals import Refusal
from journal import book, clock, reading
from journal.admin_reading import Watched

CHOSEN = "by"  # what a select of the form sends: the parameters of its choice, as they stand in an address
KEEP, FORGET = "keep_view", "forget_view"  # what the forms of kept views send
ENTRIES = 100  # of a history
MOST_DIGITS = 19  # of any key
NO_FILTERS = set(main.IGNORED_PARAMS)  # what an address holds beside its filters

PASSING = NO_FILTERS - {main.SEARCH_VAR, main.ORDER_VAR} | {main.PAGE_VAR, main.ERROR_FLAG}


class Choosing:
    """One filter as a select: its title, its choices as (parameters, words, chosen), its names in the address."""

    def __init__(self, spec, changes):
        self.title, self.names = capfirst(spec.title), set(spec.expected_parameters())
        self.choices = [
            (self.own(choice["query_string"]), choice["display"], choice["selected"])
            for choice in spec.choices(changes)
        ]

    def own(self, query) -> str:
        pairs = [pair for pair in parse_qsl(query.lstrip("?"), keep_blank_values=True) if pair[0] in self.names]
        return urlencode(pairs)

    @property
    def chosen(self) -> str:
        return next((str(words) for _own, words, selected in self.choices if selected), "")


class List(desk_rows.Rows):
    """Django's list of rows, with what our templates show around it."""

    def __init__(self, request, *args, **kwargs):
        super().__init__(request, *args, **kwargs)
        self.now = clock.now()
        self.narrowed = bool(self.chips)
        self.may_name = may_name_people(self.model_admin, self.query)
        self.reader = request.user

    @cached_property
    def choosing(self) -> list[Choosing]:
        """Each filter's choices, asked of the database as seldom as Django would."""
        return [Choosing(spec, self) for spec in self.filter_specs]

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """Parameters that the form neither asks for nor forgets: the order, a span of days, a narrowing by a link."""
        asked = {main.SEARCH_VAR, *(name for one in self.choosing for name in one.names)}
        return [(name, value) for name, values in self.filter_params.items() if name not in asked for value in values]

    @cached_property
    def chips(self) -> list[tuple[str, str]]:
        """(what the list is narrowed by, the address without it)."""
        shown = []
        if self.query:
            shown.append((_("Search: “%(words)s”") % {"words": self.query}, self.without(main.SEARCH_VAR)))
        for one in self.choosing:
            if one.names & set(self.filter_params):
                words = _("%(filter)s: %(choice)s") % {"filter": one.title, "choice": one.chosen or _("by a link")}
                shown.append((words, self.without(*one.names)))
        others = {name for name, _value in self.kept} - NO_FILTERS
        if others:
            shown.append((_("Narrowed by a link or by dates"), self.without(*others)))
        return shown

    def without(self, *names) -> str:
        left = {name: values for name, values in self.filter_params.items() if name not in names}
        return f"?{urlencode(sorted(left.items()), doseq=True)}"

    @property
    def bare(self) -> str:
        """The address without any narrowing, in the same order and popup."""
        return f"?{urlencode([(name, value) for name, value in self.kept if name in NO_FILTERS])}"

    @cached_property
    def kept_views(self):
        """Hers of this list, above it."""
        return [] if self.is_popup else list(keeping.of(self.reader, self.opts.label_lower))

    @property
    def query_to_keep(self) -> str:
        """What stands behind the "?" of this list as it is narrowed; without a search that may name somebody."""
        left_out = PASSING | {main.SEARCH_VAR} if self.may_name else PASSING
        kept = {name: values for name, values in self.filter_params.items() if name not in left_out and any(values)}
        return urlencode(sorted(kept.items()), doseq=True)

    @property
    def number(self) -> str:
        return number_format(self.result_count, force_grouping=True)

    @property
    def rows_called(self) -> str:
        """What one row is, or several are."""
        one, several = getattr(self.model_admin, "rows_called", (self.opts.verbose_name, self.opts.verbose_name_plural))
        return str(one if self.result_count == 1 else several)

    @property
    def search_help(self) -> str:
        """What may be typed into the search, with an example of each word that this list knows."""
        return " ".join(filter(None, [str(self.search_help_text or ""), searching.help_of(self.model_admin)]))


class Listed:
    """For each ModelAdmin of the desk (Desk.register puts it before the others).

    A list that knows words before a colon says them in search_words, as searching.py tells.
    """

    action_checkbox = desk_rows.checkbox

    def get_changelist(self, request, **kwargs):
        return List

    def changelist_view(self, request, extra_context=None):
        if CHOSEN in request.GET:
            return redirect(f"{request.path}{address_of(request.GET)}")
        if request.method == "POST" and (KEEP in request.POST or FORGET in request.POST):
            return self.keep_or_forget(request)
        return super().changelist_view(request, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        """What the journal says was done to it, in words, newest first; not who looked at it."""
        response = super().history_view(request, object_id, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "object" in shown and request.user.has_perm("journal.view_entry"):
            done = book.entries_of(subject_of(shown["object"])).exclude(verb__in=reading.VERBS)
            entries = done.order_by("-id")[:ENTRIES]
            shown["entries"] = [(one, deeds.actor_words(one), deeds.deed_words(one)) for one in entries]
        return response

    def keep_or_forget(self, request):
        """Keep this list as its address narrows it, or let a view go; then the same list again.

        The address was checked as Django checks it for showing the list: it holds no parameter but the list's own.
        """
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        page = self.opts.label_lower
        if FORGET in request.POST:
            key = request.POST[FORGET]
            if key.isdecimal() and len(key) < MOST_DIGITS and keeping.forget(request.user, page, key):
                messages.success(request, _("The view is removed."))
        else:
            try:
                changes = self.get_changelist_instance(request)
                kept = keeping.keep(request.user, page, name=request.POST[KEEP], query=changes.query_to_keep)
            except main.IncorrectLookupParameters:
                return redirect(request.path)
            except Refusal as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("“%(name)s” is kept; you find it above the list.") % {"name": kept.name})
        query = request.GET.urlencode()
        return redirect(f"{request.path}?{query}" if query else request.path)

    def get_search_results(self, request, queryset, search_term):
        """Those that its words name, and among them those that the rest of the text finds."""
        said, rest = searching.parted(search_term, searching.words_of(self))
        try:
            for word, value in said:
                queryset = searching.named(self, queryset, word, value)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
            return queryset.none(), False
        plain = " ".join([rest, *(value for word, value in said if not searching.words_of(self)[word])]).strip()
        return super().get_search_results(request, queryset, plain)


def subject_of(row) -> str:
    """How the journal names a row: a vetting file as the candidacy that it is."""
    return f"{row._meta.concrete_model._meta.model_name}:{row.pk}"


def may_name_people(desk, text) -> bool:
    """Whether a search may be somebody's name or address: it is written down nowhere, and kept nowhere."""
    return isinstance(desk, (Watched, Read)) or "@" in text


def address_of(sent) -> str:
    """The query of the plain address for what the form sent: nothing empty, no page."""
    chosen = [pair for one in sent.getlist(CHOSEN) for pair in parse_qs(one).items()]
    wanted = {name: values for name, values in sent.lists() if name not in (CHOSEN, main.PAGE_VAR) and any(values)}
    query = urlencode(sorted((wanted | dict(chosen)).items()), doseq=True)
    return f"?{query}" if query else ""


def with_lists(admin_class):
    """A ModelAdmin with the desk's lists."""
    admin_class = admin_class or admin.ModelAdmin
    return type(admin_class.__name__, (Listed, admin_class), {"__module__": admin_class.__module__})
