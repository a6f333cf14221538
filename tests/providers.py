"""A mail provider of our own on the loopback: it answers as six of them do, and merges letters as they do.

In tests: with running() as provider: settings.ANYMAIL = provider.settings(); then provider.letters() is what the
recipients would read. By itself (python -m tests.providers 8025) it only counts, as fast as it can: GET /count.
The merging here is written from the providers' descriptions, apart from the program's own reading of its requests.
"""

import asyncio
import json
import re
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from urllib.parse import parse_qs

BACKENDS = {
    name: f"anymail.backends.{name}.EmailBackend"
    for name in ("mailgun", "sendgrid", "mandrill", "sparkpost", "mailjet", "brevo", "postmark")
}


@dataclass
class Received:
    """One letter as its recipient gets it."""

    to: str
    subject: str
    text: str
    page: str
    headers: dict = field(default_factory=dict)
    metadata: dict = field(default_factory=dict)


@dataclass
class Provider:
    """What came in, and what to answer next: answers takes statuses, or "drop" to hang up without a word."""

    port: int = 0
    requests: list = field(default_factory=list)  # (path, head, body)
    answers: list = field(default_factory=list)
    bad: set = field(default_factory=set)  # addresses for which a whole request is refused
    counted: int = 0
    keeps: bool = True

    def settings(self):
        """Anymail's settings for this provider under each of its names."""
        url = f"http://127.0.0.1:{self.port}"
        return {
            "MAILGUN_API_KEY": "key",
            "MAILGUN_SENDER_DOMAIN": "example.org",
            "MAILGUN_API_URL": f"{url}/mailgun/v3",
            "MAILGUN_WEBHOOK_SIGNING_KEY": "signing",
            "SENDGRID_API_KEY": "key",
            "SENDGRID_API_URL": f"{url}/sendgrid/v3",
            "MANDRILL_API_KEY": "key",
            "MANDRILL_API_URL": f"{url}/mandrill",
            "SPARKPOST_API_KEY": "key",
            "SPARKPOST_API_URL": f"{url}/sparkpost",
            "MAILJET_API_KEY": "key",
            "MAILJET_SECRET_KEY": "secret",
            "MAILJET_API_URL": f"{url}/mailjet",
            "BREVO_API_KEY": "key",
            "BREVO_API_URL": f"{url}/brevo",
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": f"{url}/postmark",
        }

    def letters(self):
        """Every letter of every request that was taken, merged."""
        return [letter for path, _head, body in self.requests for letter in MERGES[named(path)](body)]

    def answer(self, path, head, body):
        """(status, JSON) for one request."""
        if path == "/count":
            return 200, {"recipients": self.counted}
        name = named(path)
        status = self.answers.pop(0) if self.answers else 200
        if status != 200:
            return status, {"message": "not now"}
        if not self.keeps:
            self.counted += body.count(COUNTED[name])
            return 200, ANSWERS[name]([])
        merged = MERGES[name](body)
        if {letter.to for letter in merged} & self.bad:
            return 400, {"message": "a recipient is not valid"}
        self.counted += len(merged)
        self.requests.append((path, head, body))
        return 200, ANSWERS[name](merged)


def named(path):
    return path.strip("/").partition("/")[0]


def mailgun(body):
    form = parse_qs(body.decode(), keep_blank_values=True)
    variables = json.loads(form.get("recipient-variables", ["{}"])[0])

    def merged(text, to):
        hers = {key: str(value) for key, value in variables.get(to, {}).items()}
        return re.sub(r"%recipient\.([^%]+)%", lambda found: hers.get(found[1], found[0]), text)

    letters = []
    for to in (parseaddr(one)[1] for one in form["to"]):
        parts = [merged(form[key][0], to) for key in ("subject", "text", "html")]
        headers = {key[2:]: merged(form[key][0], to) for key in form if key.startswith("h:")}
        metadata = {key[2:]: merged(form[key][0], to) for key in form if key.startswith("v:")}
        letters.append(Received(to, *parts, headers, metadata))
    return letters


def sendgrid(body):
    data, letters = json.loads(body), []
    parts = {part["type"]: part["value"] for part in data["content"]}
    for one in data["personalizations"]:
        said = [data["subject"], parts["text/plain"], parts["text/html"]]
        for mark, value in one.get("substitutions", {}).items():
            said = [text.replace(mark, value) for text in said]
        headers = {**data.get("headers", {}), **one.get("headers", {})}
        metadata = {**data.get("custom_args", {}), **one.get("custom_args", {})}
        letters.append(Received(one["to"][0]["email"], *said, headers, metadata))
    return letters


def mandrill(body):
    message, letters = json.loads(body)["message"], []
    for one in message["to"]:
        rows = [row["vars"] for row in message.get("merge_vars", []) if row["rcpt"] == one["email"]]
        hers = {var["name"].upper(): var["content"] for row in rows for var in row}
        said = [
            re.sub(r"\*\|(\w+)\|\*", lambda found, hers=hers: hers.get(found[1].upper(), ""), message[key])
            for key in ("subject", "text", "html")
        ]
        metadata = dict(message.get("metadata", {}))
        for row in message.get("recipient_metadata", []):
            if row["rcpt"] == one["email"]:
                metadata |= row["values"]
        letters.append(Received(one["email"], *said, message.get("headers", {}), metadata))
    return letters


def sparkpost(body):
    data, letters = json.loads(body), []
    content = data["content"]
    for one in data["recipients"]:
        hers = {**data.get("substitution_data", {}), **one.get("substitution_data", {})}

        def merged(text, hers=hers):
            if data.get("options", {}).get("perform_substitutions") is False:
                return text
            return re.sub(r"\{\{\{?(\w+)\}?\}\}", lambda found: str(hers.get(found[1], "")), text)

        said = [merged(content[key]) for key in ("subject", "text", "html")]
        headers = {name: merged(value) for name, value in content.get("headers", {}).items()}
        letters.append(Received(one["address"]["email"], *said, headers, one.get("metadata", data.get("metadata", {}))))
    return letters


def mailjet(body):
    data, letters = json.loads(body), []
    for one in data["Messages"]:
        message = {**data["Globals"], **one}
        hers = message.get("Variables", {})
        said = [message[key] for key in ("Subject", "TextPart", "HTMLPart")]
        if message.get("TemplateLanguage"):
            said = [re.sub(r"\{\{var:(\w+)\}\}", lambda found, h=hers: h.get(found[1], ""), text) for text in said]
        metadata = json.loads(message.get("EventPayload", "{}"))
        letters.append(Received(one["To"][0]["Email"], *said, message.get("Headers", {}), metadata))
    return letters


def brevo(body):
    data, letters = json.loads(body), []
    for one in data.get("messageVersions") or [{"to": data["to"]}]:
        hers = {**data.get("params", {}), **one.get("params", {})}
        said = [
            re.sub(r"\{\{params\.(\w+)\}\}", lambda found, hers=hers: hers.get(found[1], ""), data[key])
            for key in ("subject", "textContent", "htmlContent")
        ]
        headers = {**data.get("headers", {}), **one.get("headers", {})}
        metadata = json.loads(headers.pop("X-Mailin-custom", "{}"))
        letters.append(Received(one["to"][0]["email"], *said, headers, metadata))
    return letters


def postmark(body):
    data = json.loads(body)
    return [
        Received(
            parseaddr(one["To"])[1],
            one["Subject"],
            one["TextBody"],
            one["HtmlBody"],
            {header["Name"]: header["Value"] for header in one.get("Headers", [])},
            one.get("Metadata", {}),
        )
        for one in (data if isinstance(data, list) else [data])
    ]


MERGES = {
    "mailgun": mailgun,
    "sendgrid": sendgrid,
    "mandrill": mandrill,
    "sparkpost": sparkpost,
    "mailjet": mailjet,
    "brevo": brevo,
    "postmark": postmark,
}
# What stands once a recipient in each one's requests, for the counter that reads no more.
COUNTED = {
    "mailgun": b"to=",
    "sendgrid": b'"to":',
    "mandrill": b'"type":',
    "sparkpost": b'"address":',
    "mailjet": b'"To":',
    "brevo": b'"to":',
    "postmark": b'"To":',
}
ANSWERS = {
    "mailgun": lambda letters: {"id": "<batch@example.org>", "message": "Queued. Thank you."},
    "sendgrid": lambda letters: {},
    "mandrill": lambda letters: [{"email": letter.to, "status": "sent", "_id": f"m-{letter.to}"} for letter in letters],
    "sparkpost": lambda letters: {
        "results": {"total_accepted_recipients": len(letters), "total_rejected_recipients": 0, "id": "102"}
    },
    "mailjet": lambda letters: {
        "Messages": [
            {"Status": "success", "To": [{"Email": letter.to, "MessageID": 900 + n}]}
            for n, letter in enumerate(letters)
        ]
    },
    "brevo": lambda letters: {"messageIds": [f"<b{n}@example.org>" for n, _letter in enumerate(letters)]},
    "postmark": lambda letters: {
        "ErrorCode": 0,
        "Message": "OK",
        "MessageID": "p-1",
        "To": ", ".join(letter.to for letter in letters),
        "SubmittedAt": "2026-01-01T00:00:00Z",
    },
}


class Wire(asyncio.Protocol):
    """HTTP with a length and kept connections: all that these clients speak."""

    def __init__(self, provider):
        self.provider, self.buffer = provider, bytearray()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end])
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            stop = end + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < stop:
                return
            body = bytes(self.buffer[end + 4 : stop])
            del self.buffer[:stop]
            if self.provider.answers[:1] == ["drop"]:
                self.provider.answers.pop(0)
                self.transport.abort()
                return
            status, said = self.provider.answer(head.split(b" ")[1].decode(), head.decode(), body)
            said = json.dumps(said).encode()
            self.transport.write(
                b"HTTP/1.1 %d Answer\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (status, len(said), said)
            )


async def serve(provider, port, ready):
    server = await asyncio.get_running_loop().create_server(lambda: Wire(provider), "127.0.0.1", port)
    provider.port = server.sockets[0].getsockname()[1]
    ready()
    async with server:
        await server.serve_forever()


@contextmanager
def running(port=0, keeps=True):
    """A provider in a thread of its own, until the block ends."""
    provider, loop, ready = Provider(keeps=keeps), asyncio.new_event_loop(), threading.Event()
    task = loop.create_task(serve(provider, port, ready.set))

    def run():
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield provider
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)


if __name__ == "__main__":
    try:
        asyncio.run(serve(Provider(keeps=False), int(sys.argv[1]) if len(sys.argv) > 1 else 8025, lambda: None))
    except KeyboardInterrupt:
        pass
