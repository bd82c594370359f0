"""An SMTP relay that accepts everything and keeps nothing: `python -m benchmarks.sink PORT`."""

import signal
import sys

from aiosmtpd.controller import Controller


class AcceptEverything:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (the name is aiosmtpd's)
        return "250 OK"


def main(port):
    controller = Controller(AcceptEverything(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    finally:
        controller.stop(no_assert=True)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(int(sys.argv[1]))
