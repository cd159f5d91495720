"""Elastane: a self-hosted ElastiCache."""
