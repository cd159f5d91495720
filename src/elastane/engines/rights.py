"""What the control user must be allowed at a node: every command this room sends, and those of replication.

Called by `line`, which asks for them with each new connection's greeting, and by `client`, which sends nothing that
is not listed here. A failover is the moment when a missing right costs data: an operator whose user might not say
FAILOVER once fell back, unheard, to what loses writes. So rights are asked for before.

A right that is withdrawn from a living connection is not seen until the next one is made. Pure: it sends nothing.
"""

from elastane.engines import CONTROL_USER
from elastane.engines.connection import Command, Reply

_ID = "0" * 40

NEEDED: dict[str, Command] = {
    "acl|deluser": ("ACL", "DELUSER", "nobody"),
    "acl|getuser": ("ACL", "GETUSER", "nobody"),
    "acl|setuser": ("ACL", "SETUSER", "nobody"),
    "acl|users": ("ACL", "USERS"),
    "acl|dryrun": ("ACL", "DRYRUN", CONTROL_USER, "PING"),
    "client|kill": ("CLIENT", "KILL", "TYPE", "normal"),
    "client|no-evict": ("CLIENT", "NO-EVICT", "ON"),
    "client|pause": ("CLIENT", "PAUSE", 1, "WRITE"),
    "client|setname": ("CLIENT", "SETNAME", CONTROL_USER),
    "client|unpause": ("CLIENT", "UNPAUSE"),
    "cluster|addslotsrange": ("CLUSTER", "ADDSLOTSRANGE", 0, 0),
    "cluster|failover": ("CLUSTER", "FAILOVER"),
    "cluster|forget": ("CLUSTER", "FORGET", _ID),
    "cluster|getkeysinslot": ("CLUSTER", "GETKEYSINSLOT", 0, 1),
    "cluster|getslotmigrations": ("CLUSTER", "GETSLOTMIGRATIONS"),
    "cluster|info": ("CLUSTER", "INFO"),
    "cluster|meet": ("CLUSTER", "MEET", "127.0.0.1", 1),
    "cluster|migrateslots": ("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", 0, 0, "NODE", _ID),
    "cluster|nodes": ("CLUSTER", "NODES"),
    "cluster|replicate": ("CLUSTER", "REPLICATE", _ID),
    "cluster|setslot": ("CLUSTER", "SETSLOT", 0, "STABLE"),
    "command": ("COMMAND",),
    "config|get": ("CONFIG", "GET", "bind"),
    "config|set": ("CONFIG", "SET", "bind", ""),
    "eval": ("EVAL", "return 1", 0),
    "exec": ("EXEC",),
    "failover": ("FAILOVER", "ABORT"),
    "function|kill": ("FUNCTION", "KILL"),
    "info": ("INFO",),
    "latency|histogram": ("LATENCY", "HISTOGRAM"),
    "memory|usage": ("MEMORY", "USAGE", "key"),
    "migrate": ("MIGRATE", "127.0.0.1", 1, "key", 0, 1),
    "multi": ("MULTI",),
    "ping": ("PING",),
    "replconf": ("REPLCONF", "GETACK", "*"),
    "replicaof": ("REPLICAOF", "NO", "ONE"),
    "save": ("SAVE",),
    "script|kill": ("SCRIPT", "KILL"),
    "shutdown": ("SHUTDOWN", "NOSAVE"),
    "slowlog|get": ("SLOWLOG", "GET", 1),
    "time": ("TIME",),
    "wait": ("WAIT", 0, 1),
    # Replicas sign in to their primary as the control user.
    "psync": ("PSYNC", "?", -1),
    "sync": ("SYNC",),
    # Who gives slots signs in as the control user to who takes them.
    "cluster|syncslots": ("CLUSTER", "SYNCSLOTS", "ACK"),
    "restore-asking": ("RESTORE-ASKING", "key", 0, "value"),
    "select": ("SELECT", 0),
}
"""By the name that access rules have for it; with the fewest arguments that the engines take, none of which is used."""

NEWER = frozenset(
    {
        "cluster|getslotmigrations",
        "cluster|migrateslots",
        "cluster|syncslots",
        "latency|histogram",
    }
)
"""Those that older engines do not have. No right to them is missing there: nobody sends them."""

_CONTAINERS = frozenset(name.partition("|")[0] for name in NEEDED if "|" in name)


def are_listed(commands: tuple[Command, ...]) -> bool:
    return all(_name(command) in NEEDED for command in commands)


def questions() -> tuple[Command, ...]:
    """Whether each may be used: a dry run changes nothing, whatever the command is."""
    return tuple(("ACL", "DRYRUN", CONTROL_USER, *command) for command in NEEDED.values())


def parse_missing(replies: list[Reply]) -> tuple[str, ...] | None:
    """The names of those that may not be used; None when the engine did not say, because a script holds it."""
    if any(_is_error(reply, "BUSY") for reply in replies):
        return None
    if any(_is_error(reply, "NOPERM") for reply in replies):
        return ("acl|dryrun",)
    return tuple(name for name, reply in zip(NEEDED, replies, strict=True) if not _is_had(name, reply))


def _is_had(name: str, reply: Reply) -> bool:
    return reply == b"OK" or (name in NEWER and isinstance(reply, Exception) and str(reply).endswith(" not found"))


def _name(command: Command) -> str:
    words = [str(word).lower() for word in command[:2]]
    return "|".join(words) if words[0] in _CONTAINERS else words[0]


def _is_error(reply: Reply, code: str) -> bool:
    return isinstance(reply, Exception) and str(reply).startswith(f"{code} ")
