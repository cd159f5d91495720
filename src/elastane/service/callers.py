"""Whose access keys are whose: asked before anything else is believed of a request.

`api` calls `find` for every request and `note_use` once its signature holds; the server lets what was noted be saved
now and then, because a write for every call would make reading as slow as the disk.
"""

from elastane.clock import Now
from elastane.model.callers import Caller
from elastane.model.ids import AccountId, Region
from elastane.model.secrets import AccessKeyId
from elastane.store import Store, Transaction, access_keys
from elastane.store.access_keys import AccessKeyUse


class Callers:
    """Holds the root, who is in no store, and the uses that are not saved yet: one for each key."""

    def __init__(self, store: Store, root: Caller, account_id: AccountId, now: Now) -> None:
        self._store = store
        self._root = root
        self._account_id = account_id
        self._now = now
        self._unsaved: dict[AccessKeyId, AccessKeyUse] = {}

    async def find(self, access_key_id: AccessKeyId) -> Caller | None:
        """None for a key that nobody has, or has any more. Raises StoreUnusable."""
        if access_key_id == self._root.access_key_id:
            return self._root
        return await self._store.read(lambda tx: access_keys.find_caller(tx, self._account_id, access_key_id))

    def note_use(self, caller: Caller, *, region: Region, service: str) -> None:
        """Of a user's key; the root's is in a file that is never written again."""
        if not caller.is_root:
            self._unsaved[caller.access_key_id] = AccessKeyUse(at=self._now(), region=region, service=service)

    async def save_uses(self) -> None:
        """What was noted since the last time. Raises StoreUnusable; then it is tried again with the next ones."""
        noted = dict(self._unsaved)
        if not noted:
            return

        def save(tx: Transaction) -> None:
            for key, use in noted.items():
                access_keys.save_use(tx, key, use)

        await self._store.write(save)
        for key, use in noted.items():
            if self._unsaved.get(key) == use:
                del self._unsaved[key]
