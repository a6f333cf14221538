"""A real Chromium: pages of a given width, with or without JavaScript, light or dark."""

import os

import pytest
from django.db import connections

from tests import servers

# Quiet and without a network of its own; the sandbox needs rights that a container has not.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def click(page, what):
    """Click what leads to another page (a selector or a locator) and wait for that page; a click alone does not."""
    with page.expect_navigation():
        (page.locator(what) if isinstance(what, str) else what).click()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, driven by Playwright; the test is skipped where one of the two is missing."""
    program = servers.find_browser()
    if not program:
        pytest.skip("Chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    # Playwright's loop runs in this very thread, and Django would then refuse the test's own queries.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()
        # While a loop runs in this thread, Django keeps other connections for it than before and after.
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server, settings):
    """The address of a live server whose letters and forms know it by that address."""
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def page_of(browser, site):
    """page_of(width, javascript=False, dark=False): a fresh visitor's page, its address relative to the site."""
    contexts = []

    def page(width, *, javascript=False, dark=False, language="en-US"):
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale=language,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe():
    """axe(page): what the accessibility rules find on it, one line per node; needs a page with JavaScript."""
    sync_axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

    def violations(page):
        found = sync_axe.Axe().run(page, options={"runOnly": AXE_RULES, "resultTypes": ["violations"]})
        return [
            f"{rule['id']}: {node['html'][:160]}" for rule in found.response["violations"] for node in rule["nodes"]
        ]

    return violations
