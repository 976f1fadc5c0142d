"""Makes a failing program small: statements are deleted, or replaced by what they contain, then expressions by their
parts or by a constant, as long as it still fails.
"""

import ast
import copy

MOST_TRIES = 1500
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def _lists(tree):
    """All lists of statements in a tree, with the node and field that hold them; from the outermost."""
    found = []
    for node in ast.walk(tree):
        for field in BLOCKS:
            statements = getattr(node, field, None)
            if isinstance(statements, list) and statements:
                found.append((node, field))
    return found


def _expressions(tree):
    """All expressions that are read in a tree, with the node, the field and the index in it (None: no list)."""
    found = []
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            children = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, child in children:
                if isinstance(child, ast.expr) and isinstance(getattr(child, "ctx", ast.Load()), ast.Load):
                    found.append((node, field, index, child))
    return found


def _fewer_statements(tree):
    """Changes that take statements away, the greatest steps first; each is applied to a copy."""
    for place, (node, field) in enumerate(_lists(tree)):
        count = len(getattr(node, field))
        size = count
        while size:
            for start in range(count - size, -1, -size):
                yield lambda changed, at=(place, start, size): _delete(changed, *at)
            size //= 2
        for start in range(count - 1, -1, -1):
            inner = getattr(node, field)[start]
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                continue
            parts = [(inner, part) for part in ("body", "orelse", "finalbody")]
            parts += [(case, "body") for case in getattr(inner, "cases", ())]
            parts += [(handler, "body") for handler in getattr(inner, "handlers", ())]
            if not isinstance(inner, ast.stmt):
                continue
            for number, (holder, part) in enumerate(parts):
                if isinstance(getattr(holder, part, None), list) and getattr(holder, part):
                    yield lambda changed, at=(place, start, number): _unwrap(changed, *at)


def _simpler_expressions(tree):
    """Changes that put a part of an expression, or a constant, in its place."""
    for place, (_, _, _, child) in enumerate(_expressions(tree)):
        if isinstance(child, ast.Constant):
            continue
        parts = [part for part in ast.iter_child_nodes(child) if isinstance(part, ast.expr)]
        for number in range(len(parts)):
            yield lambda changed, at=(place, number): _replace(changed, *at)
        if not isinstance(child, ast.Name):
            yield lambda changed, at=place: _replace(changed, at, None)


def _delete(tree, place, start, size):
    node, field = _lists(tree)[place]
    statements = getattr(node, field)
    single = size == 1 and isinstance(statements[start], ast.Pass)
    del statements[start : start + size]
    if not statements and field == "body" and not isinstance(node, ast.Module):
        statements.append(ast.Pass())
        return not single
    return True


def _unwrap(tree, place, start, number):
    node, field = _lists(tree)[place]
    statements = getattr(node, field)
    inner = statements[start]
    parts = [getattr(inner, part, None) for part in ("body", "orelse", "finalbody")]
    parts += [case.body for case in getattr(inner, "cases", ())]
    parts += [handler.body for handler in getattr(inner, "handlers", ())]
    statements[start : start + 1] = parts[number]
    return True


def _replace(tree, place, number):
    node, field, index, child = _expressions(tree)[place]
    parts = [part for part in ast.iter_child_nodes(child) if isinstance(part, ast.expr)]
    instead = ast.Constant(1) if number is None else parts[number]
    if index is None:
        setattr(node, field, instead)
    else:
        getattr(node, field)[index] = instead
    return True


def _changed(tree, change):
    """A copy of the tree with the change, and its text; None if that is no program, or the same."""
    changed = copy.deepcopy(tree)
    if not change(changed):
        return None
    ast.fix_missing_locations(changed)
    try:
        text = ast.unparse(changed) + "\n"
        compile(text, "reduced", "exec")
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return None
    return ast.parse(text), text


def reduce(text, still_fails):
    """The smallest program found that ``still_fails``, from a ``text`` that does."""
    tree = ast.parse(text)
    best = ast.unparse(tree) + "\n"
    if not still_fails(best):
        return text
    tries = 0
    progress = True
    while progress and tries < MOST_TRIES:
        progress = False
        for changes in (_fewer_statements, _simpler_expressions):
            # What one step leaves is looked at from where the step was: before it, all was tried.
            at = 0
            while tries < MOST_TRIES:
                step = next(
                    (
                        (number, made)
                        for number, change in enumerate(changes(tree))
                        if number >= at and (made := _changed(tree, change)) and len(made[1]) < len(best)
                    ),
                    None,
                )
                if step is None:
                    break
                number, made = step
                tries += 1
                if still_fails(made[1]):
                    tree, best = made
                    progress = True
                    at = number
                else:
                    at = number + 1
    return best
