"""The staff's desk: Django's admin as our own site, behind the sign-in by mailed code and a second factor."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class Desk(admin.AdminSite):
    """Our admin site. Where a second factor is forced, nobody enters without one (settings)."""

    site_header = settings.FEDERATION_NAME
    site_title = _("Desk")
    index_title = _("Desk")
    enable_nav_sidebar = False

    def has_permission(self, request):
        allowed = super().has_permission(request)
        return allowed and (not settings.SECOND_FACTOR_FORCED or is_mfa_enabled(request.user))

    def login(self, request, extra_context=None):
        return secure_admin_login(super().login)(request, extra_context)
