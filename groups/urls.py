"""The addresses of the ground floor."""

from django.urls import path

from groups import leader_pages, views

app_name = "groups"

urlpatterns = [
    # /sign-up/ (the form itself stands in rounds: it says until when)
    path("sign-up/again/", views.confirm_again, name="confirm_again"),
    # links of letters
    path("news/<path:token>/", views.news, name="news"),
    # /lead/
    path("lead/<slug:slug>/leaders/", leader_pages.leaders, name="leaders"),
    # /groups/
    path("groups/", views.group_list, name="group_list"),
]
