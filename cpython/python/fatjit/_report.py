"""What fatjit did for a program, told when the program ends."""

import json
import os
import sys

from fatjit import _explain, _fatjit


def stats_with_places():
    """The counters, and where they are from."""
    return _fatjit.stats() | {"places": _places()}


def _places():
    """Where native code was left, and what was refused, those first that happened most."""
    found = []
    for code, _, _ in _fatjit._known():
        for region in _fatjit.explain(code):
            place = {"file": code.co_filename, "function": code.co_qualname}
            if region["refusal"] is not None:
                found.append(place | {"refusal": region["refusal"], "line": region["line"], "count": 1})
            for way in region["exits"]:
                found.append(place | {"exit": way["name"], "line": way["line"], "count": way["count"]})
    return sorted(found, key=lambda place: (-place["count"], place["file"], place["line"]))


def is_terminal(stream):
    """Whether words for people, in colours, are wanted there."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def stats_in_words(told):
    """The counters as lines of a table."""
    sampled = told["native_ms"] + told["interpreted_ms"]
    share = f"{told['native_ms'] / sampled:.0%} of {sampled / 1e3:.2f} s that were sampled" if sampled else "not sampled"
    rows = [
        ("regions compiled", told["regions"]),
        ("time compiling", f"{told['compile_ms']:.1f} ms, {told['compile_share']:.1%} of all processor time"),
        ("machine code", f"{told['code_bytes']} bytes"),
        ("time in native code", share),
        ("native code entered", _often(told["entries"])),
        ("given up, as something changed", _often(told["invalidations"])),
    ]
    rows += [(f"left: {name}", _often(count)) for name, count in _most(told["exits"])]
    rows += [(f"not compiled or entered: {name}", _often(count)) for name, count in _most(told["refusals"])]
    width = max(len(name) for name, _ in rows)
    yield from (f"{name:<{width}}  {value}" for name, value in rows)
    places = [place for place in told["places"] if place.get("exit") not in ("finished", "suspended")]
    for place in places[:10]:
        what = f"left: {place['exit']}" if "exit" in place else f"not compiled: {place['refusal']}"
        where = f"{os.path.basename(place['file'])}:{place['line']} in {place['function']}"
        yield f"  {where}: {what}, {_often(place['count'])}"


def _most(counts):
    return sorted(counts.items(), key=lambda item: -item[1])


def _often(count):
    return "once" if count == 1 else f"{count} times"


def print_stats(form="auto"):
    """Print the counters on stderr: as `text`, as one line of `json`, or as text only for a terminal."""
    if sys.stderr is None:
        return
    told = stats_with_places()
    if form == "text" or form == "auto" and sys.stderr.isatty():
        for line in stats_in_words(told):
            print(f"fatjit: {line}", file=sys.stderr)
    else:
        print(f"fatjit: {json.dumps(told)}", file=sys.stderr)


def print_explanation(as_json, path):
    """Print what became of the program's hot code, on stderr or into a file."""
    if sys.stdout is not None:
        # The program's own output comes first.
        sys.stdout.flush()
    told, rows = _fatjit.stats(), _explain.hot_code()
    if path is not None:
        with open(path, "w", encoding="utf-8") as file:
            _write(told, rows, as_json, file)
    elif sys.stderr is not None:
        _write(told, rows, as_json, sys.stderr)


def _write(told, rows, as_json, stream):
    if as_json:
        print(json.dumps({"stats": told, "code": rows}), file=stream)
        return
    paint = _explain.painted if is_terminal(stream) else _explain.plain
    for line in _explain.program_in_words(told, rows, paint):
        print(line, file=stream)
