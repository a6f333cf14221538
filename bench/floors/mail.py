"""Letters by Django alone: two small templates rendered, a message built, sent over one SMTP connection."""

import os

import django
from django.conf import settings

from bench.watching import Watch

TEXT = """Dear {{ name }},

{{ title }} is open until {{ closes|date:"j F Y, H:i" }}. Vote here; the link is yours alone:

{{ link }}

{% for race in races %}- {{ race }}
{% endfor %}
To stop these letters: {{ stop }}
"""
PAGE = """<!doctype html><html><body>
<p>Dear {{ name }},</p>
<p><strong>{{ title }}</strong> is open until {{ closes|date:"j F Y, H:i" }}.</p>
<p><a href="{{ link }}">Vote now</a></p>
<ul>{% for race in races %}<li>{{ race }}</li>{% endfor %}</ul>
<p><a href="{{ stop }}">Stop these letters</a></p>
</body></html>
"""


def smtp(port, count):
    """Send so many letters, one connection; the seconds and the CPU of this process alone."""
    kept = {"text": TEXT, "page": PAGE}
    settings.configure(
        SECRET_KEY="floor" * 10,
        USE_TZ=True,
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", kept)]},
            }
        ],
    )
    django.setup()
    # Django's own parts, once it is set up.
    from django.core.mail import EmailMultiAlternatives, get_connection
    from django.core.signing import TimestampSigner
    from django.template.loader import get_template
    from django.utils import timezone

    text, page, signer, closes = get_template("text"), get_template("page"), TimestampSigner(), timezone.now()
    line = get_connection("django.core.mail.backends.smtp.EmailBackend")
    line.open()
    with Watch(os.getpid()) as watch:
        for number in range(count):
            context = {
                "name": f"Member {number}",
                "title": "The spring round",
                "closes": closes,
                "link": f"https://vote.example.test/v/{signer.sign(str(number))}",
                "races": ["U.S. House, Ohio 1st District"],
                "stop": "https://vote.example.test/stop/",
            }
            letter = EmailMultiAlternatives(
                "Your ballot", text.render(context), "vote@example.test", [f"m{number}@example.test"], connection=line
            )
            letter.attach_alternative(page.render(context), "text/html")
            letter.send()
    line.close()
    return {**watch.said(), "operations": count}
