"""Rules for the kernel's packet filter, as text; and how a listing of them is recognised."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from elastane.hosts.nft_rules import (
    guards_block,
    is_as_rendered,
    parse_listing,
    parse_tables,
    render,
    render_removal,
    table_name,
)
from elastane.model.admissions import Admission, Guard, Guarded, Sources

TABLE = "elastane_0a1b2c3d"
ORDERS = Guarded(
    name="us-east-1/replication-group/orders",
    node_addresses=("127.88.0.10", "127.88.16.10"),
    endpoint_addresses=("127.88.48.10",),
    admissions=(
        Admission(
            port=6379,
            sources=Sources(
                ranges=("10.0.0.0/8", "192.0.2.7/32"), addresses=("127.88.0.30",), is_machine_admitted=True
            ),
        ),
    ),
)
GUARD = Guard(
    block="127.88.0.0/16",
    control_address="127.88.48.4",
    open_ranges=(("127.88.0.0", "127.88.0.9"), ("127.88.48.0", "127.88.48.9")),
    caches=(ORDERS,),
)


def guarding(*admissions: Admission) -> Guard:
    return replace(GUARD, caches=(replace(ORDERS, admissions=admissions),))


def rules_of(guard: Guard, chain: str) -> list[str]:
    body = render(guard, TABLE).text.partition(f"\tchain {chain} {{\n")[2].partition("\t}\n")[0]
    return [line.strip() for line in body.splitlines()]


def test_the_whole_table_is_replaced_in_one_transaction() -> None:
    rendered = render(GUARD, TABLE)

    assert rendered.text.startswith(
        f"table inet {TABLE}\ndelete table inet {TABLE}\ntable inet {TABLE} {{\n\tmap caches {{\n"
    )
    assert rendered.text.count("table inet") == 3
    assert render_removal(TABLE) == f"delete table inet {TABLE}\n"


def test_what_arrives_passes_unless_it_is_a_new_connection_to_one_of_our_addresses() -> None:
    rendered = render(GUARD, TABLE)

    assert rules_of(GUARD, "arriving") == [
        "type filter hook input priority filter; policy accept;",
        f'ip daddr != 127.88.0.0/16 accept comment "{rendered.mark}"',
        "meta nfproto != ipv4 accept",
        "meta l4proto != tcp accept",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        'iif != "lo" ip saddr 127.88.0.0/16 drop',
        "ip saddr 127.88.48.4 accept",
        "ip daddr vmap @caches",
        "ip daddr { 127.88.0.0-127.88.0.9, 127.88.48.0-127.88.48.9 } accept",
        "drop",
    ]


def test_a_cache_lets_in_its_own_nodes_this_machine_and_whom_its_rules_admit() -> None:
    assert rules_of(GUARD, "cache_1") == [
        "ip saddr . ip daddr { 127.88.0.10 . 127.88.0.10, 127.88.16.10 . 127.88.16.10, "
        "127.88.48.10 . 127.88.48.10 } goto itself_1",
        "ip saddr { 127.88.0.10, 127.88.16.10 } accept",
        'iif "lo" ip saddr != 127.88.0.0/16 tcp dport 6379 accept',
        "ip saddr @members_1 tcp dport 6379 accept",
        "ip saddr { 10.0.0.0/8, 192.0.2.7/32 } tcp dport 6379 accept",
        "drop",
    ]
    assert rules_of(GUARD, "itself_1") == [
        "tcp dport 6379 accept",
        "ip saddr { 10.0.0.0/8, 192.0.2.7/32 } tcp dport 6379 accept",
        "drop",
    ]


def test_nodes_that_rules_name_stand_in_a_set_once_however_many_caches_let_them_in() -> None:
    other = replace(ORDERS, name="other", node_addresses=("127.88.0.11",), endpoint_addresses=("127.88.48.11",))

    text = render(replace(GUARD, caches=(ORDERS, other)), TABLE).text

    assert text.count("\tset members_") == 1
    assert "\tset members_1 {\n\t\ttype ipv4_addr\n\t\telements = { 127.88.0.30 }\n\t}\n" in text
    assert text.count("@members_1") == 2


def test_a_cache_that_admits_nobody_lets_in_its_own_nodes_alone() -> None:
    guard = guarding(Admission(port=6379, sources=Sources()))

    assert rules_of(guard, "cache_1")[1:] == ["ip saddr { 127.88.0.10, 127.88.16.10 } accept", "drop"]
    assert rules_of(guard, "itself_1") == ["drop"]


def test_anywhere_needs_no_address() -> None:
    guard = guarding(Admission(port=6379, sources=Sources(ranges=("0.0.0.0/0",))))

    assert rules_of(guard, "cache_1")[2:] == ["tcp dport 6379 accept", "drop"]


def test_each_port_has_sources_of_its_own() -> None:
    guard = guarding(
        Admission(port=6379, sources=Sources(ranges=("10.0.0.0/8",))),
        Admission(port=6380, sources=Sources(ranges=("192.0.2.0/24",))),
    )

    assert rules_of(guard, "cache_1")[2:] == [
        "ip saddr { 10.0.0.0/8 } tcp dport 6379 accept",
        "ip saddr { 192.0.2.0/24 } tcp dport 6380 accept",
        "drop",
    ]


def test_every_address_of_a_cache_is_led_to_its_chain() -> None:
    open_cache = Guarded(
        name="open", node_addresses=("127.88.0.20",), endpoint_addresses=("127.88.48.20",), admissions=None
    )

    text = render(replace(GUARD, caches=(open_cache, ORDERS)), TABLE).text

    elements = text.partition("elements = {\n")[2].partition("\t\t}\n")[0]
    assert [line.strip(" \t,") for line in elements.splitlines()] == [
        "127.88.0.20 : accept",
        "127.88.48.20 : accept",
        "127.88.0.10 : goto cache_2",
        "127.88.16.10 : goto cache_2",
        "127.88.48.10 : goto cache_2",
    ]
    assert "chain cache_1" not in text


def test_without_caches_there_is_no_empty_set_which_nft_would_refuse() -> None:
    text = render(replace(GUARD, caches=()), TABLE).text

    assert "elements" not in text
    assert "@caches" not in text


def test_the_mark_changes_with_whatever_is_rendered() -> None:
    marks = {
        render(guard, TABLE).mark
        for guard in (
            GUARD,
            replace(GUARD, caches=()),
            replace(GUARD, control_address="127.88.48.5"),
            guarding(Admission(port=6380, sources=Sources())),
        )
    }

    assert len(marks) == 4
    assert render(GUARD, TABLE).mark == render(GUARD, TABLE).mark


def test_tables_of_two_directories_have_two_names() -> None:
    assert table_name(Path("/srv/one")) != table_name(Path("/srv/two"))
    assert table_name(Path("/srv/one")) == table_name(Path("/srv/one"))


# --- listings ------------------------------------------------------------------------------------


def listing(guard: Guard = GUARD, *, mark: str | None = None, hook: str = "input", handle: int = 7) -> dict[str, Any]:
    """As nft lists what was rendered; what a rule says is not looked into."""
    rendered = render(guard, TABLE)
    entries: list[dict[str, Any]] = [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": TABLE}}]
    for name, count in rendered.rule_counts.items():
        chain = {"name": name, "handle": handle} | ({"hook": hook} if name == "arriving" else {})
        entries.append({"chain": chain})
        entries += [{"rule": {"chain": name, "handle": handle + number, "expr": [number]}} for number in range(count)]
    first = next(entry["rule"] for entry in entries if entry.get("rule", {}).get("chain") == "arriving")
    first["comment"] = rendered.mark if mark is None else mark
    return {"nftables": entries}


def test_a_table_that_is_as_it_was_rendered_is_recognised_whatever_numbers_the_kernel_gives() -> None:
    first, second = (parse_listing(json.dumps(listing(handle=handle))) for handle in (7, 70))

    assert is_as_rendered(first, render(GUARD, TABLE))
    assert guards_block(first, "127.88.0.0/16")
    assert not guards_block(first, "127.88.0.0/1")
    assert first.fingerprint == second.fingerprint


def test_a_table_that_somebody_changed_is_not() -> None:
    rendered = render(GUARD, TABLE)
    unhooked, older = listing(hook=""), listing(mark="elastane 127.88.0.0/16 0000")
    shortened, rewritten = listing(), listing()
    del shortened["nftables"][-1]
    rewritten["nftables"][-1]["rule"]["expr"] = ["accept"]

    for changed in (unhooked, older, shortened):
        assert not is_as_rendered(parse_listing(json.dumps(changed)), rendered)
    untouched = parse_listing(json.dumps(listing()))
    assert parse_listing(json.dumps(rewritten)).fingerprint != untouched.fingerprint


def test_tables_of_others_are_not_ours() -> None:
    tables = [("inet", TABLE), ("ip", "elastane_ffffffff"), ("inet", "filter")]
    text = json.dumps({"nftables": [{"table": {"family": family, "name": name}} for family, name in tables]})

    assert parse_tables(text) == (TABLE,)


@pytest.mark.parametrize("text", ["", "nothing", "{}", "[]"])
def test_what_is_no_listing_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse_listing(text)


def test_another_vpc_is_dropped_before_any_rule_admits_it() -> None:
    apart = replace(ORDERS, foreign_ranges=("127.88.64.0/18", "127.88.128.0/20"))

    own, dropped, *admitting = rules_of(replace(GUARD, caches=(apart,)), "cache_1")[1:]

    assert own == "ip saddr { 127.88.0.10, 127.88.16.10 } accept"
    assert dropped == "ip saddr { 127.88.64.0/18, 127.88.128.0/20 } drop"
    assert all("accept" in rule or rule == "drop" for rule in admitting)
