"""`python -m elastane`: the same as the `elastane` command, for where that one is not on PATH."""

from elastane.cli import main

if __name__ == "__main__":
    main()
