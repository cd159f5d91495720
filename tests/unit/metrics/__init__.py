"""The room `elastane.metrics`: what is counted, and what follows from it."""
