"""Signing up to vote, nominating, the dates of rounds for calendars, and the leaders' pages."""

from django.urls import path

from rounds.views import calendars, circulating, leading, moving, nominating, public, replying, signing_up

app_name = "rounds"

urlpatterns = [
    # For members
    path("sign-up/", signing_up.sign_up, name="sign_up"),
    path("sign-up/place/", signing_up.sign_up_place, name="sign_up_place"),
    path("join/<slug:slug>/<str:code>/", signing_up.join, name="join"),
    path("join/<slug:slug>/<str:code>/table/", signing_up.table, name="table"),
    path("join/<slug:slug>/<str:code>/table/done/", signing_up.table_done, name="table_done"),
    path("confirm/<path:token>/", signing_up.confirm, name="confirm"),
    path("moved/<path:token>/", moving.moved, name="moved"),
    # For everybody
    path("nominate/", public.start_page, name="start_page"),
    path("nominate/questions/", public.all_questions, name="all_questions"),
    path("rounds/dates.ics", calendars.all_dates, name="all_dates"),
    path("rounds/<slug:slug>/dates.ics", calendars.round_dates, name="round_dates"),
    # For leaders
    path("lead/", leading.lead_home, name="lead_home"),
    path("lead/nominations/<int:pk>/", nominating.task_list, name="task_list"),
    path("lead/nominations/<int:pk>/check/", nominating.check_and_send, name="check_and_send"),
    path("lead/nominations/<int:pk>/join/", nominating.join, name="join"),
    path("lead/nominations/<int:pk>/sent/", nominating.receipt, name="receipt"),
    path("lead/nominations/<int:pk>/reply/", replying.reply, name="reply"),
    path("lead/nominations/<int:pk>/withdraw/", nominating.withdraw, name="withdraw"),
    path("lead/nominations/<int:pk>/<slug:task>/", nominating.task_page, name="task_page"),
    path("lead/<slug:slug>/circulate/", circulating.circulate, name="circulate"),
    path("lead/<slug:slug>/circulate/poster/", circulating.poster, name="poster"),
    path("lead/<slug:slug>/circulate/rotate/", circulating.rotate, name="rotate"),
    path("lead/<slug:slug>/nominate/", nominating.begin, name="begin"),
    path("lead/<slug:slug>/endorsements/", leading.local_endorsements, name="local_endorsements"),
    path("lead/<slug:slug>/endorsements/add/", leading.add_local_endorsement, name="add_local_endorsement"),
]
