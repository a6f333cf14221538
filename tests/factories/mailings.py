"""Letters in line, as queue.enqueue writes them."""

from datetime import UTC, datetime

import factory
from django.conf import settings

from mailings.models import Letter, Provider, StoppedTopic, Suppression, Wave

SOME_DAY = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)


class LetterFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Letter

    name = "sample.note"
    topic = "round:1"
    subject = 1
    seat = factory.Sequence(lambda n: n + 1)
    not_before = SOME_DAY


class StoppedTopicFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StoppedTopic

    topic = "round:1"
    stopped_at = SOME_DAY
    reason = "a test"


class WaveFactory(factory.django.DjangoModelFactory):
    """A wave whose letters are all let go; without letters of its own."""

    class Meta:
        model = Wave

    name = "sample.note"
    topic = "round:1"
    subject = 1
    number = factory.Sequence(lambda n: n + 100)
    letters = 1000
    not_before = SOME_DAY
    judged_since = SOME_DAY
    step = Wave.Step.ALL


class ProviderFactory(factory.django.DjangoModelFactory):
    """The provider of the tests' backend; limits are given, the account is empty."""

    class Meta:
        model = Provider

    name = factory.LazyFunction(lambda: settings.EMAIL_BACKEND)


class SuppressionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Suppression

    address = factory.Sequence(lambda n: f"person{n}@example.org")
    reason = Suppression.Reason.BOUNCED
    since = SOME_DAY
