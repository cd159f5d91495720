"""Notifications: messages of topics, delivered to who subscribed, signed and tried again.

`deliver` is the loop. It looks for what is due in the store (`store/deliveries`), hands those whose turn it is
(`turns`) to where they lead, and writes down what came of it: delivered, tried again later, or given up. `news` makes
messages of those lines of the history that a topic is to be told of. `posting` speaks HTTP, `files` appends to files.

What is delivered and then not written down, because the process died in between, is delivered once more over HTTP, as
SNS itself may do; a file says itself what it has.

Nothing here decides who is told what: that was done when the message was published (`store/topics`).
"""
