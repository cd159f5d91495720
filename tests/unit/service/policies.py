"""Callers with policies, as tests of permissions need them."""

import json
from typing import Any

from elastane.model.callers import Caller, Surroundings, user_arn
from elastane.model.policies import parse_policy
from elastane.model.secrets import AccessKeyId, Secret
from tests.kit.contexts import ACCOUNT_ID, NOW, REGION

HERE = Surroundings(now=NOW, region=REGION, source_ip="127.0.0.1", is_encrypted=False, user_agent="aws-cli/2")


def arn_of(kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{REGION}:{ACCOUNT_ID}:{kind}:{name}"


def caller(*statements: dict[str, Any], name: str = "ci") -> Caller:
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return Caller(
        access_key_id=AccessKeyId("AKIACI"),
        secret=Secret("swordfish"),
        arn=user_arn(ACCOUNT_ID, name),
        user_id="AIDACI",
        username=name,
        policy=parse_policy(document),
    )


def allow(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def deny(action: str | list[str], resource: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    return allow(action, resource, **condition) | {"Effect": "Deny"}
