"""Keep links out of logs."""

import logging
import re

# A token; one whose dot was lost on the way; one that was cut short.
LINK = re.compile(r"[A-Za-z0-9_-]{11}\.[A-Za-z0-9_-]{20,}|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{38}(?![A-Za-z0-9_-])")


def scrub(text: str) -> str:
    """The text with every private link's token struck out."""
    return LINK.sub("[link]", text)


class ScrubLinks(logging.Filter):
    """A logging filter that strikes tokens out of message, arguments, traceback and stack, and drops the request."""

    def filter(self, record):
        said = str(record.getMessage())
        if record.exc_info:
            said += "\n" + logging.Formatter().formatException(record.exc_info)
            record.exc_info = record.exc_text = None
        if record.stack_info:
            said += "\n" + record.stack_info
            record.stack_info = None
        record.msg = scrub(said)
        record.args = ()
        if hasattr(record, "request"):
            del record.request
        return True
