"""What things are: frozen values and pure rules about them.

Everyone may import this room; it imports nothing of ours and does no I/O. Values are
`msgspec.Struct`s, frozen and keyword-only: they are compared by content, changed with
`msgspec.structs.replace`, and those the store keeps are written as JSON as they stand.
"""
