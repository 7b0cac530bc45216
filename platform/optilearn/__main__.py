"""``python -m optilearn`` is the console script."""

from optilearn.cli import main

main()
