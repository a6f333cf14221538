"""Addresses of the public pages; urls.py gives them their namespace."""

from django.urls import path

from endorsements import ballot_preview, leader_views
from endorsements.health import metrics_views, readiness_views
from endorsements.public import extract_pages, group_pages, package_pages, roll_pages, round_pages, views

app_name = "endorsements"

public_urls = [
    path("", views.front_page, name="front_page"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", readiness_views.readyz, name="readyz"),
    path("metrics", metrics_views.metrics, name="metrics"),
    path("method/", views.method, name="method"),
    # /lead/
    path("lead/nominations/<slug:reference>/follow/", leader_views.follow_page, name="follow_page"),
    # /q/<token>/ the private link of a campaign; its other pages stand in vetting
    path("q/<str:token>/ballot/", ballot_preview.ballot_preview, name="ballot_preview"),
    # /my-entry/
    path("my-entry/roll/", roll_pages.on_roll, name="on_roll"),
    # /groups/
    path("groups/<slug:slug>/", group_pages.group_page, name="group_page"),
    # /endorsed/
    path("endorsed/", views.endorsement_list, name="endorsement_list"),
    path("endorsed/<slug:slug>/", views.endorsement_page, name="endorsement_page"),
    path("endorsed/<slug:slug>/card.jpg", views.card_photo, name="card_photo"),
    # /rounds/
    path("rounds/", round_pages.round_list, name="round_list"),
    path("rounds/<slug:slug>/", round_pages.round_page, name="round_page"),
    path("rounds/<slug:slug>/journal/", extract_pages.round_journal, name="round_journal"),
    path("rounds/<slug:slug>/journal.csv", extract_pages.round_journal_csv, name="round_journal_csv"),
    path("rounds/<slug:slug>/find-my-line/", package_pages.find_line, name="find_line"),
    path("rounds/<slug:slug>/package.zip", package_pages.package_zip, name="package_zip"),
    path("rounds/<slug:slug>/package/<path:name>", package_pages.package_file, name="package_file"),
]
urlpatterns = public_urls
