"""`python -m iesspr`."""

from __future__ import annotations

from iesspr.cli import app


def main() -> None:
    app()


if __name__ == "__main__":
    main()
