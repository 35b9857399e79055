# What the scripts beside this one share: where parts are kept, and how one comes into being.
# Each script brings one part and prints the folder it lies in; a part that cannot be had is an error.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/codecarbon-otel-ci
mkdir -p "$cache"
scratch=$(mktemp -d "$cache/.part-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

die() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# keep <folder> <name>: what was made becomes <cache>/<name> at one stroke; whoever was first wins.
keep() {
  mv --no-target-directory "$1" "$cache/$2" 2>/dev/null || [ -d "$cache/$2" ] || die "cannot write $cache/$2"
  printf '%s\n' "$cache/$2"
}

# newest <glob>: the newest kept part of that name, if any.
newest() {
  find "$cache" -mindepth 1 -maxdepth 1 -name "$1" -printf '%f\n' | sort --version-sort | tail -1
}

# unpack_debian <package> <apt option…>: downloads a package of the distribution and unpacks it into $scratch/root.
# Nothing is installed, no service starts. Prints the version.
unpack_debian() {
  local package=$1
  shift
  (cd "$scratch" && apt-get "$@" download -qq "$package" >&2)
  dpkg -x "$scratch/$package"_*.deb "$scratch/root"
  dpkg-deb --field "$scratch/$package"_*.deb Version
}
