#!/usr/bin/env bash
# The action's one step: install lintlight beside the project, check, fill GITHUB_OUTPUT and GITHUB_STEP_SUMMARY.
# All inputs come through the environment; none is ever part of a script's text.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${RUNNER_TEMP:-/tmp}/lintlight.XXXXXX")
python=$(command -v python3 || command -v python)

if [[ -z ${LINTLIGHT_COMMAND:-} ]]; then
    package=$(dirname "$here")
    [[ -n ${LINTLIGHT_VERSION:-} ]] && package="lintlight==$LINTLIGHT_VERSION"
    "$python" -m venv "$work/venv"
    "$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package"
    LINTLIGHT_COMMAND=$work/venv/bin/lintlight
fi

# `read` stops at a zero byte, of which there is none, and says so: what comes on several lines is taken whole.
read -r -d '' -a src <<<"${LINTLIGHT_SRC:-.}" || true
read -r -d '' -a args <<<"${LINTLIGHT_ARGS:-}" || true
options=(--output text:- --output "json:$work/findings.json" --output "markdown:$work/summary.md")
[[ ${LINTLIGHT_ANNOTATIONS:-true} == true ]] && options+=(--output github:-)
[[ -n ${LINTLIGHT_SARIF:-} ]] && options+=(--output "sarif:$LINTLIGHT_SARIF")
case ${LINTLIGHT_PROBE:-off} in
off) ;;
auto | require) options+=("--probe=$LINTLIGHT_PROBE" --python "$python") ;;
*)
    echo "::error title=lintlight::The input probe is off, auto or require."
    exit 2
    ;;
esac

code=0
"$LINTLIGHT_COMMAND" check "${options[@]}" ${args[@]+"${args[@]}"} -- "${src[@]}" || code=$?

if [[ -f $work/findings.json ]]; then
    "$python" "$here/outputs.py" "$work/findings.json" "${LINTLIGHT_SARIF:-}" >>"${GITHUB_OUTPUT:-/dev/null}"
    cat "$work/summary.md" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
fi
exit "$code"
