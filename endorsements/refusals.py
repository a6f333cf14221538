"""Why the roof will not do something, in a sentence that a person may read."""


class Refusal(Exception):
    """What was asked can't be done now; the text says why and what would mend it."""
