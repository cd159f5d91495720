"""The examples, run as a reader of their README runs them."""
