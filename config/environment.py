"""The environment that settings are read from: a value, or the file that holds it (``NAME_FILE``).

A malformed value is recorded, and the setting's default is used in its place; so the operator sees all errors together
after all values were read.
"""

import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from tenants import redis_servers

# The methods have the names of these.
Text: TypeAlias = str
Switch: TypeAlias = bool
Whole: TypeAlias = int
Number: TypeAlias = float
Many: TypeAlias = list[Any]
Config: TypeAlias = dict[str, Any]

ON: Final = {"1", "true", "yes", "on"}
OFF: Final = {"0", "false", "no", "off"}
SECRET: Final = re.compile(r"SECRET|_URL$|PASSWORD")
HINT: Final = "Each setting, with what it may be, is in .env.example; NAME_FILE names a file with the value of NAME."


class BadEnvironment(SystemExit):
    """Ends the process with status 1 and these sentences on standard error, whatever it was that started it."""


class Environment:
    """Reads typed values and records their errors. An empty value counts as missing, except for lists."""

    def __init__(self, values: Mapping[Text, Text] = os.environ) -> None:
        self.values = values
        self.problems: Many = []

    def refuse(self) -> None:
        """Return if there are no errors.

        Raises:
            BadEnvironment: there are errors; it has all of them.
        """
        if self.problems:
            found = "\n".join(f"  - {problem}" for problem in dict.fromkeys(self.problems))
            raise BadEnvironment(f"The settings in the environment can't be used:\n{found}\n{HINT}")

    def wrong(self, name: Text, expected: Text, value: Text | None = None) -> None:
        """Record what a setting must be; a secret's value is not shown."""
        shown = "" if value is None else "; its value is not shown" if SECRET.search(name) else f"; it is {value!r}"
        self.problems.append(f"{name} has to be {expected}{shown}.")

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Record an error inside with its own sentence, unless its setting has an error already."""
        before = len(self.problems)
        try:
            yield
        except ImproperlyConfigured as error:
            if len(self.problems) == before:
                self.problems.append(Text(error))

    def gone(self, name: Text, instead: Text) -> None:
        """Note a setting that there is no more: a system that relied on it must not start without."""
        if self.names(name):
            self.problems.append(f"{name} is no setting any more: {instead}")

    def names(self, name: Text) -> Switch:
        """Whether a value or its file is set, valid or not."""
        return Switch(self.values.get(name) or self.values.get(f"{name}_FILE"))

    def given(self, name: Text) -> Text | None:
        """The value as it was given, by a file before all; a last line's end is left out."""
        path = self.values.get(f"{name}_FILE")
        if not path:
            return self.values.get(name)
        try:
            with open(path, encoding="utf-8") as file:
                return file.read().rstrip("\r\n")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            self.problems.append(f"{name}_FILE={path} can't be read: {reason}.")
            return None

    def read(self, name: Text, default: Any, expected: Text, make: Callable[[Text], Any]) -> Any:
        """The result of ``make`` for the value; the default if there is no value, or if it raises ValueError."""
        value = self.given(name)
        if not value:
            return default
        try:
            return make(value)
        except (ValueError, ImproperlyConfigured):
            self.wrong(name, expected, value)
            return default

    # --- Types --------------------------------------------------------------------------------------------------------

    def str(
        self, name: Text, *, default: Text = "", one_of: Sequence[Text] = (), like: Text = "", expected: Text = ""
    ) -> Text:
        """A text: any, one of these, or one that a pattern matches, which ``expected`` describes."""
        pattern = "|".join(map(re.escape, one_of)) or like or "(?s:.*)"
        found: Text = self.read(name, default, expected or " or ".join(one_of), text_like(pattern))
        return found

    def bool(self, name: Text, *, default: Switch) -> Switch:
        """A switch."""

        def make(value: Text) -> Switch:
            if value.lower() not in ON | OFF:
                raise ValueError
            return value.lower() in ON

        found: Switch = self.read(name, default, "1 or 0 (or true, false, yes, no, on, off)", make)
        return found

    def int(self, name: Text, *, default: Whole, least: Whole = 0, most: Whole | None = None) -> Whole:
        """A whole number from ``least`` to ``most``."""
        found: Whole = self.read(
            name, default, f"a whole number {between(least, most)}", lambda value: within(Whole(value), least, most)
        )
        return found

    def float(self, name: Text, *, default: Number, least: Number = 0.0, most: Number | None = None) -> Number:
        """A number from ``least`` to ``most``."""
        found: Number = self.read(
            name, default, f"a number {between(least, most)}", lambda value: within(Number(value), least, most)
        )
        return found

    def list(
        self, name: Text, *, default: Sequence[Any], each: Callable[[Text], Any] = Text, expected: Text = "a list"
    ) -> Many:
        """Values with commas between, each made by ``each``; an empty text is an empty list."""
        value = self.given(name)
        if value is None:
            return [*default]
        parts = [part.strip() for part in value.split(",") if part.strip()]
        made = []
        for part in parts:
            try:
                made.append(each(part))
            except ValueError:
                self.wrong(name, expected, part)
        return made

    def dict(self, name: Text, *, names: Collection[Text], default: Mapping[Text, Whole]) -> Config:
        """Numbers by name, none below zero: ``one=1;other=2``."""
        expected = f"numbers such as {next(iter(names))}=1, with semicolons between; the names are {', '.join(names)}"

        def make(value: Text) -> Config:
            pairs = [part.split("=") for part in value.split(";") if part.strip()]
            made = {key.strip(): number(text) for key, text in pairs}
            if not made.keys() <= {*names}:
                raise ValueError
            return made

        found: Config = self.read(name, {**default}, expected, make)
        return found

    # --- Addresses ----------------------------------------------------------------------------------------------------

    def url(self, name: Text, *, schemes: Sequence[Text], default: Text = "") -> Text:
        """The address of a server; several have semicolons between."""

        def make(value: Text) -> Text:
            for part in redis_servers.shards(value):
                check_url(part, schemes)
            return value

        found: Text = self.read(name, default, f"an address that begins with {' or '.join(schemes)}", make)
        return found

    def db_url(self, name: Text, *, engine: Text) -> Config:
        """PostgreSQL's, as Django's settings of a database; nothing if that makes no sense."""
        schemes = ("postgres://", "postgresql://")
        expected = (
            f"an address such as {schemes[0]}login:password@host:5432/database, "
            "with %XX for what is no letter or digit in the password"
        )

        def make(value: Text) -> Config:
            check_url(value, schemes)
            config: Config = environ.Env.db_url_config(value, engine=engine)
            if not config["NAME"]:
                raise ValueError
            return config

        found: Config = self.read(name, {}, expected, make)
        return found

    def email_url(self, name: Text) -> Config:
        """The mail server's, as Django's settings of mail; nothing if there is none.

        ``filemail:///some/folder`` has mails written there; Django-environ would take the folder for a relative one.
        """
        schemes = [f"{scheme}://" for scheme in environ.Env.EMAIL_SCHEMES]

        def make(value: Text) -> Config:
            if not value.startswith(tuple(schemes)):
                raise ValueError
            config: Config = environ.Env.email_url_config(value)
            folder = urlsplit(value).path if value.startswith("filemail:") else ""
            del config["EMAIL_FILE_PATH"]
            return {**config, "EMAIL_FILE_PATH": folder} if folder.strip("/") else config

        found: Config = self.read(name, {}, f"an address that begins with {' or '.join(schemes)}", make)
        return found


def between(least: float, most: float | None) -> Text:
    """A range as text."""
    return f"of at least {least:g}" if most is None else f"from {least:g} to {most:g}"


def within(value: Number, least: Number, most: Number | None) -> Number:
    """The value, if it is in the range.

    Raises:
        ValueError: it is not.
    """
    if not least <= value <= (math.inf if most is None else most) or math.isinf(value):
        raise ValueError
    return value


def number(text: Text) -> Number:
    """A whole number, or one with a fraction, not below zero."""
    return within(Whole(text) if text.strip().isdigit() else Number(text), 0, None)


def text_like(pattern: Text) -> Callable[[Text], Text]:
    """A function that accepts texts that the whole pattern matches."""

    def make(text: Text) -> Text:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    return make


def existing_file(path: Text) -> Text:
    """The path, if there is a file that can be read."""
    if not os.access(path, os.R_OK):
        raise ValueError
    return path


def check_url(value: Text, schemes: Sequence[Text]) -> None:
    """Raise ValueError unless this is an address with one of the schemes, and its port is one."""
    if value.startswith(tuple(schemes)) and redis_servers.is_sentinel(value):
        redis_servers.check(value)
        return
    parts = urlsplit(value)
    if not value.startswith(tuple(schemes)) or not (parts.netloc or parts.path) or parts.port == 0:
        raise ValueError
