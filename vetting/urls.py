"""Addresses of the questionnaire, its private links, and what leaders may read."""

from django.urls import path

from vetting import campaign_views, correcting_views, views

app_name = "vetting"
urlpatterns = [
    path("questionnaire/", views.questionnaire, name="questionnaire"),
    path("lead/candidates/<int:pk>/answers/", views.answers, name="answers"),
    # /q/<token>/ the private link of a campaign
    path("q/<str:token>/", campaign_views.landing, name="landing"),
    path("q/<str:token>/topics/", campaign_views.topics, name="topics"),
    path("q/<str:token>/topics/<int:position>/", campaign_views.topic, name="topic"),
    path("q/<str:token>/check/", campaign_views.check, name="check"),
    path("q/<str:token>/sent/", campaign_views.sent, name="sent"),
    path("q/<str:token>/more-time/", campaign_views.more_time, name="more_time"),
    path("q/<str:token>/colleague/", campaign_views.colleague, name="colleague"),
    path("q/<str:token>/correct/<int:number>/", correcting_views.correct_answer, name="correct_answer"),
    path("q/<str:token>/corrections/", correcting_views.corrected, name="corrected"),
    path("q/<path:token>", campaign_views.landing, name="mangled"),
]
