"""The letters' layout: compiled once, mail-proof, light, and with all that must stand in every letter."""

import pytest
from django.template import Context, TemplateDoesNotExist, engines
from django.template.loader import get_template

from mailings import mjml


@pytest.fixture
def page(settings):
    """A letter's HTML with the given content, and what its context holds."""

    def render(content="<p>Words</p>", **context):
        settings.PAID_FOR_BY = context.get("paid_for_by", "")
        source = '{% extends "emails/layout.html" %}{% block preheader %}{{ pre }}{% endblock %}'
        template = engines["django"].engine.from_string(f"{source}{{% block content %}}{content}{{% endblock %}}")
        facts = {
            "language": "en",
            "federation": "The <Federation>",
            "contact_email": "help@example.org",
            "postal_address": "1 Sample Street",
        }
        return template.render(Context(facts | context))

    return render


def test_the_layout_is_compiled(page):
    made = page()
    assert "<mj" not in made
    assert '<html lang="en"' in made
    assert 'role="presentation"' in made
    assert "max-width:600px" in made
    assert '<meta name="color-scheme" content="light dark"' in made
    assert "{%" not in made


def test_what_every_letter_says(page):
    made = page(pre="Vote by Thursday", paid_for_by="Sample PAC")
    assert "<title>The &lt;Federation&gt;</title>" in made
    for said in [
        "Vote by Thursday",
        "<p>Words</p>",
        "The &lt;Federation&gt; sends you this letter because you are on its list.",
        'href="mailto:help@example.org"',
        "1 Sample Street",
        "Paid for by Sample PAC.",
        "A vote inside The &lt;Federation&gt;, not a government election.",
    ]:
        assert made.count(said) == 1, said
    assert "Paid for by" not in page()


def test_it_is_light_and_loads_nothing(page):
    made = page('{% include "emails/button.html" with href="https://x.example/v/1" label="Go" %}')
    assert len(made.encode()) < 30_000
    for loader in ["<img", "<link", "<script", "@import", "url(", "fonts.googleapis"]:
        assert loader not in made


def test_the_button_is_text_and_its_link_stands_below(page):
    made = page(
        '{% include "emails/button.html" with href=link label=label %}', link="https://x.example/?a=1&b=2", label="<Go>"
    )
    assert made.count('href="https://x.example/?a=1&amp;b=2"') == 3
    assert made.count("&lt;Go&gt;") == 2
    assert ">https://x.example/?a=1&amp;b=2</a>" in made


def test_it_is_compiled_once(page, monkeypatch):
    page()
    monkeypatch.setattr(mjml, "mjml2html", lambda *args, **kwargs: 1 / 0)
    page()


def test_other_templates_are_left_to_other_loaders():
    loader = mjml.Loader(engines["django"].engine)
    for name in ["emails/button.html", "emails/layout.txt", "base.html", "../emails/layout.html"]:
        with pytest.raises(TemplateDoesNotExist):
            loader.get_template(name)
    assert "presentation" in get_template("emails/button.html").template.source
