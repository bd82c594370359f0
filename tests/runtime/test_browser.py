"""The browser fixtures: a real Chromium, the live site, its real policy."""

import pytest


@pytest.mark.browser
def test_page_is_styled_under_the_real_policy(page):
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)

    response = page.goto("/")

    assert response.status == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert page.evaluate("getComputedStyle(document.body).fontFamily") != "serif"
    assert page.evaluate("document.styleSheets.length") >= 1
    assert refused == []
