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

# The CUDA backend needs nvcc 13, and a driver of this series to run.
cuda_series=13.0
cuda_driver=580

has_nvidia_driver() {
    # No `grep -q`: under pipefail the listing's broken pipe would count as failure.
    [ -r /proc/driver/nvidia/version ] || [[ $(/sbin/ldconfig -p 2>/dev/null) == *libcuda.so.1* ]]
}

# The driver's major number; nothing where it cannot be told.
nvidia_driver_series() {
    nvidia-smi --query-gpu=driver_version --format=csv,noheader 2>/dev/null | sed -n '1s/[^0-9].*//p'
}

# find_nvcc: prints an nvcc that is new enough: on PATH, in /usr/local/cuda or fetched before.
find_nvcc() {
    local candidate
    for candidate in "$(command -v nvcc)" /usr/local/cuda/bin/nvcc "$root/build/cuda/bin/nvcc"; do
        [ -x "$candidate" ] || continue
        [ "$("$candidate" --version | sed -n 's/.*release \([0-9]*\).*/\1/p')" -ge "${cuda_series%.*}" ] ||
            continue
        printf '%s\n' "$candidate"
        return 0
    done
    return 1
}

# fetch_nvcc: puts nvcc, its headers and cuBLAS from PyPI (about 500 MB) behind build/cuda.
fetch_nvcc() {
    stage "getting nvcc $cuda_series from PyPI"
    local venv=$root/build/cuda-venv name wheels=() tree
    for name in nvcc crt cccl runtime; do
        wheels+=("nvidia-cuda-$name==$cuda_series.*")
    done
    wheels+=("nvidia-nvvm==$cuda_series.*" "nvidia-cublas==$cuda_series.*")
    python3 -m venv "$venv" >&2 &&
        "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
            --only-binary=:all: "${wheels[@]}" >&2 || return 1
    tree=$(printf '%s\n' "$venv"/lib/python3*/site-packages/nvidia/cu13)
    [ -x "$tree/bin/nvcc" ] || return 1
    # What CMake and the linker look for, and wheels leave out.
    ln -sfn lib "$tree/lib64"
    ln -sfn libcudart.so.13 "$tree/lib/libcudart.so"
    ln -sfn "$tree" "$root/build/cuda"
}

# gpu_architectures: what nvcc calls the GPUs of this machine, as a CMake list.
gpu_architectures() {
    local found
    found=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | tr -d '. ' |
        awk '$1 + 0 >= 75 { print $1 == 90 ? "90a" : $1 }' | sort -u | paste -sd ';')
    printf '%s\n' "${found:-all}"
}

# use_cuda: sets cmake_options for the GPU that is here; says in one sentence why not.
use_cuda() {
    cmake_options=(-DHEARTH_CUDA=OFF)
    has_nvidia_driver || return 0
    local series nvcc
    # nvidia-smi is a package of its own, and need not be there.
    series=$(nvidia_driver_series) || series=
    if [ -n "$series" ] && [ "$series" -lt "$cuda_driver" ]; then
        stage "The NVIDIA driver $series is older than $cuda_driver, which CUDA 13 needs: building for the CPU only."
        return 0
    fi
    if ! nvcc=$(find_nvcc); then
        if ! fetch_nvcc || ! nvcc=$(find_nvcc); then
            stage "nvcc could not be had from PyPI: building for the CPU only."
            return 0
        fi
    fi
    cmake_options=(-DHEARTH_CUDA=ON "-DHEARTH_NVCC=$nvcc"
        "-DHEARTH_CUDA_ARCHITECTURES=$(gpu_architectures)")
}

# Set by the scripts before they build.
cmake_options=()

# build PRESET [TARGET…]
build() {
    local preset=$1
    shift
    stage "configuring ($preset)"
    (cd "$root" && cmake --preset "$preset" "${cmake_options[@]}" >"$root/build/$preset.log" 2>&1) || {
        cat "$root/build/$preset.log" >&2
        die "CMake could not configure the build; its output stands above."
    }
    stage "building"
    local progress=--quiet
    [ -t 2 ] && progress=
    ninja -C "$root/build/$preset" ${progress:+$progress} "$@" >&2 ||
        die "The build failed; the compiler's output stands above."
}
