"""How hard a text is to read: the grade of Flesch and Kincaid, in Spanish the score of Fernández Huerta.

Approximate, as all such counts are: a syllable is a run of vowels, less the silent ones of English.
"""

import re
from html.parser import HTMLParser

BLOCKS = {"p", "li", "h1", "h2", "h3", "dt", "dd", "legend", "label", "button", "summary", "div", "td", "th", "span"}
SILENT = {"script", "style", "option", "code"}
WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
# What is no prose: addresses, links, hours.
NO_PROSE = re.compile(r"\S+@\S+|https?://\S+|/\S+/|\d\S*|\b[ap]\.\s?m\.")


class Prose(HTMLParser):
    """The sentences of a page's main part, a block's end ending one."""

    def __init__(self):
        super().__init__()
        self.text, self.inside, self.silent = [], 0, 0

    def handle_starttag(self, tag, attrs):
        self.inside += tag == "main"
        self.silent += tag in SILENT
        if tag in BLOCKS or tag == "br":
            self.text.append("\n")

    def handle_endtag(self, tag):
        self.inside -= tag == "main"
        self.silent -= tag in SILENT
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_data(self, data):
        if self.inside and not self.silent:
            self.text.append(re.sub(r"\s+", " ", data))


def prose_of(page: str) -> str:
    """What a reader reads of a page, a block a line."""
    parser = Prose()
    parser.feed(page)
    return "".join(parser.text)


def sentences(text):
    """Lists of words. A line without a full sentence, as a label, counts as one."""
    lines = re.split(r"[.!?:;]+\s|\n+", NO_PROSE.sub(" ", text))
    return [words for line in lines if (words := WORD.findall(line))]


def syllables(word):
    """About how many syllables an English word has."""
    word = re.sub(r"(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$", lambda end: end[0][0], word.lower())
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def sílabas(word):
    """About how many syllables a Spanish word has: two strong vowels part, a weak one joins."""
    return max(1, len(re.findall(r"[iuü]?[aeoáéóíú][iuy]?|[iuüy]+", word.lower())))


def grade(text) -> float:
    """The school year that reads it with ease: 0.39 words a sentence + 11.8 syllables a word - 15.59."""
    said = sentences(text)
    words = [word for sentence in said for word in sentence]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def ease(text) -> float:
    """Fernández Huerta's score of a Spanish text: 206.84 - 60 syllables a word - 1.02 words a sentence. 70 is easy."""
    said = sentences(text)
    words = [word for sentence in said for word in sentence]
    return 206.84 - 60 * sum(map(sílabas, words)) / len(words) - 1.02 * len(words) / len(said)
