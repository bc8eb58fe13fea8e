"""Sign-ins: for each the server has to compute an expensive hash."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.attack.attack import attack
from tests.attack.attacker import Attacker
from tests.attack.raw_connections import Line

AT_ONCE = 60
PAGE = b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\nConnection: close\r\n\r\n"


@attack("logins", f"{AT_ONCE} sign-ins at a time with wrong passwords, each for another account", "429")
async def logins(attacker: Attacker) -> None:
    """Each sign-in follows the answer to the one before."""
    token = await csrf_token(attacker)

    async def one(number: int) -> None:
        turn = 0
        while attacker.goes_on:
            turn += 1
            form = {"csrfmiddlewaretoken": token, "username": f"unknown-{number}-{turn}", "password": "wrong"}
            async with Line.to(attacker) as line:
                await line.put(sign_in(token, urlencode(form).encode()))
                await line.ended.wait()

    await attacker.all_of(*(one(number) for number in range(AT_ONCE)), patience=10)


async def csrf_token(attacker: Attacker) -> str:
    """The token that the form of this page has to send back."""
    async with Line.to(attacker) as line:
        line.is_leaving = True
        await line.put(PAGE)
        await line.ended.wait()
        cookies = SimpleCookie()
        for header in line.heard.partition(b"\r\n\r\n")[0].decode().split("\r\n"):
            name, _, value = header.partition(": ")
            if name.lower() == "set-cookie":
                cookies.load(value)
    return cookies["csrftoken"].value


def sign_in(token: str, form: bytes) -> bytes:
    """The request of the page's form."""
    return (
        f"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={token}\r\nConnection: close\r\n"
        "Origin: http://127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(form)}\r\n\r\n"
    ).encode() + form
