"""The site's addresses: each app's own, in one list."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from endorsements.public import photo_view
from endorsements.public.urls import public_urls

urlpatterns: list = [
    path("", include((public_urls, "endorsements"))),
    path("", include("groups.urls")),
    path("", include("rounds.urls")),
    path("", include("vetting.urls")),
    path("", include("voting.urls")),
    path("accounts/", include("groups.signin_urls")),
    path("desk/", admin.site.urls),
    re_path(r"^media/(?P<name>endorsed/[\w-]{1,80}\.jpg)$", photo_view.photo, name="photo"),
    path("hooks/", include("mailings.hook_urls")),
    path("i18n/", include("django.conf.urls.i18n")),
]
if settings.EMBEDDED:
    urlpatterns += [path("outbox/", include("mailings.urls"))]

handler400 = "endorsements.failures.bad_request"
handler500 = "endorsements.failures.server_error"
