"""What voting refuses to do."""


class Refusal(Exception):
    """An act on the roll, the ballots, the keys or the results that the rules do not allow. Its text is for people."""
