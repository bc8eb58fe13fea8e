"""The settings of a deployment under test: production's, and what the suite turns by the environment."""

import os

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]

FAULTS_LEASE_SECONDS = float(os.environ["FAULTS_LEASE_SECONDS"])
FAULTS_BACKOFF_LIMIT_SECONDS = float(os.environ["FAULTS_BACKOFF_LIMIT_SECONDS"])
FAULTS_MAX_ATTEMPTS = int(os.environ["FAULTS_MAX_ATTEMPTS"])
FAULTS_SEED = int(os.environ["FAULTS_SEED"])
FAULTS_AUDIT_RAISES = env.bool("FAULTS_AUDIT_RAISES", default=False)
