"""The page as a browser shows it: what stands in it, and that it asks for nothing and fits in any window."""

from __future__ import annotations

from pathlib import Path

import browser_support
import page_support
import pytest
from page_support import History, facts, hostile

DEFINITION = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
            "Catch": [{"ErrorEquals": ["S3.NoSuchKeyException"], "Next": "Which"}],
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [{"Comment": "many", "Condition": "{% $n > 1 %}", "Next": "Each"}],
            "Default": "Never",
        },
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Do",
                "States": {"Do": {"Type": "Task", "Resource": "r", "End": True}},
            },
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": name, "States": {name: {"Type": "Wait", "Seconds": 9, "End": True}}}
                for name in ("Left", "Right")
            ],
            "End": True,
        },
        "Never": {"Type": "Fail"},
    },
}


def halfway() -> History:
    """Return a run that caught an error, did a Map with a retry, and is in a Parallel."""
    told = History()
    told.enter("Ask")
    told.work(error="S3.NoSuchKeyException")
    told.leave("Ask")
    told.enter("Which", "Choice")
    told.leave("Which", "Choice")
    told.enter("Each", "Map")
    begun = told.add("MapStateStarted", length=2)
    for index in range(2):
        at = told.add("MapIterationStarted", after=begun, name="Each", index=index)
        told.enter("Do", after=at)
        told.work(error="Throttled" if index else None)
        if index:
            told.work()
        told.leave("Do")
        told.add("MapIterationSucceeded", name="Each", index=index)
    told.add("MapStateSucceeded")
    told.leave("Each", "Map")
    told.enter("Both", "Parallel")
    begun = told.add("ParallelStateStarted")
    told.enter("Left", "Wait", after=begun)
    told.leave("Left", "Wait")
    told.enter("Right", "Wait", after=begun)
    return told


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_support.write(
        facts(DEFINITION, halfway(), "RUNNING"), tmp_path_factory.mktemp("page") / "page.html"
    )


def test_each_state_stands_as_the_history_tells(browser: browser_support.Browser, page: Path) -> None:
    browser.open(page)
    assert page_support.states(browser) == {
        "Ask": "caught",
        "Which": "succeeded",
        "Each": "succeeded",
        "Do": "succeeded",
        "Both": "running",
        "Left": "succeeded",
        "Right": "running",
        "Never": "skipped",
    }
    assert browser.all("[data-state=Do]", "data-visits") == ["2"]
    assert browser.all("[data-state=Do]", "data-retries") == ["1"]
    taken = "[data-from][data-taken]:not([data-taken='0'])"
    ways = [browser.all(taken, name) for name in ("data-from", "data-to", "data-kind")]
    assert sorted(zip(*ways, strict=True)) == [
        ("Ask", "Which", "catch"),
        ("Each", "Both", "next"),
        ("Which", "Each", "choice"),
    ]
    assert "many" in browser.all(".way text", "text")
    assert browser.all("[data-no-tuning]", "text") == ["No tuning in this run so far."]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1400])
def test_it_asks_for_nothing_complains_of_nothing_and_fits(
    browser: browser_support.Browser, page: Path, width: int, scheme: str
) -> None:
    browser.open(page, width=width, scheme=scheme)
    assert browser.requests == [page.as_uri()]
    assert browser.complaints == []
    assert browser.ask("document.documentElement.scrollWidth") <= width
    ink, paper = (
        sum(browser.ask(f"getComputedStyle(document.body).{name}.match(/\\d+/g).map(Number).slice(0, 3)"))
        for name in ("color", "backgroundColor")
    )
    assert (ink > paper) == (scheme == "dark")
    assert abs(ink - paper) > 300


def test_what_a_page_asks_for_and_complains_of_is_seen(
    browser: browser_support.Browser, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><img src='http://192.0.2.1/x.png'><script>throw Error('no')</script>"
        "<p style='width:2000px'>wide"
    )
    browser.open(bad, width=360)
    assert "http://192.0.2.1/x.png" in browser.requests
    assert any("no" in complaint for complaint in browser.complaints)
    assert browser.ask("document.documentElement.scrollWidth") > 360


def test_the_keyboard_leads_from_a_state_to_its_times(browser: browser_support.Browser, page: Path) -> None:
    browser.open(page)
    for _ in range(40):
        browser.press("Tab", 9)
        if browser.ask("document.activeElement.closest('[data-state=Which]') !== null"):
            break
    assert browser.ask("document.activeElement.getAttribute('aria-label')").startswith(
        "Which: Choice, succeeded"
    )
    browser.press("Enter", 13, "\r")
    assert browser.ask("document.querySelector(':target').dataset.visit") == "Which"


def test_texts_stay_texts(browser: browser_support.Browser, tmp_path: Path) -> None:
    browser.open(page_support.write(hostile(), tmp_path / "page.html"), width=360)
    assert browser.ask("document.documentElement.scrollWidth") <= 360
    assert browser.ask("document.title") != "broken"
    assert browser.ask("document.querySelectorAll('script, img, iframe, object').length") == 0
    assert browser.all("[data-state]", "data-state") == [page_support.HOSTILE]
    assert browser.all("[data-error]", "text") == [page_support.HOSTILE]
    assert browser.all("[data-predictions] td:nth-child(2)", "text") == [page_support.HOSTILE]
    assert browser.all("[data-log]", "text") == [f"{page_support.HOSTILE}\n{'l' * 300}"]
    assert len(browser.requests) == 1
    assert browser.complaints == []


def test_a_script_that_got_into_the_file_would_not_run(browser: browser_support.Browser, page: Path) -> None:
    got_in = page.with_name("got-in.html")
    text = page.read_text(encoding="utf-8")
    got_in.write_text(
        text.replace(
            "</main>", "<script>document.title = 'broken'</script><img src=http://192.0.2.1/x></main>"
        )
    )
    browser.open(got_in)
    assert browser.ask("document.title") != "broken"
    assert len(browser.complaints) == 2
