"""The repository's habits, checked: sizes, banned calls, names, words, leftovers. STYLE.md has the reasons.

A finding is a sentence with the place. None of these checks has a list of exceptions that grows: what is
allowed somewhere is allowed by room, and says why.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository import ROOT, SOURCE, dotted, files, nodes, place, python_files, text, tree

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

THIS_FILE = Path(__file__)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def assert_none(findings: Iterator[str]) -> None:
    found = list(findings)
    assert not found, "\n" + "\n".join(found)


# --- shape ---------------------------------------------------------------------------------------


def test_no_file_is_longer_than_the_limit() -> None:
    assert_none(
        f"{place(path)} has {count} lines; split it by {FILE_LINES_MAX}"
        for path in python_files()
        if (count := len(text(path).splitlines())) > FILE_LINES_MAX
    )


def test_no_function_is_longer_than_the_limit() -> None:
    assert_none(
        f"{place(path, node.lineno)}: {node.name} has {count} lines; at most {FUNCTION_LINES_MAX}"
        for path, node in functions(python_files())
        if (count := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    )


def test_every_module_of_the_product_begins_with_what_it_is_for() -> None:
    assert_none(f"{place(path)} has no docstring" for path in python_files("src") if not ast.get_docstring(tree(path)))


def test_no_module_or_folder_is_named_after_a_kind_of_code() -> None:
    kinds = {"base", "common", "core", "handlers", "helpers", "managers", "misc", "utils"}

    assert_none(
        f"{place(path)}: name it after what it is about"
        for path in python_files()
        if kinds & {part.removesuffix(".py").rstrip("s") + "s" for part in path.relative_to(ROOT).parts}
        or kinds & {path.stem, *path.relative_to(ROOT).parts}
    )


# --- banned calls --------------------------------------------------------------------------------


def test_every_task_lives_in_a_task_group() -> None:
    assert_none(
        f"{place(path, node.lineno)}: {dotted(node.func)} makes a task that nobody waits for; use a TaskGroup"
        for path in python_files()
        for groups in (task_groups(path),)
        for node in calls(path)
        if is_loose_task(node, groups)
    )


def test_only_the_clock_sleeps() -> None:
    allowed = {SOURCE / "clock.py", ROOT / "tests" / "kit" / "asserts.py"}

    assert_none(
        f"{place(path, node.lineno)}: {dotted(node.func)}; wait for what is to happen, with a deadline"
        for path in python_files("src", "tests")
        if path not in allowed
        for node in calls(path)
        if dotted(node.func) in {"asyncio.sleep", "time.sleep", "sleep"}
    )


def test_only_the_clock_asks_for_the_time() -> None:
    banned = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}

    assert_none(
        f"{place(path, node.lineno)}: {dotted(node.func)}; take `now` as an argument"
        for path in python_files("src")
        if path != SOURCE / "clock.py"
        for node in calls(path)
        if dotted(node.func).removeprefix("datetime.") in banned or dotted(node.func) in banned
    )


def test_decoders_are_made_by_one_thread_where_their_module_is_read() -> None:
    """msgspec (0.22) learns a type when it is first decoded; a second thread that comes amid that ends the process."""
    its_own = SOURCE / "store" / "documents.py"  # whose kinds are made where the modules of their nouns are read

    assert_none(
        f"{place(path, node.lineno)}: {dotted(node.func)} in {function.name}; make a decoder beside the type"
        for path, function in functions(python_files("src"))
        if path != its_own
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and is_learning_types(node)
    )


def test_the_product_prints_nowhere_but_at_the_command_line() -> None:
    assert_none(
        f"{place(path, node.lineno)}: print"
        for path in python_files("src")
        if not path.is_relative_to(SOURCE / "cli")
        for node in calls(path)
        if dotted(node.func) == "print"
    )


def test_cancellation_and_bugs_are_never_caught_bare() -> None:
    assert_none(
        f"{place(path, node.lineno)}: a bare except catches cancellation too"
        for path in python_files()
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    )


def test_nothing_is_patched() -> None:
    patching = re.compile(r"\b(unittest\.mock|monkeypatch|mock\.patch|MagicMock|AsyncMock)\b")

    assert_none(
        f"{place(path, number)}: {line.strip()}; a seam is an argument"
        for path in python_files()
        if path != THIS_FILE
        for number, line in enumerate(text(path).splitlines(), start=1)
        if patching.search(line)
    )


def test_a_test_that_is_skipped_says_why() -> None:
    marks = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}

    assert_none(
        f"{place(path, node.lineno)}: {dotted(node.func)} without a reason"
        for path in python_files("tests")
        for node in calls(path)
        if (dotted(node.func) in marks and not any(keyword.arg == "reason" for keyword in node.keywords))
        or (dotted(node.func) in {"pytest.skip", "pytest.xfail"} and not node.args and not node.keywords)
    )
    assert_none(
        f"{place(path, decorator.lineno)}: {dotted(decorator)} without a reason"
        for path, node in functions(python_files("tests"))
        for decorator in node.decorator_list
        if dotted(decorator) in marks
    )


def test_what_a_checker_is_told_to_ignore_has_its_rule_and_a_reason() -> None:
    ignoring = re.compile(r"#\s*(type:\s*ignore|noqa)")
    explained = re.compile(r"#\s*(type: ignore\[[a-z-]+(, ?[a-z-]+)*\]|noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*)\s+#\s*\S")

    assert_none(
        f"{place(path, number)}: write `# type: ignore[rule]  # reason`, or `# noqa: RULE  # reason`"
        for path in python_files()
        if path != THIS_FILE
        for number, line in enumerate(text(path).splitlines(), start=1)
        if ignoring.search(line) and not explained.search(line)
    )


# --- names ---------------------------------------------------------------------------------------

NEVER = {
    "backup": "snapshot",
    "failback": "switchover",
    "leader": "primary, or lease",
    "master": "primary",
    "pod": "node",
    "rack": "zone",
    "slave": "replica",
    "unhealthy": "down, or suspect",
}
"""From STYLE.md's vocabulary: those of its last column that have no other meaning here, and what is said instead."""

ABBREVIATIONS = {
    *("addr", "attr", "buf", "cb", "cfg", "cmd", "cnt", "conf", "conn", "dst", "elem", "err", "evt", "exc", "fn"),
    *("idx", "kwargs", "mgr", "msg", "num", "obj", "param", "params", "pwd", "repl", "repo", "req", "res", "resp"),
    *("src", "srv", "svc", "tmp", "util", "val"),
}

ASYNCIO_PROTOCOL_ARGUMENTS = {"addr", "exc"}
"""asyncio calls a protocol's methods with these names, so they cannot be ours."""


def test_no_identifier_of_the_product_uses_a_word_we_never_say() -> None:
    assert_none(
        f"{place(path, line)}: {name}; say {NEVER[word]}"
        for path in python_files("src")
        for line, name in identifiers(path)
        for word in words(name)
        if word in NEVER
    )


def test_no_prose_of_the_product_uses_a_word_we_never_say() -> None:
    never = re.compile(rf"\b({'|'.join(NEVER)})s?\b", re.IGNORECASE)

    assert_none(
        f"{place(path, number)}: {line.strip()[:100]}; say {NEVER[found[1].lower()]}"
        for path in files()
        if path.is_relative_to(SOURCE) and path.suffix in {".py", ".toml"}
        if not path.is_relative_to(SOURCE / "engines")  # this room quotes what the engines say
        for number, line in enumerate(text(path).splitlines(), start=1)
        if (found := never.search(line)) and "the wire's own word" not in line
    )


def test_no_name_of_the_product_is_abbreviated() -> None:
    assert_none(
        f"{place(path, line)}: {name}; spell it out"
        for path in python_files("src")
        for line, name in identifiers(path)
        if name not in ASYNCIO_PROTOCOL_ARGUMENTS
        and ((len(name) == 1 and name.isalpha() and not name.isupper()) or ABBREVIATIONS & set(words(name)))
    )


def test_no_class_is_named_after_a_kind_of_code() -> None:
    kinds = re.compile(r"(Manager|Helper|Utils?|Handler|Processor|Wrapper|Impl)\Z|\A(Abstract|Base)[A-Z]")

    assert_none(
        f"{place(path, node.lineno)}: {node.name}; name it after what it is"
        for path in python_files()
        for node in nodes(path)
        if isinstance(node, ast.ClassDef) and kinds.search(node.name)
    )


def test_a_test_s_name_is_a_sentence() -> None:
    assert_none(
        f"{place(path, node.lineno)}: {node.name}; say what is true, in a sentence"
        for path, node in functions(python_files("tests"))
        if node.name.startswith("test_") and len(node.name.split("_")) < 4
    )


# --- leftovers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\b(TODO|FIXME|XXX|HACK)\b", "do it, or write an issue"),
        (r"^(<<<<<<<|>>>>>>>) ", "a merge was not finished"),
        (r"(?<![\w.])/(root|work|Users)/\w|(?<![\w.])/home/(?!(a|ada)\b)\w", "a path of somebody's machine"),
        (r"https?://(pypi|files\.pythonhosted|registry)\.|^--?(extra-)?index-url", "any package index must do"),
    ],
)
def test_no_file_holds_a_leftover(pattern: str, why: str) -> None:
    leftover = re.compile(pattern)

    assert_none(
        f"{place(path, number)}: {line.strip()[:100]}; {why}"
        for path in files()
        if path != THIS_FILE
        for number, line in enumerate(text(path).splitlines(), start=1)
        if leftover.search(line)
    )


# --- reading trees -------------------------------------------------------------------------------


def functions(paths: tuple[Path, ...]) -> Iterator[tuple[Path, FunctionNode]]:
    for path in paths:
        for node in nodes(path):
            if isinstance(node, FunctionNode):
                yield path, node


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in nodes(path) if isinstance(node, ast.Call))


def task_groups(path: Path) -> set[str]:
    """The names that stand for a TaskGroup in this file: bound by a `with`, or said by an annotation."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.withitem) and isinstance(node.context_expr, ast.Call):
            if dotted(node.context_expr.func).endswith("TaskGroup") and isinstance(node.optional_vars, ast.Name):
                names.add(node.optional_vars.id)
        elif isinstance(node, ast.arg) and node.annotation and dotted(node.annotation).endswith("TaskGroup"):
            names.add(node.arg)
    return names


def is_loose_task(node: ast.Call, groups: set[str]) -> bool:
    owner, _, name = dotted(node.func).rpartition(".")
    return name == "ensure_future" or (name == "create_task" and owner not in groups)


def is_learning_types(node: ast.Call) -> bool:
    name = dotted(node.func)
    is_typed = any(keyword.arg == "type" for keyword in node.keywords)
    return name.startswith("msgspec.") and (name.endswith("Decoder") or is_typed)


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """The names a file makes: functions, classes, arguments, variables, attributes."""
    for node in nodes(path):
        if isinstance(node, FunctionNode | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def words(name: str) -> list[str]:
    """``replicaOffsets`` and ``replica_offsets`` are two words; a plural counts as its singular."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_")
    return [part if part in ABBREVIATIONS else part.removesuffix("s") for part in parts]
