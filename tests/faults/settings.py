"""The settings of a town under test: production's, and what the suite turns by the environment."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]

FAULTS_LEASE_SECONDS = env.float("FAULTS_LEASE_SECONDS")
FAULTS_BACKOFF_LIMIT_SECONDS = env.float("FAULTS_BACKOFF_LIMIT_SECONDS")
FAULTS_MAX_ATTEMPTS = env.int("FAULTS_MAX_ATTEMPTS")
FAULTS_SEED = env.int("FAULTS_SEED")
FAULTS_AUDIT_RAISES = env.bool("FAULTS_AUDIT_RAISES", default=False)
