"""The faults of our own service; those that ElastiCache has as well are in `faults`."""

from elastane.model.faults import Fault


class ResourceNotFound(Fault):
    """Neither a cache nor a node has that id: AWS has a fault for each kind, and nobody knows which one was meant."""

    code, status = "ResourceNotFoundFault", 404
