"""`promtool`, Prometheus' own checker: the machine's, else Debian's, fetched into a folder of its own as `ip` is.

What it says of metrics is what a Prometheus would say that scrapes them, and what it says of an expression is what a
dashboard would be answered with.
"""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.kit.network_tools import PLACES, PackagedProgram, fetched_program

DIRECTORY = Path(sys.executable).parent.parent / "prometheus-tools"
PROMTOOL = PackagedProgram(package="prometheus", version="2.42", program="usr/bin/promtool")
DEADLINE_SECONDS = 30


@cache
def promtool() -> Path:
    """Where the program is. Raises SupplyError when it is neither here nor to be had."""
    found = shutil.which("promtool", path=PLACES)
    return fetched_program(DIRECTORY, "promtool", PROMTOOL) if found is None else Path(found)


def complaints_about_metrics(exposition: bytes) -> str:
    """What the linter has against an exposition; empty when it has nothing."""
    return _complaints("check", "metrics", given=exposition)


def complaints_about_rules(rules: Path) -> str:
    """What is wrong with a file of recording rules; empty when every expression in it is one."""
    return _complaints("check", "rules", str(rules))


def _complaints(*arguments: str, given: bytes = b"") -> str:
    run = subprocess.run(
        (str(promtool()), *arguments), input=given, capture_output=True, timeout=DEADLINE_SECONDS, check=False
    )
    said = (run.stdout + run.stderr).decode(errors="replace")
    if run.returncode == 0 and arguments[:2] == ("check", "rules"):
        return ""  # it counts the rules aloud
    return said if said.strip() else "" if run.returncode == 0 else f"exit code {run.returncode}"


if __name__ == "__main__":
    promtool()
