from django.urls import path, re_path

from voting import ballot_views, views

app_name = "voting"

urlpatterns = [
    # /v/ the mailed link, /vote/ the steps of the ballot, which carry no token in their address
    # (whatever follows /v/, line breaks that a mail program put in as well)
    re_path(r"^v/(?P<token>[\s\S]+)$", ballot_views.landing, name="ballot"),
    path("vote/", ballot_views.vote, name="vote"),
    # /my-link/
    path("my-link/", views.my_link, name="my_link"),
]
