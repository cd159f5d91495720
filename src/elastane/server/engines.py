"""The engines that this machine has or could fetch, as each part of the house wants to hear of them."""

import asyncio
from collections.abc import Mapping

from elastane.clock import utc_now
from elastane.config import ENGINES_DIRECTORY, Config
from elastane.engines import discovery
from elastane.engines.discovery import EngineBinary, Places
from elastane.engines.supply.apt import packages_of_apt
from elastane.engines.supply.background import BackgroundInstaller, Directories
from elastane.engines.supply.packages import InstallableEngine
from elastane.model.engine_names import WITH_ROLES, EngineName
from elastane.model.service_updates import PatchOffer

SECURITY_SUITE_END = "-security"


class FoundEngines:
    """The engines this machine has, looked up again now and then: one installed later is found."""

    def __init__(self, config: Config, environment: Mapping[str, str]) -> None:
        self._config = config
        self._path = environment.get("PATH", "")
        self._found: tuple[EngineBinary, ...] = ()

    async def refresh(self) -> None:
        self._found = await asyncio.to_thread(
            discovery.find_engines,
            Places(
                configured=self._config.engine_paths,
                store_directory=self._config.data_dir / ENGINES_DIRECTORY,
                shared_directory=self._config.shared_engines,
                path=self._path,
            ),
        )

    def usable(self) -> tuple[EngineBinary, ...]:
        return self._found


def make_installer(config: Config, found: FoundEngines) -> BackgroundInstaller | None:
    """None where the operator allows no fetching. What is ephemeral installs where others can use it later."""
    if not config.may_fetch_engines:
        return None
    store = config.shared_engines if config.is_ephemeral else config.data_dir / ENGINES_DIRECTORY
    return BackgroundInstaller(
        Directories(store=store, shared=config.shared_engines), packages_of_apt, utc_now, found.refresh
    )


def installable(installer: BackgroundInstaller | None) -> tuple[InstallableEngine, ...]:
    return () if installer is None else installer.installable()


def patch_offers(found: FoundEngines, installer: BackgroundInstaller | None) -> tuple[PatchOffer, ...]:
    """What nodes could run, here or to be fetched; a suite of security fixes is Debian's word for what is in it.

    Without Memcached: a service update is a newer patch of the version that a cache asked for, and of Memcached the
    patch is part of the version. A cluster that is to run a newer one is modified.
    """
    here = ((one.engine, one.version, False) for one in found.usable())
    fetchable = ((one.engine, one.version, one.suite.endswith(SECURITY_SUITE_END)) for one in installable(installer))
    return tuple(
        PatchOffer(engine=EngineName(engine), patch=version, is_security_fix=is_security_fix)
        for engine, version, is_security_fix in (*here, *fetchable)
        if engine in WITH_ROLES
    )
