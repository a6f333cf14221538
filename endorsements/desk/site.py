"""The staff's desk: Django's admin as our own site, behind the sign-in by mailed code and a second factor."""

from functools import partial, wraps
from traceback import walk_tb
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin import widgets
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest, PermissionDenied
from django.forms import models
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from endorsements.desk import export_views, exporting, lists, paging, retention_views, sessions, today
from endorsements.health import watching
from groups.signin import proven
from journal import clock

# allauth's tables are its own business, and roles are given on a user's page.
HIDDEN = {"account.emailaddress", "mfa.authenticator", "auth.group"}
LARGEST = 2**63 - 1  # of all keys there can be


def asked_by_a_field(error):
    """Whether an error comes from a field of Django's that asked the database for a key as it was sent."""
    fields = {widgets.__name__, models.__name__}
    return any(frame.f_globals["__name__"] in fields for frame, _line in walk_tb(error.__traceback__))


class Desk(admin.AdminSite):
    """Our admin site. Where a second factor is forced, nobody enters without one (settings)."""

    site_header = settings.FEDERATION_NAME
    site_title = _("Desk")
    index_title = _("Desk")
    enable_nav_sidebar = False

    def has_permission(self, request):
        """Asked for twice in each page; whether she has a second factor is looked up once."""
        if not super().has_permission(request):
            return False
        if not hasattr(request, "has_second_factor"):
            request.has_second_factor = proven(request.user)
        return request.has_second_factor

    def admin_view(self, view, cacheable=False):
        """Lead an address that breaks Django's admin (a NUL in a filter, a number past every key) to the plain one.

        A form whose chosen keys were forged is answered with 400.
        """

        @wraps(view)
        def asked(request, *args, **kwargs):
            if request.GET.get(TO_FIELD_VAR) == "" or any("\0" in text for text in request.GET.values()):
                return redirect(request.path)
            if any(isinstance(part, int) and part > LARGEST for part in kwargs.values()):
                raise Http404  # nothing has such a key, and a database could not even look for it
            try:
                response = view(request, *args, **kwargs)
                # Now, not after the middleware: the pages' own fields look up what was chosen as they are drawn.
                return response.render() if isinstance(response, TemplateResponse) else response
            except (ValueError, OverflowError) as error:
                if asked_by_a_field(error):
                    raise BadRequest("a key that is none") from error
                if isinstance(error, OverflowError) and request.method == "GET" and request.GET:
                    return redirect(request.path)
                raise

        return super().admin_view(asked, cacheable)

    def get_urls(self):
        return [
            path("stay/", self.admin_view(sessions.stay), name="stay"),
            path("export/", self.admin_view(partial(export_views.export, site=self)), name="export"),
            path("retention/", self.admin_view(partial(retention_views.retention, site=self)), name="retention"),
            *super().get_urls(),
        ]

    def each_context(self, request):
        return {**super().each_context(request), "idle_seconds": settings.STAFF_IDLE_MINUTES * 60}

    def register(self, model_or_iterable, admin_class=None, **options):
        """Every list is one of ours, fifty rows a page.

        It counts no further than it must, and beside no filter stands how many it would find.
        """
        few = {"paginator": paging.Pages, "show_facets": admin.ShowFacets.NEVER, "show_full_result_count": False}
        options = {**few, "list_max_show_all": 0, "list_per_page": paging.ROWS, **options}
        listed = lists.with_lists(admin_class)
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        super().register([one for one in models if one._meta.label_lower not in HIDDEN], listed, **options)

    def index(self, request, extra_context=None):
        """The first page: the rounds under way and what waits, above the list of everything."""
        now = clock.now()
        shown = {
            "under_way": today.under_way(now),
            "waiting": today.waiting(request.user, now),
            "alarms": watching.standing(now),
            "house_zone": settings.TIME_ZONE,
            "now": now,
            "may_export": bool(exporting.tables_of(request.user)),
        }
        return super().index(request, {**shown, **(extra_context or {})})

    def login(self, request, extra_context=None):
        """Send everybody to the one sign-in page, and staff without a second factor to make one."""
        if not request.user.is_authenticated:
            where = request.GET.get("next") or reverse("admin:index")
            return redirect(f"{reverse('account_login')}?{urlencode({'next': where})}")
        if self.has_permission(request):
            return redirect("admin:index")
        if not request.user.is_staff:
            raise PermissionDenied
        messages.info(request, gettext("Staff sign in with a second factor. Set yours up now."))
        return redirect("mfa_index")
