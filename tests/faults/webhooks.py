"""F19: a provider's reports replayed, shuffled, forged, stale, too large and about letters of nobody."""

import hashlib
import hmac
import http.client
import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from mailings.models import Delivery, Letter, ProviderReport, Suppression
from tests.faults import federation, invariants
from tests.faults.plan import Fault, Seen

KEY = "the provider's signing key"
AT_A_TIME = 8
BOUNCE = {
    "event": "failed",
    "severity": "permanent",
    "reason": "bounce",
    "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
}
# What a provider may say of one letter, in the order in which it happens.
STORIES = [
    [{"event": "delivered"}],
    [{"event": "failed", "severity": "temporary", "reason": "generic"}, {"event": "delivered"}],
    [{"event": "failed", "severity": "temporary", "reason": "generic"}, BOUNCE],
    [{"event": "delivered"}, {"event": "complained"}],
    [BOUNCE],
]


def reports(letters, chance):
    """All that happens to these letters: (event, its provider's number), each letter's own story in its order."""
    found = []
    for number, letter in enumerate(letters):
        for step, event in enumerate(chance.choice(STORIES)):
            at = 1_770_000_000 + number * 10 + step
            said = {"timestamp": at, "recipient": f"m{number}@example.org", "user-variables": {"letter": str(letter)}}
            found.append((event | said, f"event-{letter}-{step}"))
    return found


def signed(event, token, *, key=KEY, age=0) -> bytes:
    """A report as Mailgun sends it, signed so many seconds ago."""
    at = str(int(time.time()) - age)
    seal = hmac.new(key.encode(), f"{at}{token}".encode(), hashlib.sha256).hexdigest()
    return json.dumps({"signature": {"token": token, "timestamp": at, "signature": seal}, "event-data": event}).encode()


# What is wrong with a report that is none, and the status it is answered with.
WRONG = {
    "forged": (lambda event, token: signed(event, token, key="somebody's key"), 401),
    "stale": (lambda event, token: signed(event, token, age=400), 401),
    "from the future": (lambda event, token: signed(event, token, age=-400), 401),
    "too large": (lambda event, token: signed(event | {"x": "x" * 5_000_000}, token), 413),
    "nobody's letter": (lambda event, token: signed(event | {"user-variables": {"letter": "9" * 15}}, token), 200),
    "unsigned": (lambda event, token: json.dumps({"event-data": event}).encode(), 401),
    "no JSON": (lambda event, token: signed(event, token)[:-9], 401),
    "bytes": (lambda event, token: b"\xff\x00" * 50, 401),
}


def post(port, bodies) -> Counter:
    """Post these on one connection each its turn; how often which status came."""
    found = Counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body in bodies:
        try:
            line.request("POST", "/hooks/mailgun/", body, {"Content-Type": "application/json"})
            answer = line.getresponse()
            answer.read()
            found[answer.status] += 1
        except (http.client.HTTPException, OSError):
            # A body that is refused for its size may meet a closed door before it is through.
            found["hung up"] += 1
            line.close()
    line.close()
    return found


def storm(port, bodies) -> Counter:
    """Post all of them, several at a time."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return sum(pool.map(post, [port] * AT_A_TIME, (bodies[n::AT_A_TIME] for n in range(AT_A_TIME))), Counter())


def states() -> list[list]:
    """All that reports may change, but for when they came in."""
    return [
        list(Delivery.objects.order_by("letter").values_list("letter", "state", "at", "provider", "reason")),
        list(ProviderReport.objects.order_by("provider", "event").values_list("provider", "event")),
        list(Suppression.objects.order_by("address", "reason").values_list("address", "reason", "source")),
    ]


def forget():
    for model in (Delivery, ProviderReport, Suppression):
        model.objects.all().delete()


def play(home, size, chance):
    """One clean pass; then everything again, several times over, in no order, among what is no report at all."""
    seen = Seen()
    home.environment |= {"MAILGUN_API_KEY": "key", "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    federation.open_vote(size.letters, letters=True)
    Letter.objects.update(state=Letter.State.SENT)
    home.web()
    every = reports(list(Letter.objects.order_by("pk").values_list("pk", flat=True)), chance)
    clean = post(home.port, [signed(*one) for one in every])
    right = states()
    if clean != {200: len(every)} or not all(right):
        seen.void.append(f"the clean pass was answered {dict(clean)}")
    forget()
    bodies, wanted = [], Counter()
    while len(bodies) < size.posts:
        for one in every:
            bodies.append(signed(*one))
            wanted[200] += 1
        # Each of another letter, which it would change if it were believed.
        for name in WRONG:
            event, token = chance.choice(every)
            make, status = WRONG[name]
            bodies.append(make(event | {"event": "complained"}, f"{token}-{name}-{len(bodies)}"))
            wanted[status] += 1
    chance.shuffle(bodies)
    answered = storm(home.port, bodies)
    if answered[413] + answered["hung up"] != wanted[413]:
        seen.breaches.append(f"{wanted[413]} were too large, {answered[413]} were told so")
    for status in (200, 401):
        if answered[status] != wanted[status]:
            seen.breaches.append(f"{wanted[status]} should have been answered {status}, {answered[status]} were")
    if states() != right:
        seen.breaches.append("I11: it did not end as one clean pass")
    storm(home.port, [signed(*one) for one in every])
    if states() != right:
        seen.breaches.append("I11: a replay changed something")
    seen.check(invariants.no_failures(home, home.journal))
    seen.figures |= {
        "reports, each of them new once": len(every),
        "posts": len(bodies),
        "believed": answered[200],
        "turned away": answered[401] + wanted[413],
        "answers 5xx": sum(times for status, times in answered.items() if str(status).startswith("5")),
    }
    return seen


FAULTS = [
    Fault(
        "F19",
        "A provider's reports replayed, shuffled, forged, stale, of 5 MB, and about nobody's letter",
        "it ends as one clean pass; a replay leaves every state as it was (I11)",
        play,
        full={"letters": 1500, "posts": 10_000},
        small={"letters": 60, "posts": 300},
    )
]
