"""``python -m optilearn`` is the console script."""

from optilearn.cli import main

if __name__ == "__main__":  # a process that it starts imports this again
    main()
