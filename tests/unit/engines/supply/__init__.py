"""Supply: how engines get into a store, with packages of the tests' own."""
