"""The console, used by a person: in a real browser, in front of a real Elastane with real engines."""
