"""The doing stair's part for Memcached clusters: load → observe → plan → record → execute, as for replication groups.

What keeps a pass honest is said in `reconcile`, and holds here. What differs: nodes know nothing of one another, so
there is no role to guard, and a node that is lost is simply started again, empty, where it was. What must be right is
what clients are told (`plan.publication`): they decide by it which node has a key.

    situation   the input of every rule            record       what a pass leaves behind
    plan        rules in order of danger           transitions  the customer's history
    steps       what a plan is made of             observe, orders, execute, passes   looking and doing
"""
