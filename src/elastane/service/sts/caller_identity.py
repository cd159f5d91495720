"""Who is asking: Terraform, the CDK and many scripts begin with this call to learn the account id."""

from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters


async def get_caller_identity(ctx: Context, parameters: Parameters) -> Result:
    """Of the root, its access key stands in for AWS's internal user id: a key is all that it is known by here."""
    return {"Account": ctx.account_id, "Arn": ctx.caller_arn, "UserId": ctx.user_id}
