"""``python -m elastane.configuration_endpoint``, in the directory with the endpoint's files."""

import resource
import signal
import sys

from elastane.configuration_endpoint.configuration import Files
from elastane.configuration_endpoint.serving import Endpoint


def main() -> int:
    """Whatever it does not foresee ends it, with a traceback in its log: it is started again, and holds no data."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        endpoint = Endpoint(Files("."))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The configuration endpoint cannot be served: {error}\n")
        return 1
    endpoint.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
