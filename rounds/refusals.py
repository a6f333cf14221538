"""What the rounds' verbs refuse, in words a person may read."""


class Refusal(Exception):
    """The text says what is wrong and what would be right; pages, desk and commands show it as it stands."""
