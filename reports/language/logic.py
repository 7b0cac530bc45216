"""``filterLogic``: AND, OR, brackets and filter numbers, read without recursion.

Grammar (AND binds tighter than OR; there is no NOT, operators have their negations)::

    logic   = term { "OR" term }
    term    = factor { "AND" factor }
    factor  = NUMBER | "(" logic ")"
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 2_000
MAX_DEPTH = 50
AND, OR = "AND", "OR"
_TOKEN = re.compile(r"\s*(?:([0-9]+)|(AND|OR)\b|([()]))", re.IGNORECASE)
_STRENGTH = {OR: 1, AND: 2}


class LogicError(ValueError):
    """The text doesn't parse; the message says where."""

    def __init__(self, message: str, position: int, hint: str = "") -> None:
        super().__init__(f"{message} (at character {position + 1}).")
        self.hint = hint


def parse_logic(text: str, filters: int) -> tuple[int | str, ...]:
    """The logic in reverse Polish notation; filters are numbered from 0 there.

    Raises :class:`LogicError` where it doesn't parse, names a filter that isn't there, or
    leaves one out.
    """
    if len(text) > MAX_CHARACTERS:
        raise LogicError(f"The logic is longer than {MAX_CHARACTERS} characters", MAX_CHARACTERS)
    output = _Output(filters)
    for kind, value, position in _tokens(text):
        output.push(kind, value, position)
    return output.finish(len(text))


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = len(text) - len(text[position:].lstrip())
            word = text[start : start + 12].split(maxsplit=1)[0]
            hint = "Use filter numbers, AND, OR and brackets."
            raise LogicError(f'"{word}" is not understood', start, hint)
        number, word, bracket = match.groups()
        start = match.start(match.lastindex or 0)
        kind = "number" if number else "operator" if word else bracket
        found.append((kind, (number or word or bracket).upper(), start))
        position = match.end()
    return found


class _Output:
    """Dijkstra's shunting yard."""

    def __init__(self, filters: int) -> None:
        self._filters = filters
        self._output: list[int | str] = []
        self._stack: list[tuple[str, int]] = []
        self._used: set[int] = set()
        self._wants_operand = True
        self._depth = 0

    def push(self, kind: str, value: str, position: int) -> None:
        starts_operand = kind in {"number", "("}
        if starts_operand != self._wants_operand:
            wanted = "a filter's number or (" if self._wants_operand else "AND, OR or )"
            raise LogicError(f'"{value}" stands where {wanted} is wanted', position)
        if kind == "number":
            self._number(value, position)
        elif kind == "(":
            self._open(position)
        elif kind == ")":
            self._close(position)
        else:
            self._operator(value, position)

    def _number(self, value: str, position: int) -> None:
        number = int(value) if len(value) <= 6 else 10**6
        if not 1 <= number <= self._filters:
            raise LogicError(
                f"There is no filter {value[:12]}",
                position,
                f"Filters are numbered from 1 to {self._filters}.",
            )
        self._output.append(number - 1)
        self._used.add(number)
        self._wants_operand = False

    def _open(self, position: int) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise LogicError(f"More than {MAX_DEPTH} brackets are open", position)
        self._stack.append(("(", position))

    def _close(self, position: int) -> None:
        while self._stack and self._stack[-1][0] != "(":
            self._output.append(self._stack.pop()[0])
        if not self._stack:
            raise LogicError("This bracket closes nothing", position)
        self._stack.pop()
        self._depth -= 1

    def _operator(self, operator: str, position: int) -> None:
        while self._stack and _STRENGTH.get(self._stack[-1][0], 0) >= _STRENGTH[operator]:
            self._output.append(self._stack.pop()[0])
        self._stack.append((operator, position))
        self._wants_operand = True

    def finish(self, length: int) -> tuple[int | str, ...]:
        if self._wants_operand:
            raise LogicError("Something is missing at the end", length)
        while self._stack:
            operator, position = self._stack.pop()
            if operator == "(":
                raise LogicError("This bracket is never closed", position)
            self._output.append(operator)
        if left_out := sorted(set(range(1, self._filters + 1)) - self._used):
            names = ", ".join(str(n) for n in left_out[:10])
            raise LogicError(
                f"Filter {names} is not in the logic",
                length,
                "Name every filter, or remove the filter.",
            )
        return tuple(self._output)


def all_of(filters: int) -> tuple[int | str, ...]:
    """The default: every filter ANDed."""
    output: list[int | str] = []
    for number in range(filters):
        output += [number] if number == 0 else [number, AND]
    return tuple(output)


def conjuncts(logic: tuple[int | str, ...]) -> tuple[int, ...]:
    """The filters that every row must meet by themselves: those joined by AND alone."""
    stack: list[tuple[int, ...]] = []
    for token in logic:
        if isinstance(token, int):
            stack.append((token,))
            continue
        right, left = stack.pop(), stack.pop()
        stack.append(left + right if token == AND else ())
    return stack[0] if stack else ()


def sole_conjuncts(logic: tuple[int | str, ...]) -> tuple[int, ...]:
    """Those conjuncts that stand nowhere else in the logic, so that they can be taken out."""
    return tuple(number for number in conjuncts(logic) if logic.count(number) == 1)
