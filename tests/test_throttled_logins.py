"""Clients that guess passwords are refused, however many tries are simultaneous, and no other user is locked out."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.db import connection
from django.test import Client

from tenants.auth import failed_attempts as failures
from tenants.auth import passwords
from tenants.auth.passwords import Busy, Gate
from tenants.defaults import DEMO_PASSWORD, DEMO_USER, ensure_demo_user
from tenants.models import User
from tenants.ratelimit import throttling
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "a long enough password"  # a test's
EVERYWHERE = f"everywhere:{failures.of_account('ada')}", 30
SLOW = "Too many failed attempts. Try again in "


@pytest.fixture(autouse=True)
def strict(settings: LazySettings) -> None:
    """Three failures a minute from an address, two for an account there, 30 for an account everywhere."""
    settings.THROTTLE = {"failures": 3, "account_failures": 2, "account_everywhere": 30}
    throttling.forget()


@pytest.fixture(autouse=True)
def clerk() -> User:
    """A user who may sign in."""
    return factories.user(username="ada", password=PASSWORD)


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long logins have waited for a turn; no time passes."""
    waited: list[float] = []
    monkeypatch.setattr("tenants.auth.failed_attempts.time.sleep", waited.append)
    return waited


def sign_in(client: Client, password: str, *, name: str = "ada", address: str = "192.0.2.1") -> int:
    """The status of the answer: 302 after a valid password."""
    response = client.post("/login/", {"username": name, "password": password}, REMOTE_ADDR=address)
    if response.status_code == 429:
        assert SLOW in response.content.decode()
        assert int(response["Retry-After"]) > 0
    return response.status_code


def use_up_everywhere() -> None:
    """Let others guess so often that each login of the clerk's account has to wait two seconds for a turn."""
    failures.take(EVERYWHERE, 30)


def guess_everywhere(times: int) -> list[int]:
    """Guess the clerk's password, each time from another address."""
    return [sign_in(Client(), "wrong", address=f"198.51.100.{number}") for number in range(times)]


# --- Limits of checked passwords --------------------------------------------------------------------------------------


def test_a_point_is_taken_before_the_password_is_checked(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """Simultaneous tries: while each is checked, the next one comes."""
    depth, statuses = Counter[str](), []

    def authenticate(*_: Any, **__: Any) -> None:
        depth["now"] += 1
        if depth["now"] < 20:
            statuses.append(sign_in(Client(), "wrong"))

    monkeypatch.setattr(ModelBackend, "authenticate", authenticate)
    statuses.append(sign_in(client, "wrong"))

    assert (depth["now"], statuses) == (2, [429, 200, 200])


def test_tries_of_several_threads_are_counted_once_each() -> None:
    together = threading.Barrier(16)

    def begin(_: int) -> bool:
        together.wait(10)
        try:
            failures.login("192.0.2.1", "ada", None).failed()
        except failures.Held:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert Counter(pool.map(begin, range(16))) == {True: 2, False: 14}


def test_an_address_is_refused_at_all_accounts(client: Client) -> None:
    assert [sign_in(client, "wrong", name=f"name{number}") for number in range(5)] == [200] * 3 + [429] * 2
    assert sign_in(client, PASSWORD) == 429
    assert sign_in(client, PASSWORD, address="192.0.2.8") == 302


def test_an_account_is_refused_at_one_address(client: Client) -> None:
    assert [sign_in(client, "wrong") for _ in range(4)] == [200] * 2 + [429] * 2
    assert sign_in(client, "wrong", name="unknown") == 200


def test_a_valid_password_takes_no_point() -> None:
    assert [sign_in(Client(), PASSWORD) for _ in range(6)] == [302] * 6


# --- No user is locked out --------------------------------------------------------------------------------------------


def test_the_right_password_works_from_a_new_address_while_others_guess(sleeps: list[float]) -> None:
    assert guess_everywhere(4) == [200] * 4

    assert sign_in(Client(), PASSWORD, address="203.0.113.1") == 302
    assert sleeps == []


def test_logins_of_an_account_under_attack_wait_for_a_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_up_everywhere()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        failures.take(EVERYWHERE, -1)

    monkeypatch.setattr("tenants.auth.failed_attempts.time.sleep", sleep)

    assert sign_in(Client(), PASSWORD, address="203.0.113.1") == 302
    assert len(waited) == 1
    assert 0 < waited[0] <= 2
    assert sign_in(Client(), PASSWORD, name="unknown", address="203.0.113.2") == 200


def test_a_login_that_would_wait_too_long_gets_retry_after(settings: LazySettings, sleeps: list[float]) -> None:
    settings.THROTTLE |= {"account_everywhere": 5}  # a turn each 12 seconds
    throttling.forget()
    guess_everywhere(5)

    assert sign_in(Client(), PASSWORD, address="203.0.113.1") == 429
    assert sleeps == []
    failures.take((EVERYWHERE[0], 5), -1)
    assert [sign_in(Client(), PASSWORD, address="203.0.113.1") for _ in range(3)] == [302] * 3  # it took no point


def test_the_number_of_waiting_logins_is_limited(monkeypatch: pytest.MonkeyPatch, sleeps: list[float]) -> None:
    use_up_everywhere()
    monkeypatch.setattr(failures, "_turns", threading.Semaphore(0))

    assert sign_in(Client(), PASSWORD, address="203.0.113.1") == 429
    assert sleeps == []


def test_a_browser_that_has_signed_in_before_does_not_wait(sleeps: list[float]) -> None:
    known = Client()
    assert sign_in(known, PASSWORD) == 302
    known.post("/logout/")
    use_up_everywhere()

    assert sign_in(known, PASSWORD, address="203.0.113.1") == 302
    assert sleeps == []


def test_a_known_browser_counts_for_its_own_account_alone(clerk: User) -> None:
    factories.user(username="eve", password=PASSWORD)
    eves = Client()
    assert sign_in(eves, PASSWORD, name="eve", address="203.0.113.1") == 302
    [cookie] = [one for name, one in eves.cookies.items() if name.startswith("browser_")]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/login/", True, "Lax")

    adas = f"browser_{failures.of_account('ada')[:16]}"
    eves.cookies[adas] = cookie.value
    eves.post("/logout/")
    assert [sign_in(eves, "wrong", address="203.0.113.1") for _ in range(3)] == [200] * 2 + [429]
    assert [sign_in(eves, "wrong", name="eve", address="203.0.113.1") for _ in range(3)] == [200] * 2 + [429]


# --- The cost of a password -------------------------------------------------------------------------------------------


class Hashing:
    """Counts hashes, and whether the database connection was given back before each."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        monkeypatch.setattr(connection._connections[connection._alias], "close", lambda: self.steps.append("closed"))  # type: ignore[attr-defined]  # the proxy's
        for name in ("encode", "verify"):
            monkeypatch.setattr(Argon2PasswordHasher, name, self.counted(getattr(Argon2PasswordHasher, name)))

    def counted(self, hashes: Any) -> Any:
        def hash_(*args: Any, **options: Any) -> Any:
            self.steps.append("hashed")
            return hashes(*args, **options)

        return hash_


def test_the_connection_is_given_back_before_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing = Hashing(monkeypatch)

    User(username="eve").check_password("wrong")
    User.objects.get(username="ada").check_password("wrong")

    assert hashing.steps[-2:] == ["closed", "hashed"]


@pytest.mark.parametrize("name", ["ada", "unknown", "left", "without", "demo"])
def test_every_failure_costs_one_hash(monkeypatch: pytest.MonkeyPatch, settings: LazySettings, name: str) -> None:
    factories.user(username="left", password=PASSWORD, is_active=False)
    User.objects.create_user("without")  # whose password can't be used
    ensure_demo_user()
    settings.ORDERS_DEMO = False
    hashing = Hashing(monkeypatch)

    password = {"left": PASSWORD, "demo": DEMO_PASSWORD}.get(name, "wrong")
    assert sign_in(Client(), password, name=DEMO_USER if name == "demo" else name) == 200
    assert hashing.steps.count("hashed") == 1


@pytest.mark.usefixtures("costly_hashes")
def test_an_older_hash_is_replaced_at_the_next_login(clerk: User) -> None:
    clerk.password = Argon2PasswordHasher().encode(PASSWORD, "somesaltof22characters")
    clerk.save()
    assert "$m=102400,t=2,p=8$" in clerk.password

    assert sign_in(Client(), PASSWORD) == 302

    clerk.refresh_from_db()
    assert clerk.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(Client(), PASSWORD) == 302


def test_hashes_from_other_systems_are_accepted(clerk: User) -> None:
    clerk.password = PBKDF2PasswordHasher().encode(PASSWORD, "somesaltof22characters", iterations=1_000)
    clerk.save()

    assert sign_in(Client(), PASSWORD) == 302


def test_few_passwords_are_hashed_at_a_time_and_few_wait() -> None:
    gate = Gate(at_once=2, waiting=3, seconds=10)
    inside, most, two, leave = Counter[str](), [0], threading.Event(), threading.Event()
    threads = set[str]()

    def make() -> str:
        inside["now"] += 1
        most[0] = max(most[0], inside["now"])
        threads.add(threading.current_thread().name)
        if inside["now"] == 2:
            two.set()
        leave.wait(10)
        inside["now"] -= 1
        return "hashed"

    def enter(_: int) -> str:
        try:
            return gate.passed(make)
        except Busy:  # by then all other threads have come
            two.wait(10)
            leave.set()
            return "busy"

    with ThreadPoolExecutor(6) as pool:
        assert Counter(pool.map(enter, range(6))) == {"hashed": 5, "busy": 1}
    assert most == [2]
    # each thread keeps the memory of its hash: no other thread makes a hash
    assert threads == {"passwords_0", "passwords_1"}


def test_the_wait_for_a_hash_is_limited() -> None:
    gate, leave = Gate(at_once=1, seconds=0.01), threading.Event()
    gate.threads.submit(leave.wait, 10)

    with pytest.raises(Busy, match=r"Too many people are signing in\. Try again in 5 s\."):
        gate.passed(lambda: pytest.fail("was made"))
    leave.set()


def test_errors_of_a_hash_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        Gate().passed(lambda: 1 // 0)


def test_the_form_says_that_too_many_sign_in(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    monkeypatch.setattr(passwords, "gate", Gate(at_once=1, waiting=-1))
    for _ in range(4):  # it does not count
        response = client.post("/login/", {"username": "ada", "password": PASSWORD})
        assert (response.status_code, response["Retry-After"]) == (429, "5")
        assert "Too many people are signing in. Try again in 5 s." in response.content.decode()


# --- The admin --------------------------------------------------------------------------------------------------------


def test_the_admin_has_the_same_login(client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/orders/order/")

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/admin/orders/order/")


@pytest.fixture
def staff(clerk: User, client: Client) -> Client:
    """The clerk, signed in, may use the admin."""
    User.objects.update(is_staff=True)
    client.force_login(clerk)
    return client


def change(client: Client, old: str) -> Any:
    """Change the clerk's password."""
    new = "another long enough password"
    given = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", given, REMOTE_ADDR="192.0.2.1")


def test_the_old_password_can_be_guessed_no_more_often(staff: Client) -> None:
    pages = [change(staff, "wrong").content.decode() for _ in range(3)]

    assert [SLOW in page for page in pages] == [False, False, True]
    assert SLOW in change(staff, PASSWORD).content.decode()
    assert sign_in(Client(), PASSWORD) == 429
    assert sign_in(Client(), PASSWORD, address="192.0.2.9") == 302


def test_a_person_changes_their_password(staff: Client) -> None:
    assert staff.get("/admin/password_change/").status_code == 200
    assert change(staff, PASSWORD)["Location"] == "/admin/password_change/done/"
    assert sign_in(Client(), "another long enough password") == 302


def test_setting_a_password_may_get_retry_after(monkeypatch: pytest.MonkeyPatch, staff: Client) -> None:
    User.objects.update(is_superuser=True)
    monkeypatch.setattr(passwords, "gate", Gate(at_once=1, waiting=-1))
    made = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}

    response = staff.post("/admin/tenants/user/add/", made)

    assert (response.status_code, response["Retry-After"]) == (429, "5")
