from types import CodeType, FunctionType, MethodType
from typing import Literal, NotRequired, TypedDict, TypeVar

__all__ = ["compile", "disable", "enable", "exclude", "explain", "is_enabled", "stats"]

_Function = TypeVar("_Function", bound=FunctionType | MethodType | CodeType)

class Place(TypedDict):
    file: str
    function: str
    line: int
    count: int
    exit: NotRequired[str]
    refusal: NotRequired[str]

class Stats(TypedDict):
    regions: int
    entries: int
    exits: dict[str, int]
    refusals: dict[str, int]
    invalidations: int
    compile_ms: float
    cpu_ms: float
    compile_share: float
    samples: int
    native_ms: float
    interpreted_ms: float
    code_bytes: int
    ir_instructions: int
    places: NotRequired[list[Place]]

class Exit(TypedDict):
    line: int
    text: str
    opcode: str
    reason: str
    name: str
    count: int

class Slow(TypedDict):
    line: int
    text: str
    opcode: str

class Loop(TypedDict):
    kind: Literal["loop", "function"]
    line: int
    text: str
    compiled: bool
    reason: str | None
    refusal: str | None
    opcode: str | None
    entries: int
    exits: list[Exit]
    assumes: list[str]
    fallen: list[str]
    slow: list[Slow]
    advice: list[str]

class Explanation(list[Loop]):
    def __str__(self) -> str: ...

def enable(threshold: int | None = None) -> None: ...
def disable() -> None: ...
def is_enabled() -> bool: ...
def exclude(function: _Function) -> _Function: ...
def compile(function: _Function) -> _Function: ...
def stats(places: bool = False) -> Stats: ...
def explain(function: FunctionType | MethodType | CodeType) -> Explanation: ...
