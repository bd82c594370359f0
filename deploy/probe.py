"""The container's health check: is this gunicorn ready? Asks as nginx would, so host and HTTPS rules pass.

Pages do not need the clock nor the mail relay: when only those stall, /sante/pret is red for whoever watches,
and this container stays in service.
"""

import http.client
import json
import os
import sys


def main() -> int:
    port = int(os.environ.get("BIND", "0.0.0.0:8000").rsplit(":", 1)[1])
    host = os.environ["ALLOWED_HOSTS"].split(",")[0].lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/sante/pret", headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        checks = json.loads(answer.read())
    except (OSError, ValueError) as error:
        print(f"No answer: {error}")
        return 1
    print(f"/sante/pret answered {answer.status} {checks}")
    return 0 if checks.get("base") and checks.get("courtier") else 1


if __name__ == "__main__":
    sys.exit(main())
