"""An attribute that Python code looks up fails; whether its instruction is specialised differs from run to run."""


class Thing:
    def __getattribute__(self, name):
        return object.__getattribute__(self, name)

    def __getitem__(self, key):
        return {"a": 1}[key]

    @property
    def derived(self):
        return self.missing


def reads(thing):
    for _ in {"a": 1, "b": 2}.items():
        pass
    return thing.move


def derives(thing):
    for _ in {"a": 1, "b": 2}.items():
        pass
    return thing.derived


def gets(thing):
    for _ in {"a": 1, "b": 2}.items():
        pass
    return thing["b"]


def case_attribute():
    return reads(Thing())


def case_property():
    return derives(Thing())


def case_item():
    return gets(Thing())
