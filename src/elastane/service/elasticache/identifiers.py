"""AWS's rule for the identifiers that callers choose, and its sentence for one that breaks it."""

from elastane.model import faults, ids


def checked_identifier(text: str, parameter: str, length_max: int) -> str:
    """In lower case, as it is stored. Raises InvalidParameterValue."""
    lowered = text.lower()
    if not ids.is_identifier(lowered, length_max=length_max):
        raise faults.InvalidParameterValue(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain "
            "only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; "
            f"and must have at most {length_max} characters."
        )
    return lowered
