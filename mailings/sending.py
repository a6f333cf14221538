"""Handing finished letters to the mail server or provider, and understanding its answer."""

import re
import smtplib
from dataclasses import dataclass

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from keys.scrubbing import scrub

# Signed in wrongly, not allowed, or closing: none of it is about this letter.
SMTP_NOT_THIS_LETTER = {421, 530, 534, 535, 538}
HTTP_NOT_THIS_LETTER = {401, 402, 403, 429}
HTTP_THIS_LETTER = {400, 404, 413, 422}
NOT_TAKEN = {"invalid", "rejected", "failed"}
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


class Deferred(Exception):
    """Not now: this letter may go later."""


class Refused(Exception):
    """Not ever: this letter can't be delivered there."""


class Broken(Exception):
    """The way itself is broken: no letter can be sent just now. Whether the last one arrived is not known."""


class Closed(Broken):
    """The mail server can't be reached at all: the letter was not tried."""


class Busy(Broken):
    """The server answered that it is we who must wait, or are not let in; pace.py lets everything wait."""


@dataclass(frozen=True)
class Receipt:
    """A provider's word on one recipient of a parcel: its own number for the message, and whether it takes it."""

    taken: bool
    number: str = ""


class Line:
    """One open connection to the mail server for as many letters as its time allows."""

    def __init__(self):
        self.connection = None
        self.handed = 0  # letters the server was asked to take, whatever it answered

    def open(self):
        """The connection, opened where it is not yet; Closed says why not."""
        try:
            if self.connection is None:
                self.connection = get_connection()
                self.connection.open()
        except (smtplib.SMTPException, OSError, ImproperlyConfigured) as error:
            self.connection = None
            raise Closed(type(error).__name__) from error
        return self.connection

    def send(self, message):
        """Send one message; Deferred, Refused or Broken says why not."""
        connection = self.open()
        self.handed += 1
        hand_over(connection, message)

    def post(self, parcel) -> dict[str, Receipt]:
        """Send one parcel, the very bytes that were checked, and return the provider's word on each address."""
        connection = self.open()
        self.handed += len(parcel.circular.members)
        return post(connection, parcel)

    def close(self):
        """Hang up; a server that has gone already does not matter any more."""
        if self.connection is not None:
            try:
                self.connection.close()
            except (smtplib.SMTPException, OSError):
                pass
            self.connection = None


def hand_over(connection, message):
    """Send one message over the open connection, putting the many ways of failing into three."""
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()), (550, "refused"))
        raise smtp_answer(code, said) from error
    except smtplib.SMTPSenderRefused as error:
        # It is we who are not welcome; the recipient must not be blamed for it.
        raise Busy(quoted(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise smtp_answer(error.smtp_code, error.smtp_error) from error
    except AnymailRecipientsRefused as error:
        raise Refused("the provider refused the recipient") from error
    except AnymailError as error:
        if (answer := anymail_answer(error)) is None:
            raise
        raise answer from error
    except (smtplib.SMTPException, OSError) as error:
        raise Broken(type(error).__name__) from error


def post(connection, parcel) -> dict[str, Receipt]:
    """Send a finished request as Anymail would, but not made anew: these are the bytes that were looked at.

    Receipts by address in lower case; an address without one was taken with the rest.
    """
    session, request = connection.session, parcel.request
    around = session.merge_environment_settings(request.url, {}, None, None, None)
    try:
        response = session.send(request, timeout=connection.timeout, **around)
        connection.raise_for_status(response, parcel.payload, parcel.message)
        statuses = connection.parse_recipient_status(response, parcel.payload, parcel.message)
    except AnymailError as error:
        if (answer := anymail_answer(error)) is None:
            raise
        raise answer from error
    except OSError as error:
        raise Broken(type(error).__name__) from error
    return {
        address.lower(): Receipt(status.status not in NOT_TAKEN, str(status.message_id or ""))
        for address, status in statuses.items()
    }


def number_of(message) -> str:
    """The provider's own number for a message it took, else our Message-ID."""
    status = getattr(message, "anymail_status", None)
    number = status.message_id if status else None
    return number if isinstance(number, str) else message.extra_headers["Message-ID"]


def anymail_answer(error) -> Exception | None:
    """What Anymail's error means: the network's or the provider's trouble; None where a human must look.

    That is a message which can't be expressed there, or a yes in words that were not understood: to send
    again what was perhaps taken would be to send it at every tick.
    """
    if not error.status_code:
        return Broken(type(error.__cause__ or error).__name__) if isinstance(error, OSError) else None
    return None if 200 <= error.status_code < 300 else http_answer(error.status_code)


def smtp_answer(code, said) -> Exception:
    """What an SMTP reply means for one letter: 4xx later, 5xx never."""
    text = quoted(code, said)
    if code in SMTP_NOT_THIS_LETTER:
        return Busy(text)
    return Refused(text) if 500 <= code < 600 else Deferred(text)


def http_answer(status) -> Exception:
    """What a provider's HTTP status means for one letter; its 5xx are troubles of its own."""
    text = f"the provider answered {status}"
    if status in HTTP_NOT_THIS_LETTER:
        return Busy(text)
    return Refused(text) if status in HTTP_THIS_LETTER else Deferred(text)


def quoted(code, said) -> str:
    """A server's answer without the addresses and links it may repeat."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {without_persons(text)}"[:180]


def without_persons(text) -> str:
    """A server's words in one line, without the addresses and links they may repeat."""
    return " ".join(ADDRESS.sub("(address)", scrub(str(text).replace("\x00", " "))).split())
