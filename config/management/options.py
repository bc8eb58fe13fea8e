"""Common parts of the commands' options."""

from argparse import ArgumentTypeError


def port_number(text: str) -> int:
    """A port as it is typed."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise ArgumentTypeError(f"{number} is not a port; ports are 1 to 65535")
    return number
