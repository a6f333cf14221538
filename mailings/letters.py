"""The letters there are: each app registers its own by name, and says whose a private link is."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from django.utils.functional import Promise

# ASKED is what somebody asked for this minute (her link): it goes to an address that is not written to otherwise.
SERVICE, NEWS, ASKED = "service", "news", "asked"
# What a letter's row would tell of the person it went to, if somebody read it by itself: nothing; something where the
# letter was not needed; something in any case, as only some people get it, or at an hour of their own.
NOTHING, WHERE_SKIPPED, BY_ITSELF = "nothing", "where skipped", "by itself"

_letters: dict[str, "Kind"] = {}
_owners: dict[str, Callable] = {}


@dataclass(frozen=True)
class Draft:
    """What the post room needs to write one letter to one person.

    link is the one private link of this person in this letter, as an absolute URL; its prefix must have an
    owner (see owner_of_links), or the letter is not sent. Without a private link it stays "".

    circular names all that makes the text alike: two drafts of one letter with the same circular and language
    differ only in name, link and own, so that one call to a provider may carry both. own are the fields of
    the context that are hers alone: small plain texts in one line. Without a circular a letter goes by itself.

    mark stands before the subject in brackets, in her language: "[Rehearsal] Your ballot". "" for none.
    """

    to: str
    language: str = "en"
    context: dict = field(default_factory=dict)
    name: str = ""
    link: str = ""
    headers: dict = field(default_factory=dict)
    circular: Hashable = None
    own: dict[str, str] = field(default_factory=dict)
    mark: str | Promise = ""


@dataclass(frozen=True)
class Skip:
    """This letter is not needed any more; the reason says why, without personal data."""

    reason: str


@dataclass(frozen=True)
class Kind:
    """A registered letter: who writes it, whether it is news, how soon it goes, what follows when it is sent."""

    name: str
    write: Callable
    kind: str
    priority: int
    on_sent: Callable | None
    circular: bool = False
    tells: str = NOTHING

    def template(self, part: str) -> str:
        """Where its template stands: part is "subject.txt", "txt" or "html"."""
        app, letter = self.name.split(".", 1)
        return f"emails/{app}/{letter}.{part}"


def register(name, *, kind=SERVICE, priority=20, on_sent=None, circular=False, tells=NOTHING):
    """Decorator: f(letters, now) -> {letter.pk: Draft | Skip} writes the letter "<app>.<letter>".

    A lower priority goes first; up to 5 (claiming.URGENT) somebody waits for it. on_sent(letters, now) runs in the
    transaction that marks them sent.
    Letters of the kind NEWS are not sent to an address that wants no news. Of a circular letter, whose drafts
    say what they share, a provider that merges takes many at once. tells says what a row of it would give away:
    discretion.py keeps such rows from everybody's eyes.
    """

    def keep(function):
        standing = _letters.get(name)
        if standing and (standing.write.__module__, standing.write.__qualname__) != (
            function.__module__,
            function.__qualname__,
        ):
            raise ValueError(f"The letter {name} is registered twice.")
        _letters[name] = Kind(name, function, kind, priority, on_sent, circular, tells)
        return function

    return keep


def find(name) -> Kind:
    """The registered letter; LookupError names one that nobody registered."""
    try:
        return _letters[name]
    except KeyError:
        raise LookupError(f"No letter is registered as {name}.") from None


def names() -> list[str]:
    """All registered letters."""
    return sorted(_letters)


def telling(what) -> list[str]:
    """The letters whose rows give something away in this way: WHERE_SKIPPED or BY_ITSELF."""
    return sorted(name for name, kind in _letters.items() if kind.tells == what)


def circulars() -> list[str]:
    """The letters of which many may go at once."""
    return sorted(name for name, kind in _letters.items() if kind.circular)


def owner_of_links(prefix):
    """Decorator: owners(tokens, now) -> {token: address} tells whose private links under BASE_URL + prefix are.

    The post room reads the tokens out of the finished letter and refuses it when one is not the recipient's.
    Tokens of nobody are left out of the answer.
    """

    def keep(function):
        _owners[prefix] = function
        return function

    return keep


def link_prefixes() -> dict[str, Callable]:
    """Every prefix of private links and who tells their owner."""
    return dict(_owners)
