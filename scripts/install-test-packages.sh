#!/bin/sh
# Installs the Debian packages that tests drive from outside: chromium, which opens the HTML reports.
# Safe to run again: packages that are already here are left alone. Needs root and apt.
set -eu

packages="chromium"

missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -z "$missing" ]; then
  echo "test packages: all present ($packages)"
  exit 0
fi

# Exit code 101 tells Debian's maintainer scripts to start no service; our own file is removed afterwards.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
# shellcheck disable=SC2086  # The list is meant to split into words.
apt-get install -y -q --no-install-recommends $missing
echo "test packages: installed$missing"
