"""What a customer asks of who may connect, and how: encryption in transit and AUTH tokens, as the service lets it.

And what the operator does to the installation's authorities meanwhile.
"""

import hashlib

from msgspec.structs import replace

from elastane.model.access import AuthTokens, TransitEncryption
from elastane.model.secrets import Secret
from tests.simulation.story import Story

OFF, PREFERRED, REQUIRED = TransitEncryption.DISABLED, TransitEncryption.PREFERRED, TransitEncryption.REQUIRED

NEXT = {OFF: (PREFERRED,), PREFERRED: (OFF, REQUIRED), REQUIRED: (PREFERRED,)}

TOKEN_COUNT_MAX = 2


async def change_encryption(story: Story) -> None:
    """One step further, or back to what the nodes still offer."""
    access, observed = story.group.access, await story.observed()
    if await story.is_available():
        asked = story.random.choice(NEXT[access.transit_encryption])
    elif observed.available_since is not None:
        asked = observed.transit_encryption
    else:
        return
    if asked is access.transit_encryption or (asked is OFF and access.is_controlled):
        return
    await story.change(
        f"customer: encryption {asked}",
        lambda group: replace(group, access=replace(group.access, transit_encryption=asked)),
    )


async def change_tokens(story: Story) -> None:
    """A first one, another one beside the present one, or the newest one alone."""
    if not story.group.access.is_encrypted or not await story.is_available():
        return
    present = story.group.access.auth_tokens
    sealed = () if present is None else present.sealed_digests
    if len(sealed) == TOKEN_COUNT_MAX or (present is not None and story.random.random() < 0.5):
        changed, what = sealed[-1:], "the newest token alone"
    else:
        token = f"token-{story.random.getrandbits(32):08x}"
        digest = Secret(hashlib.sha256(token.encode()).hexdigest())
        changed, what = (*sealed, await story.seal(digest)), f"also {token}"
    tokens = AuthTokens(sealed_digests=changed, is_optional=present is None, modified_at=story.clock.now())
    await story.change(
        f"customer: {what}", lambda group: replace(group, access=replace(group.access, auth_tokens=tokens))
    )


async def change_authority(story: Story) -> None:
    """A new one is made, and issues later: whoever gets a certificate in between trusts both."""
    pki = story.machine.pki
    if pki.issuer == pki.authorities[-1]:
        story.tell("operator: another authority is known")
        pki.make_authority()
    else:
        story.tell("operator: another authority issues")
        pki.issue_by_newest()


ACCESS_CHANGES = (change_encryption, change_encryption, change_tokens, change_authority)
