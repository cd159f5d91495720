"""What `elastane serve` says once it answers: what runs, and the next lines to paste. Pure; no secret is in it."""

from elastane.cli.invocation import FIRST_CACHE
from elastane.cli.tables import engine_names
from elastane.config import Config
from elastane.engines.discovery import EngineBinary
from elastane.model.engine_names import EngineName
from elastane.server import Running

_FETCHED = (
    (EngineName.REDIS, "Redis OSS", "redis-7.0"),
    (EngineName.MEMCACHED, "Memcached", "memcached-1.6"),
)
"""Those that do not come with Elastane: what they are called, here and by `elastane engines install`."""


def greeting(config: Config, running: Running, *, command: str, data_dir_option: str) -> str:
    """`command` is how a person calls Elastane; the option follows its sub-command where one is needed."""
    end = (
        "Ctrl-C stops everything and removes the data directory."
        if config.is_ephemeral
        else f"Ctrl-C stops Elastane; the caches serve on. To stop them too: {command} down{data_dir_option}"
    )
    parts = (
        _facts(config, running),
        _missing_engines(running.engines, f"{command} engines", data_dir_option),
        f'In another terminal:\n\n  eval "$({command} env{data_dir_option})"\n{FIRST_CACHE}',
        end,
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _facts(config: Config, running: Running) -> str:
    facts = [
        ("data directory", f"{config.data_dir}{' (ephemeral)' if config.is_ephemeral else ''}"),
        ("engines", engine_names(running.engines) or "none"),
    ]
    if running.adopted_nodes:
        facts.append(("nodes adopted", ", ".join(running.adopted_nodes)))
    if running.dns is not None:
        facts.append(("DNS", running.dns))
    return "\n".join([f"Elastane listens on {running.url}", *(f"  {name:<15} {value}" for name, value in facts)])


def _missing_engines(engines: tuple[EngineBinary, ...], command: str, data_dir_option: str) -> str:
    if not engines:
        return f"No engine was found, so no cache can be made. To see why: {command} list{data_dir_option}"
    found = {binary.engine for binary in engines}
    missing = {shown: source for engine, shown, source in _FETCHED if engine not in found}
    if not missing:
        return ""
    return (
        f"There is no {' and no '.join(missing)} on this machine. On Debian: "
        f"{command} install {' '.join(missing.values())}{data_dir_option}\n"
        "What is installed is found within seconds, without a restart."
    )
