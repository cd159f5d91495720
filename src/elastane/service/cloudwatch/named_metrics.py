"""Metrics as callers name them: a namespace, a name and dimensions."""

from collections.abc import Sequence

from elastane.model import faults
from elastane.model.metrics import Dimensions, Metric, Subject, Unit, dimensions
from elastane.service.context import Context, Result
from elastane.service.parameters import Parameters


def requested_metric(ctx: Context, parameters: Parameters) -> Metric:
    """Of Namespace, MetricName and Dimensions. Raises MissingParameter, InvalidParameterValue."""
    subject = Subject(ctx.region, _required(parameters, "Namespace"), requested_dimensions(parameters))
    return Metric(subject, _required(parameters, "MetricName"))


def requested_dimensions(parameters: Parameters, path: str = "Dimensions") -> Dimensions:
    """Raises InvalidParameterValue."""
    given: dict[str, str] = {}
    for number, each in enumerate(parameters.structures("Dimensions") or (), start=1):
        name, value = each.required_text("Name"), each.required_text("Value")
        if name in given:
            raise faults.InvalidParameterValue(f"No Dimension name can be repeated: {name} is in {path} twice.")
        refuse_unprintable(name, f"{path}.member.{number}.Name")
        refuse_unprintable(value, f"{path}.member.{number}.Value")
        given[name] = value
    return dimensions(given)


def refuse_unprintable(text: str, path: str) -> None:
    """Raises InvalidParameterValue for what is blank, or has others than ASCII's characters or controls among them."""
    if not text.strip() or not (text.isascii() and text.isprintable()):
        raise faults.InvalidParameterValue(
            f"The parameter {path} must have printable ASCII characters only, and not be blank."
        )


def requested_unit(parameters: Parameters) -> Unit | None:
    text = parameters.text("Unit")
    return None if text is None else Unit(text)


def answer_metric(metric: Metric) -> Result:
    return {
        "Namespace": metric.subject.namespace,
        "MetricName": metric.name,
        "Dimensions": answer_dimensions(metric.subject.dimensions),
    }


def answer_dimensions(given: Dimensions) -> Sequence[Result]:
    return [{"Name": name, "Value": value} for name, value in given]


def _required(parameters: Parameters, name: str) -> str:
    value = parameters.text(name)
    if value is None:
        raise faults.MissingParameter(f"The parameter {name} is required.")
    return value
