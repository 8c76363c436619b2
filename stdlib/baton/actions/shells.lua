-- How the text of a step runs as on GitHub: its shell, and the files GITHUB_OUTPUT, GITHUB_ENV, GITHUB_PATH and
-- GITHUB_STEP_SUMMARY. A part of baton.actions.

local checked = require "baton.options"
local shell = require "baton.shell"

local shells = {}

-- Fills in what is known only when a step starts. mawk, gawk and busybox read it.
local filling = [[
function value(path,   parts, name) {
  split(path, parts, ".")
  name = substr(path, length(parts[1]) + 2)
  if (parts[1] == "env") return ENVIRON[name]
  # Values of variables may come from anyone; the step's text is the workflow's own.
  if (parts[1] == "secrets") return which == "" ? ENVIRON["BATON_SECRET_" name] : "${{ " path " }}"
  name = toupper(name)
  if (parts[1] == "runner") return ENVIRON["RUNNER_" name]
  return ENVIRON["GITHUB_" name]
}
function filled(text,   made, at, inner) {
  made = ""
  while (match(text, /[$][{][{] *(env|github|runner|secrets)[.][A-Za-z0-9_-]+ *[}][}]/)) {
    inner = substr(text, RSTART + 3, RLENGTH - 5)
    gsub(/ /, "", inner)
    made = made substr(text, 1, RSTART - 1) value(inner)
    text = substr(text, RSTART + RLENGTH)
  }
  return made text
}
]]

local quoting = [[
function quoted(text) { gsub(/'/, "'\\''", text); return "'" text "'" }
]]

-- Reads NAME=VALUE and NAME<<END … END: the form of GITHUB_OUTPUT and GITHUB_ENV.
local reading = [[
function told(name, text) {
  if (form == "json") told_json(name, text)
  else if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print "export " name "=" quoted(text)
  else print "no shell has a variable \"" name "\": later steps will not see it" > "/dev/stderr"
}
function escaped(text) {
  gsub(/\\/, "&&", text); gsub(/"/, "\\\"", text); gsub(/\t/, "\\t", text); gsub(/\r/, "\\r", text)
  gsub(/\n/, "\\n", text); gsub(/[\001-\037]/, "", text)
  return text
}
function told_json(name, text) { print "{\"" escaped(name) "\":\"" escaped(text) "\"}" }
ending != "" {
  if ($0 == ending) { told(name, text); ending = "" } else { text = (first ? "" : text "\n") $0; first = 0 }
  next
}
/^[^=]+<<./ && index($0, "<<") < (index($0, "=") ? index($0, "=") : length($0) + 1) {
  name = substr($0, 1, index($0, "<<") - 1); ending = substr($0, index($0, "<<") + 2); text = ""; first = 1; next
}
/=/ { told(substr($0, 1, index($0, "=") - 1), substr($0, index($0, "=") + 1)) }
END { if (ending != "") { print "the value of " name " does not end with " ending > "/dev/stderr"; exit 1 } }
]]

-- $1: the shell's template; $2: the folder; $3: names of values that are there in any case; $4: the step's text. Its
-- own variables begin with _: those of the job may have any name.
local wrapper = [[
set -u
_template=$1 _folder=$2 _names=$3 _text=$4
_base=${BATON_OUTPUT%/tmp/*}/actions
case $BATON_STEP in */*) _job=${BATON_STEP%/*} ;; *.*) _job=${BATON_STEP%.*} ;; *) _job=$BATON_STEP ;; esac
_id=${_job%%\[*}
# Compilers, linkers and build tools take commas, equal signs and the like in a path for something else, and long paths
# for none: the names of cells are cut, and told apart by a sum.
_name=$(printf %.40s "$_job" | tr -c 'A-Za-z0-9_-' '_')
[ "$_name" = "$_job" ] || _name=$_name-$(printf %s "$_job" | cksum | cut -d ' ' -f 1)
_job=$_base/$_name
mkdir -p "$_job/temp" || exit 70
for _name in $_names; do printf '{"%s":""}\n' "$_name" >> "$BATON_OUTPUT"; done
_project=$PWD
# The folder of a job has the project's name, as on GitHub: some steps go ../NAME.
if [ "${BATON_WORKSPACE:-project}" = job ]; then
  mkdir -p "$_job/work/${_project##*/}" && cd "$_job/work/${_project##*/}" || exit 70
fi
GITHUB_WORKSPACE=$PWD RUNNER_WORKSPACE=${PWD%/*}
[ -n "${GITHUB_SHA:-}" ] || GITHUB_SHA=$(git -C "$_project" rev-parse HEAD 2>/dev/null || :)
CI=${CI-true} GITHUB_ACTIONS=true GITHUB_RUN_ID=$BATON_RUN GITHUB_RUN_NUMBER=1 GITHUB_RUN_ATTEMPT=$BATON_ATTEMPT_NUMBER
GITHUB_JOB=$_id RUNNER_OS=Linux RUNNER_TEMP=$_job/temp RUNNER_TOOL_CACHE=$_job/tools RUNNER_NAME=baton
case $(uname -m) in aarch64) RUNNER_ARCH=ARM64 ;; *) RUNNER_ARCH=X64 ;; esac
BATON_ARTIFACTS=$_base/artifacts BATON_JOB=$_job BATON_PROJECT=$_project
export CI GITHUB_ACTIONS GITHUB_WORKSPACE GITHUB_SHA GITHUB_RUN_ID GITHUB_RUN_NUMBER GITHUB_RUN_ATTEMPT GITHUB_JOB
export RUNNER_WORKSPACE RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE RUNNER_NAME RUNNER_ARCH
export BATON_ARTIFACTS BATON_JOB BATON_PROJECT
_own=$(mktemp -d "$_job/temp/step.XXXXXX") || exit 70
# Secrets may stand in the step's script.
trap 'rm -rf "$_own"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
trap 'exit 129' HUP
if [ "$(id -u)" = 0 ] && ! command -v sudo > /dev/null; then
  # Where everything is done by root, sudo has nothing to do.
  mkdir -p "$_job/tools"
  printf '#!/bin/sh\nexec "$@"\n' > "$_job/tools/sudo"
  chmod +x "$_job/tools/sudo"
  PATH=$_job/tools:$PATH
fi
if [ -z "${APT_CONFIG:-}" ] && command -v apt-get > /dev/null; then
  # There is no one to ask, and GitHub's machines take every answer for yes.
  printf 'APT::Get::Assume-Yes "true";\n' > "$_own/apt.conf"
  export APT_CONFIG="$_own/apt.conf"
fi
# What the job has, then the step's own, which do not see each other, then what an action is given. There may be
# secrets in it: none of it is written to a file. What steps wrote to GITHUB_ENV stays as it is.
_fill() {
  eval "$(awk -v which="$1" "$BATON_FILLING$BATON_QUOTING"'BEGIN {
    for (name in ENVIRON) {
      kind = name ~ /^BATON_OWN_/ ? "own" : name ~ /^BATON_INPUT_/ ? "input" : name ~ /^BATON_/ ? "" : "job"
      if (kind != which || name !~ /^[A-Za-z_][A-Za-z0-9_]*$/) continue
      if (kind == "own") print "export " substr(name, 11) "=" quoted(filled(ENVIRON[name])) "; unset " name
      else if (index(ENVIRON[name], "${{")) print "export " name "=" quoted(filled(ENVIRON[name]))
    }
  }')"
}
if env | grep -q '[$][{][{]'; then _fill job; fi
[ -f "$_job/env" ] && . "$_job/env"
if env | grep -q '^BATON_OWN_'; then _fill own; fi
if env | grep -q '[$][{][{]'; then _fill input; fi
[ -f "$_job/path" ] && while IFS= read -r _entry; do PATH=$_entry:$PATH; done < "$_job/path"
export PATH
GITHUB_OUTPUT=$_own/output GITHUB_ENV=$_own/environment GITHUB_PATH=$_own/path GITHUB_STEP_SUMMARY=$_own/summary
GITHUB_STATE=$_own/state
export GITHUB_OUTPUT GITHUB_ENV GITHUB_PATH GITHUB_STEP_SUMMARY GITHUB_STATE
for _name in output environment path summary state; do : > "$_own/$_name"; done
_mark=$(printf '\001')
case $_text in
  *'${{'*|*"$_mark"*)
    _text=$(printf '%s\n' "$_text" | awk "$BATON_FILLING"'
      { line = filled($0); gsub(/\001/, "", line); print line } END { print "." }')
    _text=${_text%.} ;;
esac
if env | grep -q '^BATON_SECRET_'; then
  eval "$(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^BATON_SECRET_[A-Za-z0-9_]+$/) print "unset " name }')"
fi
case $_folder in
  *'${{'*) _folder=$(printf '%s' "$_folder" | awk "$BATON_FILLING"'{ printf "%s", filled($0) }') ;;
esac
_script=$_own/script
case $_template in pwsh*|powershell*) _script=$_script.ps1 ;; python*) _script=$_script.py ;; esac
printf '%s\n' "$_text" > "$_script"
if [ -n "$_folder" ]; then cd "$_folder" || exit 1; fi
case $_template in
  pwsh|powershell) set -- pwsh -command ". '$_script'" ;;
  *)
    set -f --
    IFS='
'
    for _word in $(printf '%s\n' "$_template" | xargs -n 1 printf '%s\n'); do
      case $_word in *'{0}'*) _word=${_word%%'{0}'*}$_script${_word#*'{0}'} ;; esac
      set -- "$@" "$_word"
    done
    unset IFS
    set +f ;;
esac
if ! command -v "$1" > /dev/null; then
  echo "the step's shell $1 is not on PATH" >&2
  exit 127
fi
_filling=$BATON_FILLING _quoting=$BATON_QUOTING _reading=$BATON_READING _output=$BATON_OUTPUT
unset BATON_FILLING BATON_QUOTING BATON_READING
# Of a step that is ended, too, what it told counts.
_finish() {
  _code=$?
  trap '' TERM INT HUP
  trap - EXIT
  awk -v form=json "$_quoting$_reading" "$_own/output" >> "$_output" || [ $_code -ne 0 ] || _code=1
  [ -e "$_job/env" ] || (umask 077 && : >> "$_job/env")
  awk -v form=sh "$_quoting$_reading" "$_own/environment" >> "$_job/env" || [ $_code -ne 0 ] || _code=1
  cat "$_own/path" >> "$_job/path"
  if [ -s "$_own/summary" ]; then
    cat "$_own/summary" >> "$_job/summary.md"
    echo "--- summary"
    cat "$_own/summary"
  fi
  rm -rf "$_own"
  exit $_code
}
trap _finish EXIT
"$@"
exit $?
]]

local prefix = "BATON_FILLING=" .. shell.quote(filling) .. " BATON_QUOTING=" .. shell.quote(quoting)
  .. " BATON_READING=" .. shell.quote(reading) .. "\nexport BATON_FILLING BATON_QUOTING BATON_READING\n"

local templates = {
  [""] = "bash -e {0}",
  cmd = "cmd /c {0}",
  bash = "bash --noprofile --norc -eo pipefail {0}",
  sh = "sh -e {0}",
  python = "python {0}",
  pwsh = "pwsh",
  powershell = "pwsh",
}

local read_shell = checked.schema("actions.shell", {
  shell = { "string", default = "" }, cwd = { "string", default = "" }, values = { "strings", default = {} },
}, { step = false, main = "shell" })

-- The shell of steps: `actions.shell "bash"`, or with further options: `cwd`, a folder below the job's; `values`, names
-- of values that the steps have in any case, empty where they write none. `shell` is a name, or a command line with {0}
-- where the script's file stands; "" is GitHub's standard.
function shells.shell(options)
  local own = read_shell(options)
  local template = templates[own.shell] or own.shell
  if not templates[own.shell] and not template:find("{0}", 1, true) then
    local near = checked.nearest(own.shell, { "bash", "sh", "python", "pwsh" })
    error('actions.shell: there is no shell "' .. own.shell .. '"'
      .. (near and (': did you mean "' .. near .. '"?') or ", and no {0} in it for the script's file"), 2)
  end
  return { "/bin/sh", "-c", prefix .. wrapper, "actions", template, own.cwd, table.concat(own.values, " ") }
end

-- What shells keep for themselves: to set it there is an error.
local kept = { UID = true, EUID = true, PPID = true, BASHOPTS = true, SHELLOPTS = true, OPTIND = true }

-- The environment of a step: it stands over what the steps before it wrote to GITHUB_ENV; ${{ env.… }} in it is what
-- the job has of that name. `secrets.NAME` is no variable: the value of ${{ secrets.NAME }} in the step's text.
function shells.own(variables)
  local made = {}
  for name, value in pairs(variables) do
    local secret = name:match "^secrets%.([%w_]+)$"
    -- A shell can't set a name that it does not know, either.
    local is_settable = name:find "^[%a_][%w_]*$" and not kept[name]
    made[secret and "BATON_SECRET_" .. secret or is_settable and "BATON_OWN_" .. name or name] = value
  end
  return made
end

shells.standard = shells.shell ""
shells.bash = shells.shell "bash"
shells.sh = shells.shell "sh"
shells.python = shells.shell "python"
shells.pwsh = shells.shell "pwsh"

return shells
