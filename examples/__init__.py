"""Runnable examples of applications on Elastane, each tested; nothing in the product imports them."""
