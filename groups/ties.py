"""What in the rooms above depends on a member: each says so itself, so that nobody is taken out from under it."""

from collections.abc import Callable

_ties: list[Callable[[list[int]], set[int]]] = []


def register(function):
    """Decorator: f(member keys) answers which of them something depends on, and keeps that so for the transaction."""
    if function.__qualname__ not in {known.__qualname__ for known in _ties}:
        _ties.append(function)
    return function


def tied(keys: list[int]) -> set[int]:
    """Which of these members something depends on."""
    return {key for function in _ties for key in function(keys)}
