"""EC2's actions, over a store and nothing else."""
