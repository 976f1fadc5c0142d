"""What became of code, as data and in words: what `fatjit.explain` gives, and what `python -m fatjit explain` prints."""

import linecache
import os
import textwrap

from fatjit import _fatjit, _words

# From so many on, an exit is worth a word of advice.
_OFTEN = 50
# Places of slow work that are shown.
_SHOWN = 5
# Lines of decorators in front of a function at most.
_DECORATION = 20
# Less than this share of the time is not shown of a program, unless nothing was timed.
_LEAST_SHARE = 0.01
_WIDTH = 100


class Explanation(list):
    """A list of dicts, one for each loop and function, that prints as words."""

    def __init__(self, code, regions):
        super().__init__(regions)
        self._title = f"{code.co_qualname} ({os.path.basename(code.co_filename)}:{code.co_firstlineno})"

    def __str__(self):
        return _fatjit._unseen(self._in_words)

    def _in_words(self):
        told = list(_all_in_words(self, plain)) or [f"  nothing happened to it: {_why_nothing()}"]
        return "\n".join([self._title, *told])

    __repr__ = __str__


def plain(text, style):
    """Paints nothing."""
    return text


def painted(text, style):
    """Paints for a terminal."""
    codes = {"title": "1", "good": "32", "bad": "31", "source": "2", "advice": "36"}
    return f"\x1b[{codes[style]}m{text}\x1b[0m"


def explain(code):
    """What became of a code object's loops and function."""
    regions = _fatjit.explain(code)
    source = _Source(code)
    for region in regions:
        if region["kind"] == "function":
            region["line"] = source.line_of_definition()
        region["text"] = source.line(region["line"])
        for way in region["exits"]:
            way["text"] = source.line(way["line"])
            del way["unit"]
        for place in region["slow"]:
            place["text"] = source.expression(place["unit"]) or source.line(place["line"])
            del place["unit"]
        region["advice"] = list(_advice(region))
    return Explanation(code, regions)


class _Source:
    """The source text of a code object, as far as it is to be found."""

    def __init__(self, code):
        self._file = code.co_filename
        self._positions = None
        self._code = code

    def line(self, number):
        return linecache.getline(self._file, number).strip()

    def line_of_definition(self):
        """The line of the `def`, behind decorators, if the source is there."""
        first = self._code.co_firstlineno
        # What is within begins behind it.
        for number in range(first, first + _DECORATION):
            if self.line(number).startswith(("def ", "async def ")):
                return number
        return first

    def expression(self, unit):
        """The text of what the instruction at a code unit is for, if that is one line."""
        if self._positions is None:
            self._positions = list(self._code.co_positions())
        first, last, start, end = self._positions[unit]
        if first is None or first != last or start is None or end is None:
            return ""
        line = linecache.getline(self._file, first).encode(errors="replace")
        return line[start:end].decode(errors="replace").strip()


def _why_nothing():
    return "no sample met it often enough, or it did too few rounds" if _fatjit.is_enabled() else "fatjit is off"


def _advice(region):
    """What can be done, most important first."""
    told = set()

    def tell(advice):
        if advice is not None and advice not in told:
            told.add(advice)
            yield advice

    if _stands_in_the_way(region):
        for place in region["slow"][:_SHOWN]:
            yield from tell(_words.slow(place["opcode"])[1])
    if region["refusal"] is not None and not told:
        yield from tell(_words.ADVICE.get(region["refusal"]))
    for way in sorted(region["exits"], key=lambda way: -way["count"]):
        if way["count"] >= _OFTEN:
            yield from tell(_words.ADVICE.get(way["name"]))


def _all_in_words(regions, paint):
    for region in regions:
        yield from _in_words(region, paint)


def _in_words(region, paint):
    """The lines for one loop or function."""
    what = f"{region['kind']}, line {region['line']}"
    if region["compiled"]:
        often = _times(region["entries"])
        yield f"  {what}: {paint('compiled', 'good')}, entered {often}"
    elif region["refusal"] is None:
        yield f"  {what}: not compiled yet: {region['reason']}"
    else:
        yield from _wrapped(f"{what}: {paint('not compiled', 'bad')}: {region['reason']}", 2)
    yield from _quoted(region["line"], region["text"], paint)
    ways = sorted(region["exits"], key=lambda way: -way["count"])
    for way in ways:
        yield from _wrapped(f"left {_times(way['count'])} at line {way['line']}: {way['reason']}", 4)
        if way["line"] != region["line"]:
            yield from _quoted(way["line"], way["text"], paint)
    slow = _merged(region["slow"])
    if slow:
        blamed = region["refusal"] == "needs-frame" or _stands_in_the_way(region)
        yield "    what stands in the way:" if blamed else "    done by the interpreter's routines, slowest first:"
        for place in slow[:_SHOWN]:
            does = _words.slow(place["opcode"])[0]
            yield f"      line {place['line']} {does}: {paint(place['text'], 'source')}"
        if len(slow) > _SHOWN:
            yield f"      and {len(slow) - _SHOWN} more"
    for fact in _worth_telling(region["assumes"]):
        yield f"    takes for granted: {fact}"
    for fact in sorted(set(region["fallen"])):
        yield f"    was made anew when the program changed: {fact} ({_times(region['fallen'].count(fact))})"
    for advice in region["advice"]:
        for line in _wrapped(f"-> {advice}", 4):
            yield paint(line, "advice")


def _merged(places):
    """Places that look the same to people, once."""
    seen = {}
    for place in places:
        seen.setdefault((place["line"], _words.slow(place["opcode"])[0], place["text"]), place)
    return list(seen.values())


def _stands_in_the_way(region):
    """Whether the slow places of a loop are why it is not compiled."""
    entered = region["refusal"] == "always-leaves" and region["entries"] > 0
    return region["refusal"] not in (None, "needs-frame") and not entered


def _worth_telling(facts):
    """Without those that a builtin is not hidden by a global: that it is taken for granted says so."""
    builtins = {fact.split("'")[1] for fact in facts if fact.startswith("builtin '")}
    hidden = {f"global '{name}' is not set" for name in builtins}
    return [fact for fact in facts if fact not in hidden]


def _quoted(line, text, paint):
    if text:
        yield f"      {line:>4} | {paint(text, 'source')}"


def _wrapped(text, indent):
    space = " " * indent
    return textwrap.wrap(
        text, _WIDTH, initial_indent=space, subsequent_indent=space + "   ", break_on_hyphens=False
    )


def _times(count):
    return "once" if count == 1 else f"{count} times"


def hot_code():
    """All code that there is something to tell of, as dicts, those first that took most of the time."""
    rows = []
    for code, native, interpreted in _fatjit._known():
        regions = explain(code)
        rows.append({
            "name": code.co_qualname,
            "file": code.co_filename,
            "line": code.co_firstlineno,
            "native_ms": native,
            "interpreted_ms": interpreted,
            "regions": regions,
        })
    return sorted(rows, key=lambda row: (-row["native_ms"] - row["interpreted_ms"], row["file"], row["line"]))


def program_in_words(stats, rows, paint):
    """What became of a program's hot code, as lines."""
    sampled = stats["native_ms"] + stats["interpreted_ms"]
    yield paint("What became of the hot code:", "title")
    if sampled:
        native = stats["native_ms"] / sampled
        yield (
            f"samples of {sampled / 1e3:.2f} s: {native:.0%} of the time in native code; "
            f"{stats['compile_share']:.1%} of all processor time went into compiling"
        )
    hidden = 0
    for row in rows:
        share = (row["native_ms"] + row["interpreted_ms"]) / sampled if sampled else 0
        told = [region for region in row["regions"] if region["compiled"] or region["refusal"]]
        if not told or sampled and share < _LEAST_SHARE:
            hidden += bool(told)
            continue
        yield ""
        title = f"{row['name']} ({row['file']}:{row['line']})"
        yield f"{paint(title, 'title')}: {share:.0%} of the time" if sampled else paint(title, "title")
        yield from _all_in_words(told, paint)
    if hidden:
        yield ""
        yield f"and {hidden} more, each under {_LEAST_SHARE:.0%} of the time"
    if hidden == 0 and not any(row["regions"] for row in rows):
        yield f"nothing happened: {_why_nothing()}"
