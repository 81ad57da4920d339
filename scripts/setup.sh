# Makes .venv with Vigil in it, once, and again when the pinned versions change; sourced by the other scripts.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
python=${PYTHON:-python3}
stamp=$(cat pyproject.toml constraints.txt | cksum)
if [ "$(cat .venv/.vigil-stamp 2>/dev/null)" != "$stamp" ]; then
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Vigil needs Python 3.11 or newer; set PYTHON=/path/to/python3" >&2; exit 1; }
  echo "Setting up .venv (about a minute and 1.7 GB, once) ..." >&2
  "$python" -m venv .venv || exit 1
  .venv/bin/python -m pip install --quiet --upgrade pip || exit 1
  .venv/bin/python -m pip install --progress-bar on --constraint constraints.txt --editable '.[dev]' 2>&1 \
    | awk '/^(Collecting|Downloading|Installing|Successfully)/ {n++; printf "\r\033[K[%3d] %.90s", n, $0 > "/dev/stderr"} /^ERROR/ {print > "/dev/stderr"} END {print "" > "/dev/stderr"}'
  [ "${PIPESTATUS[0]}" = 0 ] || { echo "Setting up failed; the lines above say why. Nothing else was changed." >&2; exit 1; }
  echo "$stamp" > .venv/.vigil-stamp
fi
