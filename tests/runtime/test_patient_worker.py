"""When a request is all there; slow lines cost the others nothing (a real gunicorn, real sockets)."""

import os
import socket
import sys
import time

import pytest
from django.conf import settings

from vitre_civique.demo.children import free_port, spawn, stop
from vitre_civique.lib.patient_worker import BODY_BYTES, HEAD_BYTES, TooMuch, is_whole

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
APP = """
def app(environ, start):
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
CONFIG = """
from vitre_civique.lib import patient_worker
patient_worker.WAITING_BYTES = 8_000_000
worker_class = "vitre_civique.lib.patient_worker.PatientWorker"
workers = 1
threads = 2
keepalive = 5
control_socket_disable = True
"""


@pytest.mark.parametrize(
    ("arrived", "whole"),
    [
        (b"", False),
        (GET, False),
        (GET + b"\r\n", True),
        (POST + b"Content-Length: 3\r\n\r\n", False),
        (POST + b"content-length:3\r\n\r\nab", False),
        (POST + b"Content-Length: 3\r\n\r\nabc", True),
        (POST + b"X-Content-Length: 9\r\n\r\n", True),
        # Zeros before a number change nothing for gunicorn, so nothing here.
        (POST + b"Content-Length: 0000000000000000000003\r\n\r\nab", False),
        (POST + b"Content-Length: 0000000000000000000003\r\n\r\nabc", True),
        # gunicorn will say what is wrong with these:
        (POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", True),
        (POST + b"Content-Length: trois\r\n\r\n", True),
    ],
)
def test_is_whole(arrived, whole):
    assert is_whole(bytearray(arrived)) is whole


@pytest.mark.parametrize(
    "arrived",
    [
        POST + b"Content-Length: %d\r\n\r\n" % (BODY_BYTES + 1),
        # Of these gunicorn would read more, for as long as it comes, in a thread:
        GET + b"X-Long: " + b"x" * HEAD_BYTES,
        POST + b"Transfer-Encoding: chunked\r\n\r\n40\r\n0\r\n\r\n",
    ],
)
def test_what_the_site_never_takes_is_not_waited_for(arrived):
    with pytest.raises(TooMuch):
        is_whole(arrived)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A gunicorn of one process and two threads that sends back what it gets; its port."""
    folder, port = tmp_path_factory.mktemp("patient"), free_port()
    (folder / "echo.py").write_text(APP)
    (folder / "conf.py").write_text(f"bind = '127.0.0.1:{port}'{CONFIG}")
    process = spawn(
        [sys.executable, "-m", "gunicorn", "echo:app", "--config", folder / "conf.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder}:{settings.BASE_DIR}"},
    )
    until = time.monotonic() + 60
    while True:
        try:
            line(port).close()
            break
        except ConnectionRefusedError:
            assert time.monotonic() < until
    yield port
    stop(process)


def line(port, *, seconds=30):
    return socket.create_connection(("127.0.0.1", port), timeout=seconds)


def post(body):
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def answer(sock):
    """The body of one answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65536)
    return body


def test_lines_that_trickle_hold_no_thread(server):
    slow = [line(server) for _ in range(8)]
    for sock in slow[:4]:
        sock.sendall(GET + b"X-Slow: ")
    for sock in slow[4:]:
        sock.sendall(POST + b"Content-Length: 9\r\n\r\nlen")

    quick = line(server)
    quick.sendall(post(b"bonjour"))
    assert answer(quick) == b"bonjour"

    slow[7].sendall(b"tement")  # the slow one is served too, once it has said all
    assert answer(slow[7]) == b"lentement"
    for sock in (*slow, quick):
        sock.close()


def test_a_kept_line_serves_again_and_a_large_body_arrives_whole(server):
    sock, photo = line(server), os.urandom(3_000_000)
    for body in (b"un", photo, b"", b"trois"):
        sock.sendall(post(body))
        assert answer(sock) == body
    sock.close()


def test_who_asks_too_much_is_hung_up_on(server):
    sock = line(server)
    sock.sendall(POST + b"Content-Length: 999999999999\r\n\r\n")
    assert sock.recv(10) == b""
    sock.close()


def test_lines_that_nobody_closes_keep_nobody_waiting(server):
    begun = time.monotonic()
    done = [line(server) for _ in range(8)]
    for sock in done:
        sock.sendall(GET + b"Connection: close\r\n\r\n")
        assert answer(sock) == b""

    sock = line(server)
    sock.sendall(post(b"bonjour"))
    assert answer(sock) == b"bonjour"
    assert time.monotonic() - begun < 8  # two seconds each, one after the other, when the loop waits
    for each in (*done, sock):
        each.close()


def test_the_greediest_is_hung_up_on_when_there_is_no_room(server):
    greedy, modest, photo = line(server), line(server), os.urandom(3_300_000)
    greedy.sendall(POST + b"Content-Length: 9000000\r\n\r\n" + bytes(5_000_000))
    whole = post(photo)
    modest.sendall(whole[:-1])

    try:
        hung_up = greedy.recv(10) == b""
    except ConnectionResetError:  # it was still sending
        hung_up = True
    modest.sendall(whole[-1:])

    assert (answer(modest) == photo, hung_up) == (True, True)
    for sock in (greedy, modest):
        sock.close()
