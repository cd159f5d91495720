"""Who is asking."""

from pathlib import Path

from botocore.loaders import Loader

from elastane.service.parameters import Parameters
from elastane.service.sts import ACTIONS
from tests.kit.contexts import ACCOUNT_ID, context


async def test_a_caller_learns_its_account_its_arn_and_its_key(tmp_path: Path) -> None:
    with context(tmp_path) as ctx:
        answer = await ACTIONS["GetCallerIdentity"](ctx, Parameters({}))

    assert answer == {"Account": ACCOUNT_ID, "Arn": ctx.caller_arn, "UserId": ctx.user_id}


def test_every_action_is_one_of_the_published_model() -> None:
    published = Loader().load_service_model("sts", "service-2")["operations"]

    assert set(ACTIONS) <= set(published)
