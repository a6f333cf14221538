"""The site's addresses: each app's own, in one list."""

from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import include, path

from endorsements.public import public_urls

urlpatterns: list = [
    path("", include((public_urls, "endorsements"))),
    path("", include("groups.urls")),
    path("", include("rounds.urls")),
    path("", include("vetting.urls")),
    path("", include("voting.urls")),
    path("accounts/", include("groups.signin_urls")),
    path("desk/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
]
if settings.EMBEDDED:
    urlpatterns += [path("outbox/", include("mailings.urls"))]
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
