from __future__ import annotations

import os

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI a skipped test is a failure: it would go on being skipped unseen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None
    if os.environ.get("CI") and exitstatus == pytest.ExitCode.OK and reporter.stats.get("skipped"):
        reporter.write_line("A test was skipped, and CI skips nothing.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
