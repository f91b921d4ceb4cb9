"""The record of an audit of the paper: all results, as JSON, from which its page can be written again."""

import json
import math
import zlib
from base64 import b85decode, b85encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from validation.paper.computing import Result, Results
from validation.paper.page import Verdict

KIND = "audit of the paper by phasespace_qb"
FORMATS = (1, 2)
"""Those that are read; the last one is written.  The first had no deflated lists."""
LONG = 8
"""Numbers of a list from which on it may be told in fewer."""
SHORT = ({"number"}, {"all", "count"}, {"from", "to", "count"}, {"deflated"})
"""Names by which the record tells something else than a part of a result."""
COMMITTED = Path(__file__).with_name("paper.json")
"""The record of the last full audit."""


@dataclass(frozen=True, eq=False)
class Record:
    """What an audit computed, by the name of each task, and on what.

    not_computed: tasks without a result, and why.  verdicts: names and titles of the sections that were made of it, and
    words and kinds of their verdicts, to be listed without making them again.  date: the day of the audit.
    seconds: of wall-clock time.
    """

    results: Mapping[str, Result]
    quick: bool
    surroundings: Mapping[str, str]
    date: str
    seconds: float
    not_computed: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
    verdicts: Sequence[tuple[str, str, tuple[Verdict, ...]]] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return not self.interrupted and not self.not_computed

    @property
    def told_from(self) -> Results:
        """The results as sections take them."""
        return Results(self.results)


def as_json(record: Record) -> str:
    """Valid JSON, one line for each result: indented, all numbers would stand on lines of their own.

    {"deflated": text} stands for a list of numbers: its JSON, deflated (RFC 1950), with 85 characters for the bytes.
    """
    head = {
        "kind": KIND,
        "format": FORMATS[-1],
        "quick": record.quick,
        "complete": record.complete,
        "interrupted": record.interrupted,
        "date": record.date,
        "seconds": record.seconds,
        "surroundings": dict(record.surroundings),
        "not_computed": dict(record.not_computed),
        "verdicts": [
            [name, title, [[each.words, each.kind] for each in those]] for name, title, those in record.verdicts
        ],
    }
    lines = [f"{json.dumps(name)}: {_line(value)}" for name, value in head.items()]
    results = [f"{json.dumps(key, ensure_ascii=False)}: {_line(record.results[key])}" for key in sorted(record.results)]
    lines.append('"results": {' + ("\n" + ",\n".join(results) + "\n" if results else "") + "}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read(path: Path) -> Record:
    """The record in a file that `as_json` has filled.

    Raises: OSError if it cannot be read, and ValueError if it is no such record.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise OSError(f"the record must be a file that can be read, got {path}: {error.strerror}.") from None
    except UnicodeError:
        raise _foreign(path, "it is no text") from None
    return parsed(text, path)


def parsed(text: str, path: Path = COMMITTED) -> Record:
    """The record that a text is; path: of the file that it comes from.

    Raises: ValueError if it is no record.
    """
    try:
        found = json.loads(text, object_hook=_restored, parse_constant=_refused)
    except (ValueError, TypeError, ArithmeticError, RecursionError, zlib.error) as error:
        raise _foreign(path, f"it is no JSON ({error})") from None
    if not isinstance(found, dict) or found.get("kind") != KIND:
        raise _foreign(path, "it does not say that it is one")
    if found.get("format") not in FORMATS:
        known = " and ".join(map(str, FORMATS))
        raise _foreign(path, f"its format is {found.get('format')!r}, and this version reads {known}")
    wanted: dict[str, type | tuple[type, ...]] = {
        "results": dict,
        "quick": bool,
        "surroundings": dict,
        "date": str,
        "seconds": (int, float),
        "not_computed": dict,
        "interrupted": bool,
        "verdicts": list,
    }
    for name, kind in wanted.items():
        if not isinstance(found.get(name), kind):
            raise _foreign(path, f"its {name!r} is missing, or something else")
    for name, kind in (("results", dict), ("surroundings", str), ("not_computed", str)):
        if not all(isinstance(each, kind) for each in found[name].values()):
            raise _foreign(path, f"its {name!r} holds something else")
    try:
        verdicts = [(name, title, tuple(Verdict(*each) for each in those)) for name, title, those in found["verdicts"]]
    except (TypeError, ValueError):
        raise _foreign(path, "its 'verdicts' holds something else") from None
    return Record(**({name: found[name] for name in wanted} | {"verdicts": verdicts}))


def plain(result: Result) -> Result:
    """A result as it comes back from the record: a page from either is the same.

    Raises: TypeError for what JSON cannot hold.
    """
    back = json.loads(_line(result), object_hook=_restored)
    assert isinstance(back, dict)
    return back


def _foreign(path: Path, why: str) -> ValueError:
    return ValueError(f"the record must be one that `python -m validation paper` has written, got {path}: {why}.")


def _line(value: Any) -> str:
    return json.dumps(_named(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _named(value: Any) -> Any:
    """What JSON has no word for, and what is shorter in words: equal numbers, equal steps, and long lists."""
    if isinstance(value, Mapping):
        if set(value) in SHORT:
            raise ValueError(f"a result must not have a part with the names {', '.join(value)} alone")
        return {key: _named(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return _shorter(list(value)) or [_named(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    return value


def _shorter(values: list[Any]) -> dict[str, Any] | None:
    """A long list in less that gives exactly the same list; None if nothing does."""
    if len(values) < LONG or not all(isinstance(each, float) for each in values):
        return None
    if all(math.isfinite(each) for each in values):
        if all(each == values[0] for each in values):
            return {"all": values[0], "count": len(values)}
        steps = {"from": values[0], "to": values[-1], "count": len(values)}
        if _restored(steps) == values:
            return steps
    words = json.dumps([_named(each) for each in values], separators=(",", ":"))
    deflated = {"deflated": b85encode(zlib.compress(words.encode(), 9)).decode()}
    return deflated if len(json.dumps(deflated)) < len(words) else None


def _restored(found: dict[str, Any]) -> Any:
    names = set(found)
    if names == {"number"}:
        return float(found["number"])
    if names == {"deflated"}:
        return json.loads(zlib.decompress(b85decode(found["deflated"])), object_hook=_restored, parse_constant=_refused)
    if names == {"all", "count"}:
        return [found["all"]] * found["count"]
    if names == {"from", "to", "count"}:
        # To as many digits as are kept of any time.
        step = (found["to"] - found["from"]) / (found["count"] - 1)
        return [float(f"{found['from'] + index * step:.7g}") for index in range(found["count"])]
    return found


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
