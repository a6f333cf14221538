"""The addresses of the ground floor."""

from django.urls import path

from groups import leader_pages, views

app_name = "groups"

urlpatterns = [
    # /sign-up/
    path("sign-up/", views.sign_up, name="sign_up"),
    path("sign-up/place/", views.sign_up_place, name="sign_up_place"),
    path("sign-up/again/", views.confirm_again, name="confirm_again"),
    # links of letters
    path("confirm/<path:token>/", views.confirm, name="confirm"),
    path("news/<path:token>/", views.news, name="news"),
    # /lead/
    path("lead/<slug:slug>/leaders/", leader_pages.leaders, name="leaders"),
    # /groups/
    path("groups/", views.group_list, name="group_list"),
]
