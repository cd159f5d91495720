"""Policies for access keys that need no document of their own, after AWS's managed ones for ElastiCache."""

import json
from enum import StrEnum


class ReadyPolicy(StrEnum):
    READ_ONLY = "read-only"
    """Look at everything and change nothing."""
    FULL_ACCESS = "full-access"
    """Whatever the root may do by way of the API."""


def policy_document(name: ReadyPolicy) -> str:
    """As JSON, for a person to read and to begin another one with."""
    statement = {"Effect": "Allow", "Action": _ACTIONS[name], "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


_ACTIONS: dict[ReadyPolicy, list[str]] = {
    ReadyPolicy.READ_ONLY: [
        "elasticache:Describe*",
        "elasticache:List*",
        "elastane:Describe*",
        "elastane:Explain*",
        "elastane:Preview*",
        "ec2:Describe*",
        "cloudtrail:LookupEvents",
        "cloudwatch:Describe*",
        "cloudwatch:Get*",
        "cloudwatch:List*",
        "logs:Describe*",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:List*",
        "sns:Get*",
        "sns:List*",
    ],
    ReadyPolicy.FULL_ACCESS: ["*"],
}
