"""gunicorn, for the demonstration and for compose alike. The environment gives BIND and WEB_CONCURRENCY."""

import os

bind = os.environ.get("BIND", "0.0.0.0:8000")  # noqa: S104 (inside its container; the demo says 127.0.0.1)
# gthread whose threads see whole requests only: slow clients wait without holding one.
worker_class = "vitre_civique.lib.patient_worker.PatientWorker"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 8
# Settings are read once, before the workers: a missing variable stops the start instead of looping.
preload_app = True
timeout = 30  # seconds
graceful_timeout = 10  # seconds
keepalive = 5  # seconds, longer than nginx waits between two requests of one page
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 (gunicorn's heartbeat file)
control_socket_disable = True  # signals are enough, and a socket file would have to live somewhere
accesslog = None  # addresses and paths of people are not kept; nginx counts
loglevel = "warning"
