"""Calls of actions as the wire makes them: what goes in and what comes out fits the published model.

A test that sends a parameter AWS does not have, or an action that answers a member AWS does not
know, fails here and not in a client's hands.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from elastane.service import cloudwatch, ec2, elasticache
from elastane.service.context import Action, Context
from elastane.service.parameters import Parameters


async def call(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    """The answer as plain lists and dictionaries, without members that are None: those are not sent."""
    return await _call("elasticache", elasticache.ACTIONS[action], ctx, action, parameters)


async def call_ec2(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    """The same of EC2's."""
    return await _call("ec2", ec2.ACTIONS[action], ctx, action, parameters)


async def call_cloudwatch(ctx: Context, action: str, **parameters: Any) -> dict[str, Any]:
    """The same of CloudWatch's."""
    return await _call("cloudwatch", cloudwatch.ACTIONS[action], ctx, action, parameters)


async def make_security_group(ctx: Context, name: str = "web", vpc_id: str | None = None) -> str:
    """Its id; without a VPC, in the default one."""
    place = {} if vpc_id is None else {"VpcId": vpc_id}
    answer = await call_ec2(ctx, "CreateSecurityGroup", GroupName=name, Description="of a test", **place)
    return str(answer["GroupId"])


async def _call(
    service: str, function: Action, ctx: Context, action: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    model = _model(service).operation_model(action)
    _check(parameters, model.input_shape)

    answer: dict[str, Any] = _plain(await function(ctx, Parameters(parameters)))

    if model.output_shape is None:
        assert answer == {}, f"{action} answers nothing"
    else:
        _check(answer, model.output_shape)
    return answer


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def _check(values: Mapping[str, Any], shape: Any) -> None:
    report = ParamValidator().validate(values, shape)
    assert not report.has_errors(), report.generate_report()
    unknown = set(values) - set(shape.members)
    assert not unknown, f"{shape.name} has no {sorted(unknown)}"
    for name, value in values.items():
        member = shape.members[name]
        if member.type_name == "structure":
            _check(value, member)
        if member.type_name == "list" and member.member.type_name == "structure":
            for item in value:
                _check(item, member.member)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
