#!/bin/sh
# The browser that drives the field app in tests: Debian's Chromium, installed where that is allowed (root and apt-get).
# Where it cannot be had, this says loudly what is skipped and fails nothing.
set -eu

has_browser() {
	command -v chromium || command -v chromium-browser || command -v google-chrome
}

install() {
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --quiet --no-install-recommends chromium
}

has_browser >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	{ install || { apt-get update --quiet --quiet && install; }; } >/dev/null 2>&1 || true
	why="apt-get could not install chromium"
else
	why="only root can install it: apt-get install chromium"
fi
has_browser >/dev/null || echo "WITHOUT CHROMIUM NO TEST DRIVES THE FIELD APP (tests/journeys/field): $why" >&2
