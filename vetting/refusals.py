"""What vetting refuses, in words for the person who asked."""


class Refusal(Exception):
    """Something that can't be done, and why."""
