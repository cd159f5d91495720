"""ElastiCache's actions, as a table anyone can read. `docs/parity.toml` says how true each one is."""

from elastane.service.context import Action

ACTIONS: dict[str, Action] = {}
