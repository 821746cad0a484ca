# What is needed to build and test, as Debian's packages. Sourced by run and test.

packages=(
  g++ cmake ninja-build ccache python3 tzdata
  capnproto libcapnp-dev librocksdb-dev libboost1.81-dev libboost-json1.81-dev libspdlog-dev libfmt-dev libssl-dev
  libxxhash-dev libhowardhinnant-date-dev libcsv-dev libcli11-dev
  libcurl4-openssl-dev libidn2-dev nettle-dev
  catch2 librapidcheck-dev python3-aiosmtpd openssl sqlite3
  golang-go golang-golang-x-mod-dev
)

# Installs what is missing, and asks the archive for nothing if nothing is.
install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    if [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      missing+=("$package")
    fi
  done
  if (( ${#missing[@]} == 0 )); then return; fi
  echo "installing ${missing[*]}"
  local as_root=()
  if (( EUID != 0 )); then as_root=(sudo); fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
