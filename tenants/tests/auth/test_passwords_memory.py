"""The memory of a password hash returns to the system, whatever other tests ran in this process before."""

import platform
import subprocess
import sys

import pytest

GROWN = """
from django.conf import settings
settings.configure(DATABASES={})
import psutil
from tenants.auth.passwords import Argon2
before = psutil.Process().memory_info().rss
for number in range(6):
    Argon2().encode("a long enough password", f"salt-{number:08}")
print(psutil.Process().memory_info().rss - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc's allocator")
def test_a_process_keeps_none_of_the_memory_of_its_hashes() -> None:
    ran = subprocess.run([sys.executable, "-c", GROWN], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 15 * 1024 * 1024
