"""The addresses of the ground floor."""

from django.urls import path

from groups import asking_views, introducing_views, leader_pages, views

app_name = "groups"

urlpatterns = [
    # /sign-up/ (the form itself stands in rounds: it says until when)
    path("sign-up/again/", views.confirm_again, name="confirm_again"),
    # /my-entry/ (whether she is on the roll is answered on the roof)
    path("my-entry/", asking_views.my_entry, name="my_entry"),
    path("my-entry/moved/", asking_views.moved, name="ask_moved"),
    path("my-entry/news/", asking_views.stop_news, name="ask_stop_news"),
    path("my-entry/leave/", asking_views.leave_list, name="ask_leave"),
    path("my-entry/not-me/", asking_views.not_she, name="ask_not_me"),
    # links of letters
    path("news/<path:token>/", views.news, name="news"),
    path("leave/<path:token>/", asking_views.leave, name="leave"),
    path("not-me/<path:token>/", asking_views.not_me, name="not_me"),
    # /lead/
    path("lead/<slug:slug>/leaders/", leader_pages.leaders, name="leaders"),
    # /groups/
    path("groups/", views.group_list, name="group_list"),
    path("groups/<slug:slug>/lead/", introducing_views.introduce, name="introduce"),
]
