"""The django-q2 cluster of one supervisor: its workers stamp their birth and their end, and all die with it."""

import ctypes
import logging
import os
import signal
import sys
from multiprocessing.util import Finalize

from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_q.cluster import Cluster
from django_q.conf import Conf
from django_q.signals import post_spawn

from config import garbage
from operations import heartbeat
from operations.models import Heartbeat

log = logging.getLogger(__name__)
PARENT_DEATH_SIGNAL = 1  # prctl's PR_SET_PDEATHSIG
NEVER = 2**31


def run(queue_key: str, *, parent: int) -> None:
    """Work on one queue until SIGTERM, or until `parent` is gone."""
    Conf.CLUSTER_NAME = queue_key
    Conf.SCHEDULER = False  # one bad schedule would block all; what is due stands in our own rows
    Conf.RECYCLE = NEVER  # a worker that ends while it is idle can take the queue's lock with it
    die_with_parent()
    if os.getppid() != parent:
        return
    os.register_at_fork(after_in_child=die_with_parent)
    post_spawn.connect(worker_began)
    garbage.settle()
    Cluster().start()


def die_with_parent() -> None:
    """SIGKILL for this process when its parent is gone, where Linux offers it: nothing works on unsupervised."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)


def worker_began(**_: object) -> None:
    """A worker without a row would be missed by nobody; the row goes when the worker ends as it should."""
    try:
        heartbeat.stamp(Heartbeat.Role.WORKER, now=timezone.now())
    except DatabaseError:
        log.exception("A worker could not stamp its row")
        close_old_connections()
    Finalize(None, worker_ends, exitpriority=1)


def worker_ends() -> None:
    try:
        heartbeat.forget_process()
    except DatabaseError:
        log.exception("A worker could not remove its row")
