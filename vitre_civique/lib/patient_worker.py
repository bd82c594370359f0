"""gunicorn's threads for whole requests only: one that trickles in waits beside the threads, not in one.

nginx does this in compose. Without it (the demonstration, a mistake in a proxy) sixteen lines that send a
byte a second would hold every thread of the site. Not here: how a request is read, which stays gunicorn's.
"""

import errno
import re
import socket
import struct
import time
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

ARRIVAL_SECONDS = 60  # for a whole request, forms and photos included
HEAD_BYTES = 64 * 1024
BODY_BYTES = 20 * 1024 * 1024  # above what nginx lets through (16 MB)
WAITING_BYTES = 128 * 1024 * 1024  # of all requests that are still arriving at this process
STALL_SECONDS = 20  # of one read or one write, for whoever no longer reads what we send
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"^content-length:[ \t]*0*(\d+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
IN_PIECES = re.compile(rb"^transfer-encoding:", re.IGNORECASE | re.MULTILINE)


class TooMuch(Exception):
    """Not what this site ever takes: not worth waiting for."""


def is_whole(arrived: bytes | bytearray) -> bool:
    """Is the request all there? True too for what gunicorn will refuse anyway. TooMuch: hang up."""
    end = arrived.find(END_OF_HEAD, 0, HEAD_BYTES)
    if end < 0:
        if len(arrived) >= HEAD_BYTES:
            raise TooMuch  # gunicorn would go on reading it, in a thread
        return False
    head = bytes(arrived[: end + 2])
    if IN_PIECES.search(head):
        raise TooMuch  # no browser sends pieces, and nginx gathers them: their end cannot be seen
    wanted = [int(digits[:18]) for digits in LENGTH.findall(head)]
    if len(wanted) != 1:
        return True
    if wanted[0] > BODY_BYTES:
        raise TooMuch
    return len(arrived) >= end + len(END_OF_HEAD) + wanted[0]


class Line(TConn):
    def close(self, graceful=False):  # noqa: FBT002 (gunicorn's own signature)
        """At once. Gunicorn's graceful way waits up to two seconds, in the loop, for the other side to close.

        It is for requests half read, which the kernel would answer by a reset: here each was read whole.
        """
        super().close()


class PatientWorker(ThreadWorker):
    """gthread, but each request is collected by the loop before a thread sees it."""

    waiting_bytes = 0

    def accept(self, listener):
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        # Kept by the kernel, whatever the mode of the socket: no read and no write of a thread lasts longer.
        limit = struct.pack("ll", STALL_SECONDS, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self.nr_conns += 1
        self._collect(Line(self.cfg, client, address, listener.getsockname()))

    def on_client_socket_readable(self, conn, client):
        """The next request on a kept-alive line."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._collect(conn)

    def _collect(self, conn):
        """Requests wait in order of their deadline, which is never put off."""
        conn.sock.settimeout(0)
        conn.arrived = bytearray()
        conn.timeout = time.monotonic() + ARRIVAL_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_bytes, conn))

    def _on_bytes(self, conn, client):
        if client.fileno() < 0:  # hung up on since the poller saw it
            return
        try:
            data = client.recv(HEAD_BYTES)
            conn.arrived += data
            self.waiting_bytes += len(data)
            if data and not is_whole(conn.arrived):
                self._make_room()
                return
        except BlockingIOError:
            return
        except (OSError, TooMuch):
            data = b""
        self._take(conn)
        if data:
            conn.data_ready = True
            self.enqueue_req(conn)
        else:
            self._hang_up(conn)

    def _make_room(self):
        """The longest of those that still arrive goes, not whoever sent the byte too many."""
        if self.waiting_bytes > WAITING_BYTES:
            longest = max(self.pending_conns, key=lambda conn: len(conn.arrived))
            self._take(longest)
            self._hang_up(longest)

    def _take(self, conn):
        self.poller.unregister(conn.sock)
        self.pending_conns.remove(conn)
        self.waiting_bytes -= len(conn.arrived)

    def _hang_up(self, conn):
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self):
        """A request that took too long is forgotten, with its bytes."""
        super().murder_pending()
        self.waiting_bytes = sum(len(conn.arrived) for conn in self.pending_conns)

    def handle(self, conn):
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arrived))
        conn.arrived = bytearray()
        is_kept = super().handle(conn)
        # Bytes of a next request that came along: nobody of ours does this, so it may call again.
        return is_kept and not conn.parser.unreader.buf.getvalue()
