"""The mailbox of the embedded default, under /outbox/."""

from django.urls import path

from mailings import views

app_name = "mailings"

urlpatterns = [
    path("", views.letter_list, name="letter_list"),
    path("<slug:key>/", views.letter_page, name="letter_page"),
    path("<slug:key>/html/", views.letter_html, name="letter_html"),
]
