"""Versions of engines, as they spell them: which is newer, and what is the same but for the patch. Pure."""

from elastane.model.engine_names import EngineName


def minor_version(version: str) -> str:
    """``9.1`` of ``9.1.2``."""
    return ".".join(version.split(".")[:2])


def is_of(engine: str, running: str, asked: str) -> bool:
    """Whether an engine of the version `running` is what is meant by asking for `asked`.

    The first two numbers are the same, and the third one is whatever it is; but for Memcached, of which AWS's API names
    three, and they are a floor here: what runs is as new or newer (decision 0040).
    """
    if minor_version(running) != minor_version(asked):
        return False
    return engine != EngineName.MEMCACHED or version_numbers(running) >= version_numbers(asked)


def version_numbers(version: str) -> tuple[int, ...]:
    """To compare by: ``9.10`` is newer than ``9.9``, and anything than the empty text."""
    return tuple(int(part) for part in version.split(".") if part)
