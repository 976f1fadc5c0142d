#!/bin/sh
# Makes a folder in which aarch64 Linux programs are built and run on an amd64 Debian machine.
#
#   environment.sh FOLDER
#
# Nothing is installed on the system and root is not needed: packages come through a private configuration of apt,
# from the mirror that the system's apt uses, with signatures checked as ever. A folder that is there and up to date
# is left as it is, but for the scripts that hold its path. `cargo xtask` calls this and reads FOLDER/env.
#
#   host/   rustc with the standard libraries of both architectures, and the C library that it wants
#   cross/  a gcc that makes arm64 programs
#   arm64/  an arm64 root: C library, CPython with its headers and its test suite
#   bin/    scripts that start all these
#   env     NAME=VALUE lines for Cargo
#
# Needs: apt, dpkg-deb, tar, sed, awk, flock, and a few minutes at the first time (300 MB to fetch, 900 MB to keep).
set -eu

# qemu before 10 runs stale code where a page is mapped twice, and bookworm's Python is too old: so trixie's. Its rustc is
# older than what the project needs; backports have a newer one.
SUITE=trixie
RUST_SUITE=trixie-backports
PYTHON=3.13
TARGET=aarch64-unknown-linux-gnu
# To be raised when anything below changes what is in the folder.
RECIPE=1

die() { echo "aarch64 environment: $*" >&2; exit 1; }
say() { echo "aarch64 environment: $*" >&2; }

[ $# -eq 1 ] || die "usage: $0 FOLDER"
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    die "it is made of Debian's packages, and this system has no apt"
[ "$(dpkg --print-architecture)" = amd64 ] || die "it can be made on amd64 only, this is $(dpkg --print-architecture)"
SYSTEM=$(. /etc/os-release && echo "${ID:-}/${VERSION_CODENAME:-}")
case $SYSTEM in
debian/?*) RELEASE=${SYSTEM#debian/} ;;
*) die "it is made of Debian's packages, and this system is ${SYSTEM%/}" ;;
esac

mkdir -p "$1" || die "$1 cannot be made"
DIR=$(cd "$1" && pwd -P)
STAMP="recipe $RECIPE, $SUITE, $RUST_SUITE, Python $PYTHON, on $RELEASE"
# Two of these at once would delete each other's files.
exec 9>"$DIR/.lock"
flock -n 9 || { say "waiting for another one that makes $DIR"; flock 9; }

# ---- scripts that start what was unpacked --------------------------------------------------------------------

# NAME: from standard input. Put in its place at once: others may be starting it. One that is as it should be stays: Cargo
# builds everything anew for a compiler that changed.
script() {
    cat > "$1.new"
    chmod 755 "$1.new"
    if cmp -s "$1.new" "$1"; then rm "$1.new"; else mv "$1.new" "$1"; fi
}

# Called again whenever the folder is used: it may have been moved.
write_scripts() {
    mkdir -p "$DIR/bin" "$DIR/host/usr/libexec" "$DIR/arm64/usr/libexec"
    # These programs are of a newer Debian: their own loader starts them. rustdoc looks for rustc beside itself, so
    # the scripts take the programs' places.
    for name in rustc rustdoc; do
        [ -e "$DIR/host/usr/libexec/$name" ] || mv "$DIR/host/usr/bin/$name" "$DIR/host/usr/libexec/$name"
        script "$DIR/host/usr/bin/$name" <<END
#!/bin/sh
exec "$DIR/host/lib64/ld-linux-x86-64.so.2" --argv0 "$DIR/host/usr/bin/$name" \\
    --library-path "$DIR/host/usr/lib/x86_64-linux-gnu" "$DIR/host/usr/libexec/$name" "\$@"
END
        ln -sf "../host/usr/bin/$name" "$DIR/bin/$name"
    done
    script "$DIR/bin/aarch64-gcc" <<END
#!/bin/sh
LD_LIBRARY_PATH="$DIR/cross/usr/lib/x86_64-linux-gnu" \\
exec "$DIR/cross/usr/bin/aarch64-linux-gnu-gcc" --sysroot="$DIR/arm64" "\$@"
END
    script "$DIR/bin/aarch64-ar" <<END
#!/bin/sh
LD_LIBRARY_PATH="$DIR/cross/usr/lib/x86_64-linux-gnu" exec "$DIR/cross/usr/bin/aarch64-linux-gnu-ar" "\$@"
END
    # The processor that qemu plays has the features of ARMv8.2. Later ones sign return addresses, which takes half of
    # qemu's time; QEMU_CPU=max has them.
    script "$DIR/bin/run" <<END
#!/bin/sh
export QEMU_CPU="\${QEMU_CPU:-neoverse-n1}"
exec "$DIR/bin/qemu-aarch64" -L "$DIR/arm64" "\$@"
END
    # sys.executable is this script, or a link of a virtual environment to it, so programs that start it again need
    # nothing of the system.
    PYTHON_SCRIPT="$DIR/arm64/usr/bin/python$PYTHON"
    PYTHON_PROGRAM="$DIR/arm64/usr/libexec/python$PYTHON"
    [ -e "$PYTHON_PROGRAM" ] || mv "$PYTHON_SCRIPT" "$PYTHON_PROGRAM"
    script "$PYTHON_SCRIPT" <<END
#!/bin/sh
export QEMU_CPU="\${QEMU_CPU:-neoverse-n1}"
exec "$DIR/bin/qemu-aarch64" -L "$DIR/arm64" -0 "\$0" "$PYTHON_PROGRAM" "\$@"
END
    cat > "$DIR/env" <<END
RUSTC=$DIR/bin/rustc
RUSTDOC=$DIR/bin/rustdoc
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$DIR/bin/aarch64-gcc
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER=$DIR/bin/run
CC_aarch64_unknown_linux_gnu=$DIR/bin/aarch64-gcc
AR_aarch64_unknown_linux_gnu=$DIR/bin/aarch64-ar
PYO3_CROSS_LIB_DIR=$DIR/arm64/usr/lib/python$PYTHON
PYO3_CROSS_PYTHON_VERSION=$PYTHON
PYO3_PYTHON=$PYTHON_SCRIPT
END
}

if [ "$(cat "$DIR/.stamp" 2>/dev/null)" = "$STAMP" ] && write_scripts && "$DIR/bin/rustc" -V >/dev/null 2>&1; then
    exit 0
fi

BEGUN=$(date +%s)
TMP=$DIR/tmp
rm -rf "$DIR/host" "$DIR/cross" "$DIR/arm64" "$DIR/bin" "$TMP" "$DIR/env" "$DIR/.stamp"
mkdir -p "$DIR/host" "$DIR/cross" "$DIR/arm64" "$DIR/bin" "$TMP"

# ---- packages ------------------------------------------------------------------------------------------------

MIRROR=$(apt-get indextargets --no-release-info --format '$(RELEASE) $(SITE)' 'Created-By: Packages' |
    awk -v release="$RELEASE" '$1 == release { print $2; exit }')
[ -n "$MIRROR" ] || die "the system's apt knows no mirror of $RELEASE (add one, and run apt-get update as root)"
SIGNED=
for keys in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
    if [ -f "$keys" ]; then SIGNED="[signed-by=$keys]"; break; fi
done

# NAME ARCHITECTURE SUITE...: an apt of our own called NAME, to which nothing is installed yet.
make_apt() {
    name=$1 apt=$TMP/$1 architecture=$2
    shift 2
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/empty"
    : > "$apt/status"
    for suite in "$@"; do echo "deb $SIGNED $MIRROR $suite main"; done > "$apt/sources.list"
    cat > "$apt/apt.conf" <<END
#clear APT::Architectures;
#clear APT::Update::Post-Invoke;
#clear DPkg::Post-Invoke;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Sandbox::User "root";
APT::Default-Release "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
pkgCacheGen::Essential "none";
pkgCacheGen::ForceEssential ",";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$apt/cache/archives";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/empty";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/empty";
END
    with_apt "$name" "the index of $* cannot be fetched" update
}

# NAME COMPLAINT ARGUMENTS-OF-APT-GET...
with_apt() {
    apt=$TMP/$1 complaint=$2
    shift 2
    (cd "$apt/cache/archives" && apt-get -q -y -c "$apt/apt.conf" "$@") >"$apt/log" 2>&1 ||
        { tail -20 "$apt/log" >&2; die "$complaint"; }
}

# NAME PACKAGE...
fetch_with_dependencies() {
    name=$1
    shift
    with_apt "$name" "cannot be fetched: $*" --download-only install "$@"
}

# NAME PACKAGE...
fetch_alone() {
    name=$1
    shift
    with_apt "$name" "cannot be fetched: $*" download "$@"
}

# PACKAGE-FILE TAR-ARGUMENTS...
contents() {
    file=$1
    shift
    dpkg-deb --fsys-tarfile "$file" | tar -x --keep-directory-symlink --no-same-owner "$@"
}

# NAME ROOT PACKAGES-TO-LEAVE-OUT
unpack() {
    for folder in bin sbin lib lib64; do
        mkdir -p "$2/usr/$folder"
        [ -e "$2/$folder" ] || ln -s "usr/$folder" "$2/$folder"
    done
    for file in "$TMP/$1"/cache/archives/*.deb; do
        package=${file##*/}
        case " $3 " in *" ${package%%_*} "*) continue ;; esac
        contents "$file" -C "$2" --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale \
            --exclude=./usr/share/lintian --exclude=./usr/share/info --exclude=./usr/lib/udev --exclude=./var
    done
}

say "fetching indexes (all in all a minute or more; what is made is kept in $DIR)"
make_apt host amd64 "$SUITE" "$RUST_SUITE"
make_apt arm64 arm64 "$SUITE" "$RUST_SUITE"
make_apt cross amd64 "$RELEASE"

say "rustc"
fetch_with_dependencies host "libstd-rust-dev/$RUST_SUITE"
fetch_alone host "rustc/$RUST_SUITE"
unpack host "$DIR/host" ""
OURS=$(dpkg-deb -f "$TMP"/host/cache/archives/rustc_*.deb Version)
fetch_alone arm64 "libstd-rust-dev/$RUST_SUITE"
mv "$TMP"/arm64/cache/archives/libstd-rust-dev_*.deb "$TMP/library.deb"
THEIRS=$(dpkg-deb -f "$TMP/library.deb" Version)
[ "$OURS" = "$THEIRS" ] || die "the mirror has rustc $OURS, but its arm64 library $THEIRS; try again when it has both"
contents "$TMP/library.deb" -C "$DIR/host" --wildcards "./usr/lib/rustlib/$TARGET*"

say "qemu"
fetch_alone host "qemu-user/$SUITE"
contents "$TMP"/host/cache/archives/qemu-user_*.deb -O ./usr/bin/qemu-aarch64 > "$DIR/bin/qemu-aarch64"
chmod 755 "$DIR/bin/qemu-aarch64"

say "gcc"
fetch_with_dependencies cross gcc-aarch64-linux-gnu binutils-aarch64-linux-gnu
# It runs on the system's C library, and what it compiles against is the arm64 root.
unpack cross "$DIR/cross" "libc6 libgcc-s1 libstdc++6 libc6-arm64-cross libc6-dev-arm64-cross \
linux-libc-dev-arm64-cross libasan8-arm64-cross libtsan2-arm64-cross liblsan0-arm64-cross libubsan1-arm64-cross \
libhwasan0-arm64-cross"
rm -f "$DIR"/cross/usr/bin/*-lto-dump* "$DIR"/cross/usr/lib/gcc-cross/*/*/lto1

say "CPython $PYTHON"
fetch_with_dependencies arm64 "python$PYTHON" "libpython$PYTHON-testsuite" "libpython$PYTHON-dev" libc6-dev \
    libgcc-s1 libstdc++6
unpack arm64 "$DIR/arm64" ""

# ---- does it work? -------------------------------------------------------------------------------------------

write_scripts
echo 'fn main() { print!("{}", std::env::consts::ARCH) }' > "$TMP/arch.rs"
"$DIR/bin/rustc" --target $TARGET -C linker="$DIR/bin/aarch64-gcc" -o "$TMP/arch" "$TMP/arch.rs" ||
    die "a program cannot be built in $DIR"
[ "$("$DIR/bin/run" "$TMP/arch")" = aarch64 ] || die "a program that was built in $DIR does not run"
[ "$("$PYTHON_SCRIPT" -c 'import platform; print(platform.machine())')" = aarch64 ] ||
    die "the Python in $DIR does not run"
rm -rf "$TMP"
echo "$STAMP" > "$DIR/.stamp"
say "made in $(($(date +%s) - BEGUN)) s: $(du -sm "$DIR" | cut -f1) MB in $DIR"
