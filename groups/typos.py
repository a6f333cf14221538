"""Mail addresses as fingers slip: ben@gmial.com was meant to be ben@gmail.com. Pure."""

from difflib import get_close_matches

COMMON = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "aol.com",
    "comcast.net",
    "verizon.net",
    "protonmail.com",
    "sbcglobal.net",
    "bellsouth.net",
    "msn.com",
    "live.com",
    "ymail.com",
    "mac.com",
    "me.com",
    "att.net",
    "cox.net",
    "gmx.com",
    "mail.com",
    "proton.me",
    "hey.com",
]
# Real hosts that look like a slip of one of the above.
REAL = {"email.com", "hotmail.co", "yahoo.co", "yahoo.ca", "gmx.net", "rocketmail.com", "fastmail.com", "ymail.co"}


def meant(address: str) -> str:
    """The address that was probably meant, "" where nothing suggests a slip."""
    box, _at, host = address.strip().rpartition("@")
    host = host.lower()
    if not box or host in COMMON or host in REAL or len(host) > 40:
        return ""
    close = get_close_matches(host, COMMON, n=1, cutoff=0.84)
    return f"{box}@{close[0]}" if close else ""
