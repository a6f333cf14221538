"""Where mail providers report, under /hooks/."""

from django.urls import path

from mailings import hook_views

urlpatterns = [
    path("<slug:provider>/", hook_views.hook, name="provider_hook"),
]
