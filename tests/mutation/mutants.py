"""What is taken away, one at a time: guards, roles and notices of the definitions, and lines of the rules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import TypeVar

_TABLE = re.compile(r"\[(?P<name>[^\]=]+)\]\s*$")
_LISTS = {"guards": "guard", "roles": "role", "notices": "notice"}
_LIST = re.compile(rf"(?P<key>{'|'.join(_LISTS)}) = ")
_ENTRY = re.compile(r'"[^"]*"')
_RULE = re.compile(r'"?[a-z_.]+"? = ')
_GROUPS = ("requirements", "review.rules", "advice")  # the guards of a policy
_ROLE = re.compile(r"^\[role\.(\w+)\]", re.MULTILINE)
Node = TypeVar("Node", ast.stmt, ast.If, ast.IfExp, ast.FunctionDef, ast.ClassDef)
_WHOLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass)  # these are not taken away whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A file of the tree with one thing less: what it is, in which table or function, and the text that is left."""

    file: str
    line: int
    where: str
    kind: str
    gone: str
    text: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What it is known by while lines move."""
        return (self.file, self.where, self.kind, " ".join(self.gone.split()))

    @property
    def title(self) -> str:
        """The mutant in a line."""
        return f"{self.file}:{self.line} {self.where or 'top'}: {self.kind} {' '.join(self.gone.split())[:90]}"

    def diff(self, root: Path) -> str:
        """What differs from the file as it is."""
        whole = (root / self.file).read_text(encoding="utf-8")
        lines = unified_diff(whole.splitlines(), self.text.splitlines(), self.file, "mutant", lineterm="", n=1)
        return "\n".join(lines)


def of_states(root: Path) -> list[Mutant]:
    """Every entry of every list of guards, roles and notices, and every rule that a policy asks."""
    roles = _ROLE.findall((root / "states" / "programme.toml").read_text(encoding="utf-8"))
    found: list[Mutant] = []
    for path in sorted((root / "states").rglob("*.toml")):
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        if path.name == "lifecycle.toml":
            found += _of_lists(file, text, roles)
        elif path.parent.name == "policies":
            found += _of_groups(file, text)
    return found


def of_rules(root: Path) -> list[Mutant]:
    """Every statement made `pass`, every line inside a longer one left out, every condition turned round."""
    found: list[Mutant] = []
    for path in sorted((root / "csp_workflow" / "rules").glob("*.py")):
        file, text = path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
        source = Source(file, text)
        found += [*source.statements(), *source.lines(), *source.conditions()]
    return found


def _tables(text: str) -> Iterator[tuple[int, str, str]]:
    table = ""
    for index, line in enumerate(text.splitlines()):
        if head := _TABLE.match(line):
            table = head["name"]
        yield index, table, line


def _with_line(text: str, index: int, line: str | None) -> str:
    lines = text.splitlines()
    lines[index : index + 1] = [] if line is None else [line]
    return "\n".join(lines) + "\n"


def _of_lists(file: str, text: str, roles: list[str]) -> Iterator[Mutant]:
    for index, table, line in _tables(text):
        if not (named := _LIST.match(line)):
            continue
        for entry in _ENTRY.finditer(line):
            left = line[: entry.start()] + line[entry.end() :]
            left = left.replace("[, ", "[").replace(", ]", "]").replace(", , ", ", ")
            if named["key"] == "roles" and "[]" in left:  # nobody at all is refused at once: somebody else instead
                another = next(role for role in roles if f'"{role}"' not in line)
                left = left.replace("[]", f'["{another}"]')
            kind, gone = _LISTS[named["key"]], entry[0].strip('"')
            yield Mutant(
                file=file, line=index + 1, where=table, kind=kind, gone=gone, text=_with_line(text, index, left)
            )


def _of_groups(file: str, text: str) -> Iterator[Mutant]:
    for index, table, line in _tables(text):
        if table in _GROUPS and _RULE.match(line):
            gone = line.partition(" = ")[0].strip('"')
            yield Mutant(
                file=file, line=index + 1, where=table, kind="guard", gone=gone, text=_with_line(text, index, None)
            )


class Source:
    """A module that statements, lines and conditions are taken from."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.data = text.encode()
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in self.data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def statements(self) -> Iterator[Mutant]:
        """Each statement but imports and whole functions, made `pass`."""
        for node in self._nodes(ast.stmt):
            if not (isinstance(node, _WHOLE) or _is_docstring(node) or _is_for_types(node)):
                yield self._mutant(node, "statement", b"pass")

    def conditions(self) -> Iterator[Mutant]:
        """Each condition of an `if`, also within an expression, turned round."""
        tests = [node.test for node in self._nodes(ast.If) if not _is_for_types(node)]
        tests += [node.test for node in self._nodes(ast.IfExp)]
        tests += [test for node in ast.walk(self.tree) if isinstance(node, ast.comprehension) for test in node.ifs]
        for test in sorted(tests, key=lambda node: (node.lineno, node.col_offset)):
            start, end = self._span(test)
            yield self._mutant(test, "condition", b"(not (" + self.data[start:end] + b"))")

    def lines(self) -> Iterator[Mutant]:
        """Each line inside a longer statement, where the module can be read without it and says something else."""
        passed = {node.lineno for node in self._nodes(ast.stmt)}
        for node in self._nodes(ast.stmt):
            if isinstance(node, ast.Import | ast.ImportFrom) or _is_docstring(node):
                passed |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        said = ast.dump(self.tree)
        for number in range(1, len(self._starts)):
            start, end = self._starts[number - 1], self._starts[number]
            left = self.data[:start] + self.data[end:]
            if number not in passed and _can_be_read(left) not in (None, said):
                yield self._made(number, "line", self.data[start:end], left)

    def _nodes(self, kind: type[Node]) -> list[Node]:
        found = [node for node in ast.walk(self.tree) if isinstance(node, kind)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def _span(self, node: ast.stmt | ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _mutant(self, node: ast.stmt | ast.expr, kind: str, by: bytes) -> Mutant:
        start, end = self._span(node)
        return self._made(node.lineno, kind, self.data[start:end], self.data[:start] + by + self.data[end:])

    def _made(self, line: int, kind: str, gone: bytes, left: bytes) -> Mutant:
        return Mutant(
            file=self.file, line=line, where=self._around(line), kind=kind, gone=gone.decode(), text=left.decode()
        )

    def _around(self, line: int) -> str:
        """The innermost function or class that a line is in; its decorators belong to it."""
        name = ""
        around: list[ast.ClassDef | ast.FunctionDef] = [*self._nodes(ast.ClassDef), *self._nodes(ast.FunctionDef)]
        for node in around:
            first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
            if first <= line <= (node.end_lineno or line):
                name = node.name
        return name


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _can_be_read(data: bytes) -> str | None:
    try:
        return ast.dump(ast.parse(data))
    except SyntaxError:
        return None
