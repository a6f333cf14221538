"""Plain text as it goes into a letter: lines of at most 76 characters, links whole and on lines of their own."""

import re
import textwrap

WIDTH = 76
# Bytes a line of mail may have (RFC 5322 allows 998), and the characters of which it certainly has no more.
LONGEST_LINE, SAFE_LINE = 990, 240
LINK = re.compile(r"\S*https?://\S+")
ITEM = re.compile(r"\s*(?:[-*•]|\d+[.)])\s+")


def wrap(text) -> str:
    """The text with its paragraphs wrapped; nothing inside a link is ever broken.

    Lines are taken as they were written while they fit. A paragraph with a line that does not is filled
    anew, except that links alone on a line, list items and indented lines stay where they are.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = re.split(r"\n[ \t]*\n\s*", text.strip("\n "))
    return "\n\n".join(fill(paragraph) for paragraph in paragraphs if paragraph.strip()) + "\n"


def fill(paragraph) -> str:
    """One paragraph, filled anew only where a line of it is too long."""
    lines = [line.rstrip() for line in paragraph.split("\n")]
    if all(len(line) <= WIDTH or LINK.fullmatch(line.strip()) for line in lines):
        return "\n".join(lines)
    filled, running = [], []
    for line in [*lines, ""]:
        if line and not LINK.fullmatch(line.strip()) and not ITEM.match(line) and line == line.lstrip():
            running.append(line)
            continue
        if running:
            filled += broken(" ".join(running), "")
            running = []
        if LINK.fullmatch(line.strip()):
            filled.append(line)
        elif line:
            found = ITEM.match(line)
            hang = " " * (len(found[0]) if found else len(line) - len(line.lstrip()))
            filled += broken(line, hang)
    return "\n".join(filled)


def broken(line, hang) -> list[str]:
    """A long line as several; the later ones begin with hang."""
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    )


def in_short_lines(page) -> str:
    """HTML without a line too long for mail, broken at blanks: a line's end is a blank to HTML.

    So it needs no quoted-printable, which would double what it costs to make and to read back.
    """
    return "\n".join(
        line if len(line) <= SAFE_LINE or len(line.encode()) <= LONGEST_LINE else broken_at_blanks(line)
        for line in page.split("\n")
    )


def broken_at_blanks(line) -> str:
    """One long line in several; where there is no blank it stays long."""
    lines = []
    while len(line) > SAFE_LINE:
        at = line.rfind(" ", 1, SAFE_LINE)
        at = at if at > 0 else line.find(" ", SAFE_LINE)
        if at < 0:
            break
        lines.append(line[:at])
        line = line[at + 1 :]
    return "\n".join([*lines, line])


def in_one_line(text) -> str:
    """The text for a header: no line breaks or control characters, single blanks, no encoded word of its own."""
    text = str(text)
    if text.isprintable() and "=?" not in text and "  " not in text:
        return text.strip()  # nearly all are: nothing below would change them
    # "=?utf-8?q?…?=" would be decoded by whoever reads the header, line breaks and all.
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", text).split()).replace("=?", "= ?")
