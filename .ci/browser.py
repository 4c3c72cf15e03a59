"""Opens an HTML report in a real Chromium, filters it and counts: `python .ci/browser.py CHROMIUM REPORT COUNT [PNG]`.

Talks the DevTools protocol over a pipe, so nothing needs to be installed; exits 1 when something is wrong.
docs/report.png is such a PNG, of `lintlight check --probe fixtures/showcase`.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

STRETCHES = """[...document.querySelectorAll('svg.timeline')].every((picture) =>
  picture.querySelectorAll('.stretch').length ===
    picture.querySelectorAll('.hook').length * picture.querySelectorAll('.track').length)"""
FLAGS = (
    "--headless",
    "--hide-scrollbars",
    "--no-sandbox",
    "--disable-gpu",
    "--remote-debugging-pipe",
    "--no-first-run",
)


class Browser:
    """A Chromium with one page."""

    def __init__(self, program: str, folder: str) -> None:
        to_read, self.writing = os.pipe()
        self.reading, to_write = os.pipe()

        def hand_over() -> None:
            os.dup2(to_read, 3, inheritable=True)
            os.dup2(to_write, 4, inheritable=True)

        # Chromium reads from 3 and writes to 4; neither may be one of our own ends before it is put there.
        to_read, to_write = (_high(handle) for handle in (to_read, to_write))
        arguments = [program, *FLAGS, f"--user-data-dir={folder}"]
        self.process = subprocess.Popen(
            arguments, preexec_fn=hand_over, pass_fds=(3, 4, to_read, to_write), stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(to_write)
        self.number = 0
        self.rest = b""
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    session: str | None = None

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what happens meanwhile is kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        os.write(self.writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next_message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def next_message(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            data = os.read(self.reading, 1 << 16)
            if not data:
                raise RuntimeError("Chromium has gone")
            self.rest += data
        message, _, self.rest = self.rest.partition(b"\0")
        decoded: dict[str, Any] = json.loads(message)
        return decoded

    def value(self, expression: str) -> Any:
        """What an expression is worth in the page."""
        done = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(f"{expression}: {done['exceptionDetails']}")
        return done["result"].get("value")


def _high(handle: int) -> int:
    import fcntl

    moved = fcntl.fcntl(handle, fcntl.F_DUPFD, 10)
    os.close(handle)
    return moved


def check(browser: Browser, page: Path, findings: int) -> list[str]:
    """What is wrong with the page."""
    wrong = []
    for domain in ("Runtime", "Log", "Network", "Page"):
        browser.ask(f"{domain}.enable")
    start = time.monotonic()
    browser.ask("Page.navigate", url=page.resolve().as_uri())
    while browser.value("document.readyState") != "complete" or not browser.value(
        "document.querySelectorAll('nav input').length"
    ):
        if time.monotonic() - start > 60:
            return ["the page is not drawn after a minute"]
        time.sleep(0.05)
    print(f"{findings} findings drawn after {time.monotonic() - start:.1f} s")

    def expect(what: str, expression: str, wanted: Any) -> None:
        got = browser.value(expression)
        if got != wanted:
            wrong.append(f"{what}: {got!r} instead of {wanted!r}")

    shown = "document.querySelectorAll('article').length"
    expect("nothing of the code ran", "typeof window.hacked", "undefined")
    expect("findings at first", shown, min(findings, 100))
    drawn = (
        "[...document.querySelectorAll('article')].every(e => !e.querySelector('svg.timeline') === !e.dataset.timeline)"
    )
    expect("a picture wherever there is a timeline", drawn, True)
    expect("a stretch for every hook of a picture", STRETCHES, True)
    browser.value("document.querySelectorAll('.about summary').forEach((each) => each.click())")
    pages = "[...document.querySelectorAll('.about')].every((each) => each.textContent.includes('Bad:'))"
    for _ in range(100):  # `toggle` is told later
        if browser.value(pages):
            break
        time.sleep(0.05)
    expect("the pages of the rules, opened", pages, True)
    browser.value("document.querySelectorAll('.about summary').forEach((each) => each.click())")
    browser.value("document.querySelector('button.more')?.click()")
    expect("findings after `more`", shown, min(findings, 200))
    browser.value("document.querySelector('nav button').click()")
    first = "document.querySelector('nav button').dataset.value"
    expect("a rule chosen", "document.querySelector('nav button').getAttribute('aria-pressed')", "true")
    expect("only that rule", f"[...document.querySelectorAll('.rule')].every(e => e.textContent === {first})", True)
    expect("some of that rule", f"{shown} > 0", True)
    browser.value("document.querySelector('nav button').click()")
    typing = "const box = document.querySelector('nav input'); box.value = {}; box.dispatchEvent(new Event('input'))"
    browser.value("{" + typing.format("'no such file anywhere'") + "}")
    expect("nothing matches", "document.querySelector('.none').textContent", "Nothing matches these filters.")
    browser.value("{" + typing.format("''") + "}")
    expect("findings after filtering", shown, min(findings, 100))
    for event in browser.events:
        if event.get("method") == "Runtime.exceptionThrown" or event.get("method") == "Log.entryAdded":
            wrong.append(json.dumps(event["params"])[:500])
        if event.get("method") == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            if not url.startswith(page.resolve().as_uri()):
                wrong.append(f"fetches {url}")
    return wrong


def picture(browser: Browser, width: int = 1060, height: int = 1040) -> bytes:
    """The page as PNG."""
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    return base64.b64decode(browser.ask("Page.captureScreenshot", format="png")["data"])


def main(program: str, page: str, findings: str, png: str = "") -> int:
    """Print what is wrong."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            wrong = check(browser, Path(page), int(findings))
            if png:
                Path(png).write_bytes(picture(browser))
        finally:
            browser.process.kill()
            browser.process.wait()
    print("\n".join(wrong) or "drawn, filtered, nothing fetched, no error")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
