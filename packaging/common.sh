# Shared by the scripts in this folder; source it. Messages go to stderr, with minutes.

root=$(CDPATH= cd -- "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Only where nothing is set: the window follows the person's language.
[ -n "${LC_ALL-}${LC_CTYPE-}${LANG-}" ] || export LC_ALL=C.UTF-8
begun=$SECONDS

stage() {
    printf '[%d:%02d] %s\n' $(((SECONDS - begun) / 60)) $(((SECONDS - begun) % 60)) "$*" >&2
}

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

# install_packages LIST…: installs what is missing of the packages in these files.
install_packages() {
    local wanted missing name
    wanted=$(sed -e 's/#.*//' "$@" | tr -s ' \n' '\n' | sort -u)
    missing=()
    for name in $wanted; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
            missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    command -v apt-get >/dev/null ||
        die "Hearth's scripts install packages with apt-get, which this system lacks; install by hand: ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "Packages are missing and there is no sudo; as root run: apt-get install ${missing[*]}"
        as_root=(sudo)
    fi
    stage "installing ${#missing[@]} packages"
    "${as_root[@]}" apt-get update -qq >&2 || die "apt-get update failed; check the network and the sources."
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >&2 || die "apt-get could not install: ${missing[*]}"
}

# build PRESET [TARGET…]
build() {
    local preset=$1
    shift
    stage "configuring ($preset)"
    (cd "$root" && cmake --preset "$preset" >"$root/build/$preset.log" 2>&1) || {
        cat "$root/build/$preset.log" >&2
        die "CMake could not configure the build; its output stands above."
    }
    stage "building"
    local progress=--quiet
    [ -t 2 ] && progress=
    ninja -C "$root/build/$preset" ${progress:+$progress} "$@" >&2 ||
        die "The build failed; the compiler's output stands above."
}
