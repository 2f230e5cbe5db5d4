"""Formulas of technical sheets: arithmetic over numerator, denominator and other indicators. Never `eval`.

100 * numerator / denominator
[ejecucion-del-pac] * 0.6 + [reformas-al-pac-atendidas] * 0.4
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.domain.arithmetic import difference, product, quotient, total

MAX_LENGTH, MAX_DEPTH, MAX_OPERATIONS = 2000, 50, 100
TERMS = {"numerator": "numerator", "numerador": "numerator", "denominator": "denominator", "denominador": "denominator"}
_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]{1,20}(?:\.[0-9]{1,10})?)|(?P<name>[a-z]+)|\[(?P<code>[a-z0-9-]{1,200})\]|(?P<sign>[-+*/()]))"
)


class InvalidFormula(ValueError):
    """The text is no formula; `position` counts characters from 0."""

    def __init__(self, why: str, position: int) -> None:
        super().__init__(f"{why} en la posición {position + 1}")
        self.position = position


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Term:
    """`numerator` or `denominator` of the cell itself."""

    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of another indicator, same dependencia, plan and period."""

    code: str


@dataclass(frozen=True, slots=True)
class Operation:
    """left `+ - * /` right."""

    sign: str
    left: "Node"
    right: "Node"


Node = Number | Term | Reference | Operation


def parse_formula(text: str) -> Node:
    """The tree of a formula. Raises InvalidFormula."""
    if len(text) > MAX_LENGTH:
        raise InvalidFormula("fórmula demasiado larga", MAX_LENGTH)
    reader = _Reader(_tokens(text), len(text))
    node = reader.sum(0)
    reader.end()
    return node


def references(node: Node) -> frozenset[str]:
    """Codes of the indicators a formula reads."""
    if isinstance(node, Reference):
        return frozenset({node.code})
    return references(node.left) | references(node.right) if isinstance(node, Operation) else frozenset()


def terms(node: Node) -> frozenset[str]:
    """Which of `numerator` and `denominator` a formula reads."""
    if isinstance(node, Term):
        return frozenset({node.name})
    return terms(node.left) | terms(node.right) if isinstance(node, Operation) else frozenset()


def evaluate(node: Node, terms: Mapping[str, Decimal], values: Mapping[str, Decimal]) -> Decimal | None:
    """The value of a formula; None when an input is missing or something is divided by zero."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Term):
        return terms.get(node.name)
    if isinstance(node, Reference):
        return values.get(node.code)
    left, right = evaluate(node.left, terms, values), evaluate(node.right, terms, values)
    if left is None or right is None or (node.sign == "/" and right == 0):
        return None
    return _APPLY[node.sign](left, right)


def cycle_in(graph: Mapping[str, frozenset[str]]) -> list[str] | None:
    """A cycle of references as the path that closes it, None when there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        path: list[str] = []
        pending: list[tuple[str, bool]] = [(start, True)]
        while pending:
            code, entering = pending.pop()
            if not entering:
                done.add(path.pop())
            elif code in path:
                return [*path[path.index(code) :], code]
            elif code not in done:
                path.append(code)
                pending.append((code, False))
                pending += [(target, True) for target in sorted(graph.get(code, frozenset()))]
    return None


_APPLY: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda left, right: total([left, right]),
    "-": difference,
    "*": product,
    "/": quotient,
}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise InvalidFormula("símbolo inesperado", position)
        found.append(_Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup)))
        position = match.end()
    return found


class _Reader:
    """Recursive descent over the tokens; depth is bounded, so that brackets cannot exhaust the stack, and the number of
    operations, so that a long row of them cannot either: whoever walks the tree or its SQL descends as deep."""

    def __init__(self, tokens: list[_Token], length: int) -> None:
        self._tokens, self._place, self._length, self._operations = tokens, 0, length, 0

    def sum(self, depth: int) -> Node:
        node = self._product(depth)
        while sign := self._taken("+", "-"):
            node = self._joined(sign, node, self._product(depth))
        return node

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise InvalidFormula("sobra texto", self._tokens[self._place].position)

    def _product(self, depth: int) -> Node:
        node = self._factor(depth)
        while sign := self._taken("*", "/"):
            node = self._joined(sign, node, self._factor(depth))
        return node

    def _factor(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise InvalidFormula("demasiados niveles", self._position())
        if self._taken("-"):
            return self._joined("-", Number(Decimal(0)), self._factor(depth + 1))
        if self._taken("("):
            node = self.sum(depth + 1)
            if not self._taken(")"):
                raise InvalidFormula("falta un paréntesis", self._position())
            return node
        return self._operand()

    def _joined(self, sign: str, left: Node, right: Node) -> Operation:
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            raise InvalidFormula(f"más de {MAX_OPERATIONS} operaciones", self._position())
        return Operation(sign, left, right)

    def _operand(self) -> Node:
        if self._place >= len(self._tokens):
            raise InvalidFormula("falta un operando", self._length)
        token = self._tokens[self._place]
        self._place += 1
        if token.kind == "number":
            return Number(Decimal(token.text))
        if token.kind == "code":
            return Reference(token.text)
        if token.text in TERMS:
            return Term(TERMS[token.text])
        raise InvalidFormula(f"«{token.text}» no se conoce", token.position)

    def _taken(self, *signs: str) -> str | None:
        if self._place < len(self._tokens) and self._tokens[self._place].kind == "sign":
            text = self._tokens[self._place].text
            if text in signs:
                self._place += 1
                return text
        return None

    def _position(self) -> int:
        return self._tokens[self._place].position if self._place < len(self._tokens) else self._length
