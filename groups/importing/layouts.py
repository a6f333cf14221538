"""The column names of the list formats. Reports vary, so columns are found by name, never by position."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from groups.refusals import Refusal

# Our name for a cell: the names it has been seen under. The first that stands in a header is read.
EVERYWHERE = {
    "email": ["email", "email_address", "e-mail", "primary_email"],
    "first_name": ["first_name", "given_name", "firstname", "fname"],
    "last_name": ["last_name", "family_name", "lastname", "lname", "surname"],
    "zip": [
        "zip_code",
        "can2_zip",
        "can2_user_zip",
        "zip",
        "zip/postal_code",
        "postal_code",
        "zipcode",
        "can2_zip_code",
    ],
    "state": ["can2_user_state", "can2_state_abbreviated", "state", "region", "state/province"],
    "language": ["language"],
}


@dataclass(frozen=True)
class Layout:
    """How one tool writes its lists. needed are the cells without whose columns a file is refused."""

    name: str
    delimiter: str = ","
    columns: dict[str, list[str]] = field(default_factory=dict)
    needed: tuple[str, ...] = ("email", "zip")


LAYOUTS = {
    layout.name: layout
    for layout in [
        Layout(
            "action-network",
            columns=EVERYWHERE
            | {
                "status": ["can2_subscription_status", "subscription_status", "email_status"],
                "dated": ["can2_subscription_date", "can2_modified_date", "modified_date"],
                "key": ["uuid", "action_network_id", "can2_uuid"],
            },
        ),
        Layout(
            "mailchimp",
            columns=EVERYWHERE
            | {
                "dated": ["last_changed"],
                "joined": ["confirm_time", "optin_time"],
                "key": ["euid", "leid"],
            },
        ),
        Layout(
            "everyaction",
            delimiter="\t",
            columns=EVERYWHERE
            | {
                "status": ["email_subscription_status"],
                "key": ["source_id", "vanid"],
            },
        ),
    ]
}
OSDI = "osdi"
# Any other table: somebody says which column holds what.
OTHER = "other"
FORMATS = [*LAYOUTS, OSDI, OTHER]
# Our cells, in the order in which they are asked for.
CELLS = ["email", "first_name", "last_name", "zip", "state", "status", "dated", "joined", "language", "key"]


def matched(columns: dict[str, str] | None) -> Layout:
    """The layout of a table whose columns somebody has matched: {our cell: its header}. Refusal without an address."""
    columns = {cell: name for cell, name in (columns or {}).items() if cell in CELLS and name}
    return Layout(
        OTHER, columns={cell: [plain(name)] for cell, name in columns.items()} or EVERYWHERE, needed=("email",)
    )


def plain(name: str) -> str:
    """A column's name as compared: "ZIP code" and "zip_code" are one."""
    return "_".join(name.strip().strip("\ufeff'\"").lower().split())


def columns_of(header: list[str], layout: Layout) -> dict[str, int]:
    """Where each of our cells stands in this header. Refusal names the columns that are missing, and the header."""
    positions: dict[str, int] = {}
    for at, name in enumerate(header):
        positions.setdefault(plain(name), at)
    columns = {
        cell: next(positions[name] for name in names if name in positions)
        for cell, names in layout.columns.items()
        if any(name in positions for name in names)
    }
    missing = [layout.columns[cell][0] for cell in layout.needed if cell not in columns]
    if missing:
        raise Refusal(
            _("Missing column: %(missing)s. The header found is: %(header)s")
            % {"missing": ", ".join(missing), "header": repr(layout.delimiter.join(header)[:400])}
        )
    return columns


def status_of_file(header: list[str], file_name: str) -> str:
    """The status that a Mailchimp file gives everybody in it: it writes one file per status.

    The columns tell it (UNSUB_TIME, CLEAN_TIME); a non-subscribed list differs by its file's name only.
    """
    names = {plain(name) for name in header}
    if "unsub_time" in names:
        return "unsubscribed"
    if "clean_time" in names:
        return "cleaned"
    name = file_name.lower()
    for start, status in [
        ("unsubscribed", "unsubscribed"),
        ("cleaned", "cleaned"),
        ("nonsubscribed", "not subscribed"),
        ("non_subscribed", "not subscribed"),
        ("non-subscribed", "not subscribed"),
    ]:
        if name.startswith((start, f"mailchimp_{start}")):
            return status
    return "subscribed"
