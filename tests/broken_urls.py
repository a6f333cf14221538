"""A site with two mistakes, by which tests/test_bad_input.py proves that it would see one."""

from django.http import HttpResponse
from django.urls import path


def broken(request):
    return HttpResponse(1 / 0)


def alive(request):
    return HttpResponse(f'<form action="/alive/"><input name="q">{request.GET["q"]}</form>')


urlpatterns = [path("broken/", broken), path("alive/", alive)]
handler500 = "endorsements.failures.server_error"
