"""Imports, module attributes and their errors inside hot loops."""


def case_import_each_time():
    total = 0.0
    for i in range(60):
        import math

        total += math.sqrt(i)
    return total


def case_import_from():
    total = 0
    for i in range(60):
        from operator import add
        from math import floor as down

        total = add(total, down(i / 2))
    return total


def case_import_fails_late():
    for i in range(60):
        if i == 55:
            import no_such_module_anywhere


def case_import_from_fails_late():
    for i in range(60):
        if i == 55:
            from math import no_such_name


def case_import_fallback():
    missing = 0
    for i in range(40):
        try:
            import no_such_module_anywhere
        except ImportError as error:
            missing += len(error.name) > 0
    return missing


def case_submodule():
    count = 0
    for i in range(40):
        import os.path
        import xml.dom as dom

        count += os.path.join("a", str(i)) == f"a/{i}"
        count += dom.Node.ELEMENT_NODE
    return count


def case_module_attribute_rebound():
    import types

    module = types.ModuleType("settings")
    module.step = 1
    total = 0
    for i in range(120):
        total += module.step
        if i == 60:
            module.step = 2.5
        if i == 100:
            module.step = 2**65
    return total


def case_module_attribute_missing():
    import types

    module = types.ModuleType("settings")
    module.step = 1
    total = 0
    for i in range(90):
        total += module.step
        if i == 77:
            del module.step


def case_module_getattr():
    import types

    module = types.ModuleType("lazy")
    asked = []
    module.__getattr__ = lambda name: asked.append(name) or len(asked)
    total = 0
    for i in range(60):
        total += module.anything
    return total, len(asked)
