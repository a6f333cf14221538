"""Cells for files that people open in a spreadsheet. Pure."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """The cell as a spreadsheet takes it for text: a formula's first sign gets a quote in front (trust.md T28)."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def typed(cell: str) -> str:
    """The cell as it was before harmless put a quote in front; any other as it stands."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell
