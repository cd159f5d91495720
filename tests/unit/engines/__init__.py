"""The room `elastane.engines` without a running engine."""
