"""The browser stands: a page, its width, and no JavaScript unless asked for."""

import pytest

pytestmark = pytest.mark.browser

SAYS = """<!doctype html><html lang=en><title>t</title><p>none</p>
<script>document.querySelector('p').textContent='ran'</script>"""


@pytest.mark.parametrize(("javascript", "said"), [(False, "none"), (True, "ran")])
def test_a_page_runs_scripts_only_when_asked(page_of, javascript, said):
    page = page_of(360, javascript=javascript)

    page.set_content(SAYS)

    assert page.text_content("p") == said
    assert page.viewport_size["width"] == 360


def test_the_site_answers(page_of, site):
    page = page_of(360)

    assert page.goto("/static/nothing-here.css").status == 404


def test_axe_finds_what_is_wrong(page_of, axe):
    page = page_of(360, javascript=True)

    page.set_content("<!doctype html><html lang=en><title>t</title><main><h1>h</h1><img src='data:,'></main>")

    assert [line.partition(":")[0] for line in axe(page)] == ["image-alt"]
