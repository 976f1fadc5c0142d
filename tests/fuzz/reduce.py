"""Makes a failing program small: statements are deleted, or replaced by what they contain, as long as it
still fails.
"""

import ast
import copy

MOST_TRIES = 600


def _lists(tree):
    """All lists of statements in a tree, the largest first, with the node and field that hold them."""
    found = []
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody", "handlers"):
            statements = getattr(node, field, None)
            if isinstance(statements, list) and statements:
                found.append((node, field))
    return found


def _candidates(tree):
    """Smaller trees, as functions that change a copy; the greatest steps first."""
    for place, (_, field) in enumerate(_lists(tree)):
        node, _ = _lists(tree)[place]
        count = len(getattr(node, field))
        size = count
        while size:
            for start in range(count - size, -1, -size):
                yield place, start, size, None
            size //= 2
        for start in range(count - 1, -1, -1):
            inner = getattr(node, field)[start]
            for part in ("body", "orelse", "finalbody"):
                if isinstance(getattr(inner, part, None), list) and getattr(inner, part):
                    if not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                        yield place, start, 1, part


def _smaller(tree, place, start, size, part):
    changed = copy.deepcopy(tree)
    node, field = _lists(changed)[place]
    statements = getattr(node, field)
    kept = getattr(statements[start], part) if part else []
    statements[start : start + size] = kept
    if not statements and field == "body":
        if not isinstance(node, ast.Module):
            statements.append(ast.Pass())
        if size == 1 and part is None:
            return None
    ast.fix_missing_locations(changed)
    try:
        text = ast.unparse(changed) + "\n"
        compile(text, "reduced", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return None
    return changed, text


def reduce(text, still_fails):
    """The smallest program found that ``still_fails``, from a ``text`` that does."""
    tree = ast.parse(text)
    tries = 0
    best = ast.unparse(tree) + "\n"
    if not still_fails(best):
        return text
    progress = True
    while progress and tries < MOST_TRIES:
        progress = False
        for candidate in _candidates(tree):
            made = _smaller(tree, *candidate)
            if made is None or made[1] == best or len(made[1]) > len(best):
                continue
            tries += 1
            if still_fails(made[1]):
                tree, best = ast.parse(made[1]), made[1]
                progress = True
                break
            if tries >= MOST_TRIES:
                break
    return best
