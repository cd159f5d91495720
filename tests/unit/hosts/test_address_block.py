from ipaddress import IPv4Network
from pathlib import Path

import pytest

from elastane.hosts.address_block import BlockTaken, claim_free_block, claim_known_block
from tests.kit.address_blocks import held_block

NOBODY = "  sl  local_address rem_address   st\n"
LISTENING_IN = "   0: 0A10{:02X}7F:18EB 00000000:0000 0A 00000000:00000000\n"
"""127.<n>.16.10:6379, as the kernel writes it."""


def table(tmp_path: Path, *octets: int) -> Path:
    path = tmp_path / "tcp"
    path.write_text(NOBODY + "".join(LISTENING_IN.format(octet) for octet in octets))
    return path


def test_a_claimed_block_is_not_given_to_a_second_installation_until_it_is_let_go() -> None:
    with held_block() as block:
        first = claim_known_block(block)

        with pytest.raises(BlockTaken, match=str(block)):
            claim_known_block(block)
        first.claim.close()

        again = claim_known_block(block)
        again.claim.close()


def test_two_free_blocks_are_never_the_same(tmp_path: Path) -> None:
    first, second = (claim_free_block("one", listening=table(tmp_path)) for _ in range(2))

    with first.claim, second.claim:
        assert first.block != second.block


def test_a_block_in_which_somebody_listens_is_left_alone(tmp_path: Path) -> None:
    # Installations of this machine may have claimed any block, and most likely the first choice.
    with claim_free_block("first").claim, (free := claim_free_block("second")).claim:
        pass
    everything_but_one = [octet for octet in range(64, 127) if octet != second_octet(free.block)]

    claimed = claim_free_block("seed", listening=table(tmp_path, *everything_but_one))

    with claimed.claim:
        assert claimed.block == free.block


def test_when_every_block_is_used_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(BlockTaken, match="every block"):
        claim_free_block("seed", listening=table(tmp_path, *range(64, 127)))


def test_the_kernel_s_own_table_can_be_read() -> None:
    claimed = claim_free_block("a seed of this test")

    with claimed.claim:
        assert claimed.block.subnet_of(IPv4Network("127.0.0.0/8"))


def second_octet(block: IPv4Network) -> int:
    return block.network_address.packed[1]


def test_a_block_whose_addresses_this_machine_does_not_have_is_refused_with_what_gives_it_them() -> None:
    block = IPv4Network("10.213.0.0/16")

    with pytest.raises(BlockTaken, match=r"ip route add local 10\.213\.0\.0/16 dev lo"):
        claim_known_block(block)
