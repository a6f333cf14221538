"""Keep links out of logs."""

import logging
import re

LINK = re.compile(r"[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{27}")


def scrub(text: str) -> str:
    """The text with every private link's token struck out."""
    return LINK.sub("[link]", text)


class ScrubLinks(logging.Filter):
    """A logging filter that strikes tokens out of the message and its arguments, and drops the request itself."""

    def filter(self, record):
        record.msg = scrub(str(record.getMessage()))
        record.args = ()
        if hasattr(record, "request"):
            del record.request
        return True
