"""The documents say what is so: every action, setting, fault, status, event and limit has a row, and the row is true.

A document is read as text; the product is asked for the facts.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import pytest
from typer.main import get_command

from elastane import cli
from elastane.catalog import families
from elastane.catalog.limits import aws_limits
from elastane.metrics.definitions import ABSENT, DEFINITIONS
from elastane.metrics.derivations import Definition, GroupSet
from elastane.model import (
    cloudwatch_faults,
    elastane_faults,
    events,
    faults,
    log_faults,
    policy_conditions,
    policy_keys,
    sns_faults,
)
from elastane.model.engine_names import WITH_ROLES, EngineName
from elastane.model.faults import Fault
from elastane.model.observed_replication_groups import NodeHealth, VerdictKind
from elastane.model.statuses import CacheClusterStatus, ReplicationGroupStatus, UserGroupStatus, UserStatus
from elastane.reconcile import plan
from elastane.reconcile.memcached import plan as memcached_plan
from elastane.service import cloudtrail, cloudwatch, ec2, elasticache, logs, sns, sts
from elastane.service import elastane as own
from elastane.service.context import Action
from tests.repository import ROOT, SOURCE, files, list_tests, nodes, place, python_files, text, tree

REFERENCE = ROOT / "docs" / "reference"
DECISIONS = ROOT / "docs" / "decisions"
DOCUMENTS = tuple(path for path in files() if path.suffix == ".md")

SUFFIXES_OF_FILES = (".py", ".toml", ".md")


# --- reference: a row for everything, and nothing else -------------------------------------------


def test_every_action_is_documented() -> None:
    documented = {row[0].strip("`") for row in rows(REFERENCE / "actions.md")}

    assert documented == {*elasticache.ACTIONS, *sts.ACTIONS, *cloudtrail.ACTIONS}


@pytest.mark.parametrize(
    ("document", "actions"),
    [
        ("ec2.md", ec2.ACTIONS),
        ("cloudwatch.md", cloudwatch.ACTIONS),
        ("cloudwatch-logs.md", logs.ACTIONS),
        ("sns.md", sns.ACTIONS),
        ("elastane-api.md", own.ACTIONS),
    ],
)
def test_every_action_of_a_neighbour_is_documented(document: str, actions: Mapping[str, Action]) -> None:
    documented = {row[0] for row in rows(REFERENCE / document)}

    assert {name.strip("`") for name in documented if name.startswith("`")} == set(actions)


METRIC_TABLES = {
    tuple(EngineName): "Every engine",
    WITH_ROLES: "Valkey and Redis OSS",
    (EngineName.MEMCACHED,): "Memcached",
}
"""Headings by the engines whose nodes have the metrics below."""


def test_every_metric_has_a_table_that_it_is_in() -> None:
    assert {definition.engines for definition in DEFINITIONS} == METRIC_TABLES.keys()


@pytest.mark.parametrize(("engines", "heading"), METRIC_TABLES.items(), ids=METRIC_TABLES.values())
def test_every_metric_is_documented_as_it_is_measured(engines: tuple[EngineName, ...], heading: str) -> None:
    documented = {row[0].strip("`"): tuple(row[1:4]) for row in rows(REFERENCE / "metrics.md", heading=heading)}

    assert documented == {
        one.name: (str(one.unit), one.source + (f" (since {one.since})" if one.since else ""), listed_elsewhere(one))
        for one in DEFINITIONS
        if one.engines == engines
    }


def test_every_metric_that_is_absent_is_documented() -> None:
    absent = {row[0].strip("`"): row[1] for row in rows(REFERENCE / "metrics.md", heading="Not measured")}

    assert absent == ABSENT


@pytest.mark.parametrize(("engines", "heading"), METRIC_TABLES.items(), ids=METRIC_TABLES.values())
def test_every_metric_s_name_for_prometheus_is_documented(engines: tuple[EngineName, ...], heading: str) -> None:
    documented = {row[0].strip("`"): row[4] for row in rows(REFERENCE / "metrics.md", heading=heading)}

    for one in (definition for definition in DEFINITIONS if definition.engines == engines):
        names = () if one.exposed is None else (one.exposed.name, one.exposed.opentelemetry_name)
        assert re.findall(r"`([a-z][a-z0-9_.]*)`", documented[one.name]) == [name for name in names if name]


def test_the_readme_counts_the_actions_right() -> None:
    assert f"**{len(elasticache.ACTIONS)} of ElastiCache's 77 actions**" in text(ROOT / "README.md")


def test_every_variable_of_the_environment_is_documented() -> None:
    variable = re.compile(r"\bELASTANE_[A-Z_]*[A-Z]\b")
    read = {
        name
        for path in python_files("src")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for name in variable.findall(node.value)
    }
    documented = {name for row in rows(REFERENCE / "settings.md") for name in variable.findall(row[0])}

    assert documented == read


def test_every_command_and_option_is_documented() -> None:
    settings = text(REFERENCE / "settings.md")

    missing = [
        f"{command} {option}"
        for command, options in commands().items()
        for option in ("", *options)
        if f"`elastane {command}" not in settings or option not in settings
    ]

    assert missing == []


def test_every_parameter_is_documented_with_who_applies_it() -> None:
    words = {"engine": "engine", "composed": "composed", "service": "Elastane", "nobody": "nobody"}
    tables = [row for row in rows(REFERENCE / "parameters.md") if row[0].startswith("`")]
    documented = {row[0].strip("`"): row[-1] for row in tables if len(row) == 5}
    memcached = {row[0].strip("`"): re.split("[ ,:]", row[-1])[0] for row in tables if len(row) == 4}
    known = {
        parameter.name: words[parameter.applied_by]
        for family in families.FAMILIES
        if families.has_cluster_mode(family)
        for parameter in families.parameters(family)
    }

    assert documented == known
    assert memcached == {one.name: one.applied_by for one in families.parameters("memcached1.6")}


def test_every_event_is_documented_as_it_is_spelled() -> None:
    documented = [row[0].strip("`") for row in rows(REFERENCE / "events.md")]
    spelled = event_patterns()

    assert [name for name, pattern in spelled.items() if not any(map(pattern.fullmatch, documented))] == []
    assert [line for line in documented if not any(pattern.fullmatch(line) for pattern in spelled.values())] == []


@pytest.mark.parametrize(
    ("heading", "vocabulary"),
    [
        ("Replication groups", ReplicationGroupStatus),
        ("Cache clusters", CacheClusterStatus),
        ("Users", UserStatus),
        ("User groups", UserGroupStatus),
        ("What the last pass made of a node", NodeHealth),
        ("What the last pass decided", VerdictKind),
    ],
)
def test_every_status_word_is_documented(heading: str, vocabulary: type[StrEnum]) -> None:
    documented = {row[0].strip("`") for row in rows(REFERENCE / "statuses.md", heading=heading)}

    assert documented == set(vocabulary)


def test_every_operator_and_condition_key_of_policies_is_documented() -> None:
    def named(heading: str) -> set[str]:
        return {
            name for row in rows(REFERENCE / "policies.md", heading=heading) for name in re.findall("`([^`]+)`", row[0])
        }

    assert named("Operators") == {operator.name for operator in policy_conditions.OPERATORS}
    assert named("Condition keys") == set(policy_keys.KNOWN_KEYS)


def test_every_fault_is_documented_with_its_code_and_status() -> None:
    documented = {(row[0].strip("`"), int(row[1])) for row in rows(REFERENCE / "faults.md")}

    assert documented == {(kind.code, kind.status) for kind in fault_classes()}


def test_every_limit_is_documented_with_its_value() -> None:
    documented = {row[0].strip("`"): row[1] for row in rows(REFERENCE / "limits.md") if row[0].startswith("`")}
    limits = aws_limits()

    assert documented == {name: str(getattr(limits, name)) for name in limits.__struct_fields__}


RULES_OF_GROUPS, RULES_OF_MEMCACHED = ([name for name, _ in one.RULES] for one in (plan, memcached_plan))


@pytest.mark.parametrize(
    ("document", "heading", "rules"),
    [
        ("ARCHITECTURE.md", "The reconciler", RULES_OF_GROUPS),
        ("ARCHITECTURE.md", "Memcached clusters", RULES_OF_MEMCACHED),
        ("docs/explanation/how-a-pass-works.md", "The rules", RULES_OF_GROUPS),
    ],
)
def test_the_rules_are_listed_in_their_order(document: str, heading: str, rules: list[str]) -> None:
    assert [row[0].strip("`") for row in rows(ROOT / document, heading=heading)] == rules


def test_every_attack_names_a_test_that_shows_what_comes_of_it() -> None:
    named = [row[-1].strip("`") for row in rows(ROOT / "docs" / "explanation" / "attacks-tried.md")]

    assert [test for test in named if test not in list_tests(test.partition("::")[0])] == []
    assert len(set(named)) == len(named)


def test_every_test_of_an_attack_is_in_the_table() -> None:
    table = text(ROOT / "docs" / "explanation" / "attacks-tried.md")
    attacks = {
        test for path in (ROOT / "tests" / "conformance").glob("test_attacks_*.py") for test in list_tests(place(path))
    }

    elsewhere = {test for test in attacks if test.endswith("by_the_product_as_well")}
    assert sorted(attacks - elsewhere - {test for test in attacks if test in table}) == []


def test_every_verb_of_the_makefile_is_documented() -> None:
    phony = next(line for line in text(ROOT / "Makefile").splitlines() if line.startswith(".PHONY:"))
    documented = {row[0].strip("`") for row in rows(ROOT / "CONTRIBUTING.md", heading="Set-up")}

    assert documented == {f"make {verb}" for verb in phony.removeprefix(".PHONY:").split()}


def test_every_decision_is_listed_and_numbered_without_a_gap() -> None:
    pages = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))

    assert [page[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    assert [page for page in pages if f"({page})" not in text(DECISIONS / "README.md")] == []


def test_the_style_has_its_points_numbered_in_order() -> None:
    points = text(ROOT / "STYLE.md").partition("## Sixty points")[2].partition("## Reviews")[0]

    assert re.findall(r"^(\d+)\. ", points, re.MULTILINE) == [str(number) for number in range(1, 61)]


# --- every document ------------------------------------------------------------------------------


def test_every_link_leads_somewhere() -> None:
    broken = [
        f"{place(path)}: {target}"
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text(path)))
        if not re.match(r"[a-z]+:", target) and not leads_somewhere(path, target)
    ]

    assert broken == []


def test_every_command_line_names_a_command_that_exists() -> None:
    known = {name.split()[0] for name in commands()} | set(commands())
    named = re.compile(r"(?:^|(?<!--profile)(?<!aws)[\s\"(/])elastane ((?:engines )?[a-z]+)\b", re.MULTILINE)

    unknown = [
        f"{place(path)}: elastane {words}"
        for path in DOCUMENTS
        for code in code_of(text(path))
        for words in named.findall(code)
        if words not in known
    ]

    assert unknown == []


def test_every_file_that_is_named_exists() -> None:
    named = re.compile(r"`((?:[\w.-]+/)+[\w.-]+)`")

    missing = [
        f"{place(path)}: {name}"
        for path in DOCUMENTS
        for name in named.findall(text(path))
        if name.endswith(SUFFIXES_OF_FILES) and not any((root / name).exists() for root in (ROOT, SOURCE, path.parent))
        if not (SOURCE / "reconcile" / name).exists() and not (SOURCE / "service" / "elasticache" / name).exists()
    ]

    assert missing == []


# --- reading documents ---------------------------------------------------------------------------


def rows(path: Path, *, heading: str | None = None) -> list[list[str]]:
    """The cells of every table below a heading, or of all tables; without the heads."""
    found: list[list[str]] = []
    is_here, is_body = heading is None, False
    for line in text(path).splitlines():
        if line.startswith("#"):
            is_here = heading is None or line.lstrip("# ") == heading
        if not line.lstrip().startswith("|"):
            is_body = False
        elif re.fullmatch(r"\s*\|(-+\|)+", line):
            is_body = True
        elif is_body and is_here:
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]])
    assert found, f"{place(path)} has no table{f' below {heading}' if heading else ''}"
    return found


def without_code(document: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL))


def code_of(document: str) -> Iterator[str]:
    """Fenced blocks for a shell, and code inside lines."""
    yield from re.findall(r"^```(?:sh|)\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL))


def leads_somewhere(path: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    page = path.parent / name if name else path
    if not page.exists():
        return False
    return not anchor or anchor in {anchor_of(line) for line in text(page).splitlines() if line.startswith("#")}


def anchor_of(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lstrip("# ").lower()).replace(" ", "-")


# --- asking the product --------------------------------------------------------------------------


def commands() -> dict[str, tuple[str, ...]]:
    """``engines install`` and its like, each with its long options."""
    found: dict[str, tuple[str, ...]] = {}
    for name, command in get_command(cli.app).commands.items():  # type: ignore[attr-defined]  # a group has commands
        for below, part in getattr(command, "commands", {"": command}).items():
            options = (option for parameter in part.params for option in parameter.opts if option.startswith("--"))
            found[f"{name} {below}".strip()] = tuple(option for option in options if option != "--help")
    return found


def listed_elsewhere(definition: Definition) -> str:
    """The marks of the page."""
    marks = {"c": definition.is_listed_by_cluster, "t": definition.has_tier}
    marks |= {"g": GroupSet.GROUP in definition.group_sets, "s": GroupSet.NODE_GROUP in definition.group_sets}
    marks["r"] = GroupSet.ROLE in definition.group_sets
    return " ".join(mark for mark, is_so in marks.items() if is_so)


def fault_classes() -> list[type[Fault]]:
    modules = (faults, cloudwatch_faults, elastane_faults, log_faults, sns_faults)
    members = (kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass))
    return [kind for kind in members if issubclass(kind, Fault)]


def event_patterns() -> dict[str, re.Pattern[str]]:
    """Each text of model/events.py by its function's name, with anything where it has a value."""
    module = SOURCE / "model" / "events.py"
    return {
        node.name: re.compile("".join(pieces(returned.value)))
        for node in tree(module).body
        if isinstance(node, ast.FunctionDef)
        for returned in node.body
        if isinstance(returned, ast.Return) and returned.value is not None and hasattr(events, node.name)
    }


def pieces(spelled: ast.expr) -> Iterator[str]:
    if isinstance(spelled, ast.JoinedStr):
        for part in spelled.values:
            yield from pieces(part)
    elif isinstance(spelled, ast.Constant):
        yield re.escape(str(spelled.value))
    else:
        yield r"\S.*"
