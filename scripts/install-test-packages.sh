#!/bin/sh
# Installs what tests drive from outside: chromium, which opens the HTML reports; python3-grpcio with its tools, protoc and buf,
# independent peers of our gNMI server and client; yanglint, which knows YANG; prometheus, which scrapes and checks metrics and rules;
# zsh and fish, which source the completion.
# Safe to run again: what is already here is left alone. Needs root and apt, and npm for buf.
set -eu

packages="chromium python3-grpcio python3-grpc-tools libyang2-tools protobuf-compiler prometheus openssl zsh fish"

# buf is no Debian package: its binary comes inside an npm package and stays out of package.json, which it would only burden.
buf_version=1.75.0
install_buf() {
  if command -v buf > /dev/null || [ "$(uname -sm)" != "Linux x86_64" ]; then return; fi
  folder=$(mktemp -d)
  (cd "$folder" && npm pack --silent "@bufbuild/buf-linux-x64@$buf_version" > /dev/null && tar -xzf ./*.tgz && install -m 755 package/bin/buf /usr/local/bin/buf)
  rm -rf "$folder"
  echo "test packages: installed buf $buf_version"
}
install_buf

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
