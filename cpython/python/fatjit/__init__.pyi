from types import CodeType, FunctionType, MethodType
from typing import TypedDict, TypeVar

__all__ = ["compile", "disable", "enable", "exclude", "explain", "is_enabled", "stats"]

_Function = TypeVar("_Function", bound=FunctionType | MethodType | CodeType)

class Stats(TypedDict):
    regions: int
    entries: int
    exits: dict[str, int]
    refusals: dict[str, int]
    compile_ms: float
    code_bytes: int
    ir_instructions: int

class Exit(TypedDict):
    line: int
    opcode: str
    reason: str
    count: int

class Loop(TypedDict):
    line: int
    compiled: bool
    reason: str | None
    opcode: str | None
    entries: int
    exits: list[Exit]
    assumes: list[str]
    fallen: list[str]

def enable(threshold: int | None = None) -> None: ...
def disable() -> None: ...
def is_enabled() -> bool: ...
def exclude(function: _Function) -> _Function: ...
def compile(function: _Function) -> _Function: ...
def stats() -> Stats: ...
def explain(function: FunctionType | MethodType | CodeType) -> list[Loop]: ...
