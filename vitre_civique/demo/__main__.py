"""`python -m vitre_civique.demo`: what `make demo` runs once the venv is ready."""

from .supervisor import main

main()
