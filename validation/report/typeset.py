"""The notation of the paper as it is printed: F_p, W^c_ss, γ_s t, 1e-4 as HTML, and in the text of pictures."""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from validation.report.words import typeset

LETTER = r"[^\W\d_]\u0304?"
SCRIPT = r"\{[^{}]*\}|\((?:[^()]|\([^()]*\))*\)|[A-Za-z]+|[-−+]?\d+(?:[./]\d+)?|[∞†*±]"
TOKEN = re.compile(
    rf"""
      (?P<base>(?:(?<![A-Za-z])|(?<=[A-Za-z])(?=[^\x00-\x7F])|(?<=\bd))(?:{LETTER}))
      (?P<scripts>(?:[_^](?:{SCRIPT}))+)
    | (?<![\w.])(?P<mantissa>\d+(?:\.\d+)?)e(?P<sign>[+-]?)0*(?P<power>\d+)(?!\w)
    | (?<![\w.)])(?P<minus>-)(?=\.?\d)
    | (?<=[\d)\]|])\^(?P<bare>{SCRIPT})
    | (?P<name>(?<![\w'’&])(?:[WPEFNnrxgtkT]\u0304?)(?=[²³⁻⁰-⁹₀-₉]|[^\w'’\u0304]|$)|[α-ορ-ω]\u0304?)
    """,
    re.VERBOSE,
)
"""A letter with an index or an exponent; a number with a power of ten; a minus; a letter that is a quantity."""
ONE_SCRIPT = re.compile(rf"([_^])({SCRIPT})")
SIGNS = (
    (re.compile(r"(?<=\d) ?%"), "\N{NARROW NO-BREAK SPACE}%"),
    (re.compile(r"(?<=[^\W_])'(?=[^\W_])"), "’"),
    (re.compile(r"(?<=γ_[sa])'"), "′"),
)
"""A space before a per cent sign, an apostrophe within a word, a prime at a rate."""


class Piece(NamedTuple):
    """Some words and how they are set: `upright`, `italic`, `sub`, `sup`, or `both`, a sup and a sub in one place."""

    words: str
    style: str
    below: str = ""


def spaced(words: str) -> str:
    """Words with the signs of print."""
    for sign, instead in SIGNS:
        words = sign.sub(instead, words)
    return words


def pieces(words: str) -> Iterator[Piece]:
    """A text cut where its style changes."""
    end, words = 0, spaced(words)
    for found in TOKEN.finditer(words):
        if found.start() > end:
            yield Piece(words[end : found.start()], "upright")
        end = found.end()
        yield from _pieces_of(found)
    if end < len(words):
        yield Piece(words[end:], "upright")


def as_html(words: str) -> str:
    """Escaped, with italics, indices and powers."""
    return "".join(_html(piece) for piece in pieces(words))


def as_svg(words: str, size: float) -> str:
    """The inside of a text element of this size: tspans that are moved up and down."""
    parts, moved, back = [], 0.0, 0.0
    small = 0.72 * size
    for piece in pieces(words):
        for text, style in _lines(piece):
            small_one = style in ("sub", "sup")
            wanted = {"sub": 0.24 * size, "sup": -0.38 * size}.get(style, 0.0)
            look = f' dy="{wanted - moved:.1f}"' if wanted != moved else ""
            look += f' dx="{-back:.1f}"' if back else ""
            look += f' font-size="{small:.1f}"' if small_one else ""
            look += ' font-style="italic"' if style == "italic" else ""
            set_words = escape(typeset(text) if small_one else text)
            parts.append(f"<tspan{look}>{set_words}</tspan>" if look else set_words)
            # An index stands below an exponent, not behind it.
            back = 0.55 * small * len(text) if piece.style == "both" and style == "sup" else 0.0
            moved = wanted
    return "".join(parts)


def _pieces_of(found: re.Match[str]) -> Iterator[Piece]:
    if found["base"]:
        yield Piece(found["base"], "italic")
        scripts = {kind: _inside(text) for kind, text in ONE_SCRIPT.findall(found["scripts"])}
        if len(scripts) == 2:
            yield Piece(scripts["^"], "both", scripts["_"])
        else:
            ((kind, text),) = scripts.items()
            yield Piece(text, "sub" if kind == "_" else "sup")
    elif found["mantissa"]:
        yield Piece("10" if found["mantissa"] == "1" else f"{found['mantissa']}·10", "upright")
        yield Piece(("−" if found["sign"] == "-" else "") + found["power"], "sup")
    elif found["bare"]:
        yield Piece(_inside(found["bare"]), "sup")
    elif found["minus"]:
        yield Piece("−", "upright")
    else:
        yield Piece(found["name"], "italic")


def _inside(script: str) -> str:
    """An index or exponent without what holds it together."""
    return (script[1:-1] if script[0] in "{(" else script).replace("-", "−")


def _lines(piece: Piece) -> Iterator[tuple[str, str]]:
    if piece.style == "both":
        yield piece.words, "sup"
        yield piece.below, "sub"
    else:
        yield piece.words, piece.style


def _html(piece: Piece) -> str:
    if piece.style in ("upright", "italic"):
        words = escape(piece.words)
        return f"<i>{words}</i>" if piece.style == "italic" else words
    # An exponent has letters with indices, too.
    words, below = as_html(piece.words), as_html(piece.below)
    if piece.style == "both":
        return f'<span class="scripts"><sup>{words}</sup><sub>{below}</sub></span>'
    return f"<{piece.style}>{words}</{piece.style}>"
