"""The settings of a deployment under test: production's, with changes by the environment."""

import os

from config.fixed_settings import INSTALLED_APPS
from config.settings import *  # noqa: F403
from config.settings import ORDERS_PROCESSING_STEPS, env
from tests.form import LONG

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.apps.FaultsConfig"]

FAULTS_LEASE_SECONDS = float(os.environ["FAULTS_LEASE_SECONDS"])
FAULTS_BACKOFF_LIMIT_SECONDS = float(os.environ["FAULTS_BACKOFF_LIMIT_SECONDS"])
FAULTS_MAX_ATTEMPTS = int(os.environ["FAULTS_MAX_ATTEMPTS"])
FAULTS_SEED = int(os.environ["FAULTS_SEED"])
FAULTS_END_AT = os.environ.get("FAULTS_END_AT", "")
FAULTS_END_BY = os.environ.get("FAULTS_END_BY", "SIGKILL")
FAULTS_DEAF = env.bool("FAULTS_DEAF", default=False)
"""Whether a dispatcher loses every notification."""

# No test here looks at an invoice, which takes longer than all else of an order: only the long form makes it.
_risk, *_others = ORDERS_PROCESSING_STEPS
_failing = "tests.faults.receivers.raise_always_or_one_time_in_three"
ORDERS_PROCESSING_STEPS = [_risk, _failing, *(_others if LONG else [])]
