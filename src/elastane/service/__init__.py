"""The asking stair: the actions of the API, one module a noun, one package an AWS service.

An action is a function of a `Context` (who asks, where, with what at hand) and its `Parameters`;
it answers a mapping shaped as the published model says, or raises a fault. It validates, writes
what is *desired* in one transaction, and reads what was *observed*: it never starts, stops or
asks an engine, and cannot import what does.
"""
