#!/bin/sh
# The browsers that drive the field app and the desk in tests: Debian's Chromium, and its shell without a screen, which
# does the same at half the work but has no camera. They are installed where that is allowed (root and apt-get). Where
# neither can be had, this says loudly what is skipped and fails nothing.
set -eu

has_browser() {
	command -v chromium || command -v chromium-browser || command -v google-chrome
}

all() {
	install chromium chromium-headless-shell
}

install() {
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends "$@"
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	if has_browser >/dev/null; then # enough to go on with: nothing is waited for long
		command -v chromium-headless-shell >/dev/null || \
			install -o Acquire::Retries=0 -o Acquire::http::Timeout=10 chromium-headless-shell >/dev/null 2>&1 || true
		exit 0
	fi
	{ all || { apt-get update --quiet --quiet && all; } || install chromium; } >/dev/null 2>&1 || true
	why="apt-get could not install chromium"
else
	has_browser >/dev/null && exit 0
	why="only root can install it: apt-get install chromium"
fi
has_browser >/dev/null || echo "WITHOUT CHROMIUM NO TEST DRIVES THE FIELD APP (tests/journeys/field): $why" >&2
