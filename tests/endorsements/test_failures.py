"""Pages for what went wrong, and the form templates that say so field by field."""

import pytest
from django import forms
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.template import Context, Template
from django.test import RequestFactory

from endorsements import failures


@pytest.mark.django_db
def test_a_page_that_is_not_there_shows_ways_on(client):
    response = client.get("/nothing-here/")

    assert response.status_code == 404
    assert "We can’t find this page" in response.content.decode()
    assert 'href="/endorsed/"' in response.content.decode()


def test_our_own_mistake_asks_nothing_of_the_database():
    response = failures.server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "help@example.org" in response.content.decode()


@pytest.mark.parametrize("error", [OperationalError("the database system is starting up"), InterfaceError("closed")])
@pytest.mark.django_db
def test_a_database_that_is_away_is_no_mistake_but_a_reason_to_try_again(client, monkeypatch, error):
    def no_cursor(*args, **kwargs):
        raise error

    client.raise_request_exception = False
    monkeypatch.setattr(connection, "cursor", no_cursor)
    response = client.get("/endorsed/")

    assert (response.status_code, response["Retry-After"]) == (503, "15")
    assert "Try again in a minute" in response.content.decode()
    assert "sending twice does no harm" in response.content.decode()


def test_a_request_we_can_not_read(db):
    response = failures.bad_request(RequestFactory().get("/"), SuspiciousOperation("no"))

    assert response.status_code == 400
    assert "We could not read this request" in response.content.decode()
    assert "Sample Federation" in response.content.decode()


def test_a_form_without_its_token_is_told_why(db):
    response = failures.csrf_failure(RequestFactory().post("/"))

    assert response.status_code == 403
    assert "This form was open too long" in response.content.decode()


@pytest.mark.django_db
def test_healthz_answers_while_the_database_does(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_healthz_fails_with_the_database(client, monkeypatch):
    def no_cursor(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", no_cursor)

    assert client.get("/healthz").status_code == 503


class Example(forms.Form):
    name = forms.CharField(help_text="As on the ballot.")
    answer = forms.ChoiceField(choices=[("y", "Yes"), ("n", "No")], widget=forms.RadioSelect)
    note = forms.CharField(required=False, widget=forms.Textarea)
    sure = forms.BooleanField(label="I am sure")


def shown(form):
    page = '{% include "forms/error_summary.html" %}{% for field in form %}{{ field.as_field_group }}{% endfor %}'
    return " ".join(Template(page).render(Context({"form": form})).split())


def test_each_error_stands_on_top_with_a_link_and_at_its_field():
    page = shown(Example({"name": "<b>"}))

    assert '<a href="#id_answer_0">This field is required.</a>' in page
    assert '<a href="#id_sure">This field is required.</a>' in page
    assert 'href="#id_name"' not in page
    assert 'id="id_answer_error"' in page
    assert 'value="&lt;b&gt;"' in page


def test_a_form_without_errors_has_no_summary():
    page = shown(Example())

    assert "There is a problem" not in page
    assert '<div class="hint" id="id_name_helptext">As on the ballot.</div>' in page
    assert '<label class="choice" for="id_answer_0"><input type="radio"' in page
    assert '<label for="id_note">Note <span class="optional">(optional)</span></label>' in page
    assert "<legend>Answer</legend>" in page


def test_a_choice_drawn_by_hand_brings_no_label_of_its_own():
    option = next(iter(Example()["answer"]))

    assert option.tag().strip().startswith('<input type="radio"')
    assert "<label" not in option.tag()


def test_nothing_is_chosen_in_advance():
    assert "checked" not in shown(Example())
