"""Fetching people page by page from a service that speaks OSDI (Action Network), so that a broken line costs a page.

Pages go into a file of ours, only the cells that an import reads; beside it stands where to go on. The import
begins when the last page is there, and takes in all or nothing.
"""

import hashlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.utils.translation import gettext as _

from groups.importing.files import PULLED, people_in, person_cells
from groups.refusals import Refusal

TIMEOUT = 60
TRIES = 5
LONGEST_WAIT = 60
LARGEST_PAGE = 20 << 20
BUSY = {429, 500, 502, 503, 504}


@dataclass
class Progress:
    """How far a pull has come: the page to fetch next ("" after the last) and how much of the file is whole."""

    url: str
    following: str
    pages: int = 0
    people: int = 0
    length: int = 0


class StayThere(HTTPRedirectHandler):
    """A key is not carried to wherever a server points."""

    def redirect_request(self, *_given):
        return None


class Pull:
    """One pull of one address; made again with the same address it goes on where the last one stopped."""

    def __init__(self, url: str, *, key: str, wait=time.sleep):
        self.url, self.key, self.wait = url, key, wait
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal(_("“%(url)s” is no address of a service.") % {"url": url[:200]})
        if not key:
            raise Refusal(_("There is no key: set OSDI_API_KEY in the environment."))
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise Refusal(_("The key would travel in the open. Use https."))
        self.origin = (parts.scheme, parts.netloc)
        folder = Path(settings.VAR_DIR) / "pulls"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = re.sub(r"[^a-z0-9.-]", "", parts.hostname) + "-" + hashlib.sha256(url.encode()).hexdigest()[:12]
        self.path, self.marks = folder / f"{name}{PULLED}", folder / f"{name}.json"
        self.opener = build_opener(StayThere)
        self.progress = self.standing()

    def standing(self) -> Progress:
        """Where the last pull of this address stopped."""
        try:
            said = Progress(**json.loads(self.marks.read_text()))
            if said.url == self.url and self.path.stat().st_size >= said.length:
                return said
        except (OSError, ValueError, TypeError):
            pass
        return Progress(self.url, self.url)

    def forget(self) -> None:
        """Throw what was fetched away: it is taken in, or shall be fetched afresh."""
        self.path.unlink(missing_ok=True)
        self.marks.unlink(missing_ok=True)
        self.progress = Progress(self.url, self.url)

    def run(self, say=lambda progress: None) -> Path:
        """Fetch what is left and answer the file. Refusal when the service does not, after some tries."""
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            file.truncate(self.progress.length)
            file.seek(0, os.SEEK_END)
            while self.progress.following:
                document = self.page(self.progress.following)
                people = [person_cells(one) if isinstance(one, dict) else None for one in people_in(document)]
                file.write("".join(json.dumps(one) + "\n" for one in people).encode())
                file.flush()
                os.fsync(file.fileno())
                self.note(document, len(people), file.tell())
                say(self.progress)
        return self.path

    def note(self, document, people, length):
        """Write down how far we are: first the file, then this, so that a page is never half there."""
        now_at = self.progress
        following = self.next_of(document, now_at.following) if people else ""
        self.progress = Progress(self.url, following, now_at.pages + 1, now_at.people + people, length)
        beside = self.marks.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self.progress)))
        beside.chmod(0o600)
        beside.replace(self.marks)

    def next_of(self, document, url) -> str:
        """The page after this one, by its link or its number; "" when it was the last."""
        links = document.get("_links") if isinstance(document, dict) else None
        link = links.get("next") if isinstance(links, dict) else None
        href = link.get("href") if isinstance(link, dict) else None
        if isinstance(href, str) and href:
            following = urljoin(url, href)
            if tuple(urlsplit(following))[:2] != self.origin:
                raise Refusal(_("The next page lies with another service, %(url)s.") % {"url": following[:200]})
            if following == url:
                raise Refusal(_("The page %(url)s names itself as the next one.") % {"url": following[:200]})
            return following
        number, last = (document.get(name) if isinstance(document, dict) else None for name in ("page", "total_pages"))
        if isinstance(number, int) and isinstance(last, int) and number < last:
            parts = urlsplit(url)
            asked = "&".join(part for part in parts.query.split("&") if part and not part.startswith("page="))
            query = "&".join(filter(None, [asked, urlencode({"page": number + 1})]))
            return urlunsplit(parts._replace(query=query))
        return ""

    def page(self, url):
        """One page as JSON, tried again while the service is busy or away."""
        headers = {"OSDI-API-Token": self.key, "Accept": "application/hal+json, application/json"}
        request = Request(url, headers=headers)  # noqa: S310 - http and https alone, see __init__
        for trial in range(1, TRIES + 1):
            try:
                with self.opener.open(request, timeout=TIMEOUT) as answer:
                    content = answer.read(LARGEST_PAGE + 1)
                break
            except HTTPError as error:
                if error.code not in BUSY or trial == TRIES:
                    raise Refusal(said_of(error.code)) from error
                self.wait(pause(trial, error.headers.get("Retry-After")))
            except (URLError, HTTPException, OSError) as error:
                if trial == TRIES:
                    why = getattr(error, "reason", error)
                    raise Refusal(
                        _("The service does not answer: %(why)s. Run it again to go on.") % {"why": why}
                    ) from error
                self.wait(pause(trial, None))
        if len(content) > LARGEST_PAGE:
            raise Refusal(_("A page is larger than 20 MB."))
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise Refusal(_("A page is no JSON document. Is this the address of the people?")) from error


def said_of(code):
    if code in (401, 403):
        return _("The service does not take the key (%(code)s).") % {"code": code}
    if 300 <= code < 400:
        return _("The service points elsewhere (%(code)s). Give its own address.") % {"code": code}
    return _("The service answers %(code)s. Run it again to go on.") % {"code": code}


def pause(trial, asked):
    """How long to wait before the next try: as long as the service asks, else longer each time."""
    if asked and asked.isdigit():
        return min(int(asked), LONGEST_WAIT)
    return min(2**trial, LONGEST_WAIT)
