"""The digests of tokens, kept by the minute: each is computed once for a cache, whatever its nodes, and then forgotten.

The only thing that passes remember and the store does not; it can be computed anew at any moment, and nothing is
decided by whether it is here. A minute of one user and key takes some 2 ms, all minutes of one that is new 45 ms. So
they are computed in a thread, and of much that is new only a part at a time: a pass that computed longer would be late
for a death.
"""

import asyncio

from elastane.model.iam_tokens import DIGEST_BYTES, Cache, Signer, WantedTokens, minute_digests, minutes_of

COMPUTED_MAX = 64
"""Minutes of one user and key that are computed at a time: some 0.1 s."""

_Kept = dict[tuple[Signer, int], bytes]


class TokenDigests:
    def __init__(self) -> None:
        self._kept: dict[Cache, tuple[int, _Kept]] = {}
        self._turns: dict[Cache, asyncio.Lock] = {}

    async def find_digests(self, wanted: WantedTokens) -> dict[str, list[str]] | None:
        """By user, in hexadecimal digits, the likeliest first; a user for whom nobody may sign in has none.

        None when there is more to compute: then the next call goes on.
        """
        async with self._turns.setdefault(wanted.cache, asyncio.Lock()):  # nodes of one cache ask side by side
            _, former = self._kept.get(wanted.cache, (0, {}))
            kept = await asyncio.to_thread(_with_new, wanted, former)
            self._kept[wanted.cache] = (wanted.minute, kept)
            self._forget_before(wanted.minute - 1)
        is_complete = len(kept) == len(_needed(wanted))
        return await asyncio.to_thread(_by_user, wanted, kept) if is_complete else None

    def _forget_before(self, minute: int) -> None:
        """Of caches that nobody asks for any more."""
        self._kept = {cache: have for cache, have in self._kept.items() if have[0] >= minute}
        self._turns = {cache: turn for cache, turn in self._turns.items() if cache in self._kept or turn.locked()}


def _needed(wanted: WantedTokens) -> list[tuple[Signer, int]]:
    return [(signer, minute) for minute in minutes_of(wanted.minute) for signer in wanted.signers]


def _with_new(wanted: WantedTokens, former: _Kept) -> _Kept:
    needed = _needed(wanted)
    new = [each for each in needed if each not in former][:COMPUTED_MAX]
    kept = {each: former[each] for each in needed if each in former}
    return kept | {(signer, minute): minute_digests(signer, wanted.cache, minute) for signer, minute in new}


def _by_user(wanted: WantedTokens, kept: _Kept) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in wanted.user_names}
    for signer, minute in _needed(wanted):
        digits = kept[signer, minute].hex()
        width = 2 * DIGEST_BYTES
        found[signer.user_name].extend(digits[start : start + width] for start in range(0, len(digits), width))
    return found
