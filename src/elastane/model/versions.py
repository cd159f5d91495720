"""Versions of engines, as they spell them: which is newer, and what is the same but for the patch. Pure."""


def minor_version(version: str) -> str:
    """``9.1`` of ``9.1.2``."""
    return ".".join(version.split(".")[:2])


def version_numbers(version: str) -> tuple[int, ...]:
    """To compare by: ``9.10`` is newer than ``9.9``, and anything than the empty text."""
    return tuple(int(part) for part in version.split(".") if part)
