"""The container's health check: is this gunicorn ready? Asks as nginx would, so host and HTTPS rules pass."""

import http.client
import os
import sys


def main() -> int:
    port = int(os.environ.get("BIND", "0.0.0.0:8000").rsplit(":", 1)[1])
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/sante/pret", headers={"Host": host, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        print(f"No answer: {error}")
        return 1
    print(f"/sante/pret answered {status}")
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
