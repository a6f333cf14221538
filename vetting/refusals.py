"""What vetting refuses, in words for the person who asked."""

from rounds import refusals


class Refusal(refusals.Refusal):
    """What can't be done and why. A kind of the rounds' own refusal, as clearing asks the rounds' guards too."""
