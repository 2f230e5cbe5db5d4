#!/bin/sh
# Makes .venv from the locked requirements, with uv when it is there, otherwise with venv and pip.
# A second call with nothing to do returns in milliseconds.
set -eu
cd "$(dirname "$0")/.."

lock=requirements-dev.lock
wanted="$(cksum <"$lock") $(pwd -P)"
if [ -f .venv/.installed ] && [ "$(cat .venv/.installed)" = "$wanted" ] && [ -x .venv/bin/python ]; then
    exit 0
fi

suits() { # a Python that runs (a pyenv shim may not), that the locked wheels know and, without uv, can make a venv
    "$1" -c "import sys, venv$2; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if suits "$candidate" "$1"; then
            command -v "$candidate"
            return
        fi
    done
}

with_uv() {
    command -v uv >/dev/null 2>&1 || return 1
    python=$(find_python '')
    uv venv --quiet --clear --python "${python:->=3.11,<3.15}" .venv &&
        uv pip sync --quiet --require-hashes --python .venv/bin/python "$lock"
}

with_pip() {
    python=$(find_python ', ensurepip')
    if [ -z "$python" ]; then
        if [ -n "$(find_python '')" ]; then
            echo "Falta el módulo venv de Python: instale python3-venv (Debian/Ubuntu: apt-get install python3-venv) y repita." >&2
        else
            echo "Se necesita Python 3.11 a 3.14 (python3) y no se encontró en el PATH." >&2
        fi
        exit 1
    fi
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --only-binary :all: --require-hashes -r "$lock"
}

echo "Preparando .venv …"
rm -f .venv/.installed 2>/dev/null || true
with_uv || with_pip

# The product runs from the checkout, so its command is two lines and needs no build.
cat >.venv/bin/iesspr <<COMMAND
#!/bin/sh
cd "$(pwd -P)" && exec "$(pwd -P)/.venv/bin/python" -m iesspr "\$@"
COMMAND
chmod +x .venv/bin/iesspr
printf '%s\n' "$wanted" >.venv/.installed
