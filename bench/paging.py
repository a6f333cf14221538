"""Pages: what they weigh, and that their queries do not grow with members, groups or contests."""


def measure(ground, ledger, *, size, runs, seconds):
    """The row, once: nothing of it depends on the machine."""
    figures = ground.child("ours.pages", "run")
    for page, weighed in figures["pages"].items():
        if weighed["status"] not in (200, 404):
            raise RuntimeError(f"{page}: {weighed['status']}")
        ledger.note("pages", "ours", weighed, page=page, size=size)
