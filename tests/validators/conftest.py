"""Ubuntu has no Chromium package: without a browser the file that needs one is left out, and
``./run test`` says so. Debian's package is installed by ``./run test``.
"""

import shutil

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
collect_ignore = [] if any(map(shutil.which, _BROWSERS)) else ["test_report_in_browser.py"]
