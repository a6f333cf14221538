"""The desk's pages of the members: found by address, name or letter; what they are told; what is mended, and why."""

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from endorsements.desk import member_acts, support
from endorsements.desk.deeds import asked_words, deed_words
from groups import admin_reading, doubles, finding
from groups.admin_filters import InState, Unconfirmed, Unsettled
from groups.admin_once import Once
from groups.admin_readonly import ReadOnly
from groups.models import Member
from groups.refusals import Refusal as GroupsRefusal
from journal import approvals, book, clock, reading
from rounds import seconding
from rounds.refusals import Refusal as RoundsRefusal
from voting.refusals import Refusal as VotingRefusal

REFUSALS = (GroupsRefusal, RoundsRefusal, VotingRefusal)
ENTRIES = 100
# What stands on the page itself; what stands beside a round is chosen by its stage.
OF_ENTRY = ["address", "home", "entry", "merge", "erase"]


@admin.register(Member)
class MemberAdmin(admin_reading.Read, Once, ReadOnly, admin.ModelAdmin):
    """The list of members. They come by sign-up and import; nobody is added, and an entry is mended by its acts."""

    list_display = ["email", "first_name", "last_name", "zip", "state", "district", "place", "confirmed_how"]
    sortable_by = ()  # a million are not sorted for a page of fifty: she searches
    list_filter = [Unsettled, Unconfirmed, InState]  # each by an index of its own: the list holds millions
    list_select_related = ["state", "district"]
    beside = ("state", "district", "group", "came_by", "merged_into", "map_version")
    search_fields = ["email_key", "last_name"]
    search_words = {"email": "", "group": "group"}
    search_help_text = gettext_lazy(
        "A whole address, or a last name, and with it a first name or a ZIP code; or a letter's Message-ID, <…>."
    )
    actions = None

    @admin.display(description=gettext_lazy("place"))
    def place(self, member):
        return member.get_doubt_display()

    def get_queryset(self, request):
        return super().get_queryset(request).order_by("-id")

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        named = support.by_reference(search_term)
        if named is not None:
            return queryset.filter(pk__in=named.values("pk")), False
        return finding.matching(queryset, search_term), False

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [path("<int:pk>/letters/", wrap(self.letters_page), name="groups_member_letters")]
        for name, act in member_acts.ACTS.items():
            route = f"<int:pk>/{name}/<int:round>/" if act.needs else f"<int:pk>/{name}/"
            own.append(path(route, wrap(self.act_page), {"act": name}, name=f"groups_member_{name}"))
        return [*own, *super().get_urls()]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """Who she is by our list, the rounds that concern her, and what may be done."""
        member = self.found(request, object_id)
        shown = {"rounds": support.rounds_of(member), "obstacles": support.obstacles(member)}
        waiting = seconding.seen_by(request.user, approvals.of(member, clock.now()))
        shown["asked"] = [(one, asked_words(one)) for one in waiting]
        if request.user.has_perm(member_acts.CHANGE) and not (member.erased_at or member.merged_into_id):
            shown |= {"acts": [(name, member_acts.ACTS[name]) for name in OF_ENTRY], "may_change": True}
            shown |= {"may_void": request.user.has_perm(member_acts.VOID)}
        return self.page(request, member, "member_page", **shown)

    def letters_page(self, request, pk):
        """Her delivery timeline, and why letters to her are kept back."""
        member = self.found(request, str(pk))
        lines, silences = support.letters_of(member), support.silences(member)
        return self.page(request, member, "member_letters", lines=lines, silences=silences)

    def history_view(self, request, object_id, extra_context=None):
        """Where we have the member from, what was done to her entry, and who looked at it."""
        member = self.found(request, str(object_id))
        written = book.entries_of(member).exclude(verb__in=reading.VERBS).order_by("-id")[:ENTRIES]
        entries = [(entry, deed_words(entry), moved_words(entry)) for entry in written]
        shown = {"entries": entries, "sources": support.sources_of(member)}
        if admin_reading.may_see_readers(request.user):
            shown["looked_at"] = admin_reading.looked_at(member)
        return self.page(request, member, "member_history", **shown)

    def found(self, request, key):
        """The member, for who may look members up, and that it is written down; 404 for nobody, 403 for who may not."""
        member = self.get_object(request, key)
        if not self.has_view_permission(request, member):
            raise PermissionDenied
        if member is None:
            raise Http404
        admin_reading.opened(member, request.user)
        return member

    def page(self, request, member, template, **shown):
        context = {
            **self.admin_site.each_context(request),
            "title": name_of(member),
            "opts": self.opts,
            "member": member,
            "now_on": template,
            "zone": settings.TIME_ZONE,
            **shown,
        }
        return TemplateResponse(request, f"admin/endorsements/member/{template}.html", context)

    def act_page(self, request, pk, act, round=None):
        """What it will do, why, and then the deed."""
        member, chosen, now = self.found(request, str(pk)), member_acts.ACTS[act], clock.now()
        if not (request.user.has_perm(member_acts.CHANGE) and request.user.has_perm(chosen.permission)):
            raise PermissionDenied
        about = member_acts.round_for(chosen, member, round, now) if chosen.needs else None
        if member.erased_at or member.merged_into_id or (chosen.needs and about is None):
            raise Http404
        form = chosen.form(request.POST or None, member=member)
        back = reverse("admin:groups_member_change", args=[member.pk])
        if request.method == "POST" and form.is_valid():
            try:
                said = chosen.do(member, about, form.cleaned_data, by=request.user, now=now)
            except REFUSALS as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, said)
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": chosen.title,
            "effect": chosen.effect,
            "form": form,
            "back": back,
            "subject": name_of(member),
            "opts": self.opts,
            "member": member,
            "about": about,
            "alike": doubles.alike(member) if act == "merge" else [],
            "asked": approvals.of(member, now).first() if chosen.grave else None,
        }
        failed = request.method == "POST"
        return TemplateResponse(
            request, "admin/endorsements/member/member_act.html", context, status=400 if failed else 200
        )


def name_of(member) -> str:
    """How the desk heads her pages."""
    if member.erased_at:
        return _("A member whose data are deleted")
    return " ".join(filter(None, [member.first_name, member.last_name])) or member.email


def moved_words(entry) -> str:
    """From where to where, in an entry that says so: "MA → MA-05"."""
    places = [(said or {}).get("place") for said in (entry.before, entry.after)]
    return " → ".join(place or "–" for place in places) if any(places) else ""
