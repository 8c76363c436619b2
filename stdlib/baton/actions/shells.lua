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
  name = toupper(name)
  if (parts[1] == "runner") return ENVIRON["RUNNER_" name]
  return ENVIRON["GITHUB_" name]
}
function filled(text,   made, at, inner) {
  made = ""
  while (match(text, /[$][{][{] *(env|github|runner)[.][A-Za-z0-9_-]+ *[}][}]/)) {
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
function told(name, text) { if (form == "json") told_json(name, text); else print "export " name "=" quoted(text) }
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

-- $1: the shell's template; $2: the folder; $3: names of values that are there in any case; $4: the step's text.
local wrapper = [[
set -u
template=$1 folder=$2 names=$3 text=$4
base=${BATON_OUTPUT%/tmp/*}/actions
case $BATON_STEP in */*) job=${BATON_STEP%/*} ;; *.*) job=${BATON_STEP%.*} ;; *) job=$BATON_STEP ;; esac
id=${job%%\[*}
# Compilers, linkers and build tools take commas, equal signs and the like in a path for something else, and long paths
# for none: the names of cells are cut, and told apart by a sum.
name=$(printf %.40s "$job" | tr -c 'A-Za-z0-9_-' '_')
[ "$name" = "$job" ] || name=$name-$(printf %s "$job" | cksum | cut -d ' ' -f 1)
job=$base/$name
mkdir -p "$job/temp" || exit 70
project=$PWD
# The folder of a job has the project's name, as on GitHub: some steps go ../NAME.
if [ "${BATON_WORKSPACE:-project}" = job ]; then
  mkdir -p "$job/work/${project##*/}" && cd "$job/work/${project##*/}" || exit 70
fi
GITHUB_WORKSPACE=$PWD RUNNER_WORKSPACE=${PWD%/*}
[ -n "${GITHUB_SHA:-}" ] || GITHUB_SHA=$(git -C "$project" rev-parse HEAD 2>/dev/null || :)
CI=true GITHUB_ACTIONS=true GITHUB_RUN_ID=$BATON_RUN GITHUB_RUN_NUMBER=1 GITHUB_RUN_ATTEMPT=$BATON_ATTEMPT_NUMBER
GITHUB_JOB=$id RUNNER_OS=Linux RUNNER_TEMP=$job/temp RUNNER_TOOL_CACHE=$job/tools RUNNER_NAME=baton
case $(uname -m) in aarch64) RUNNER_ARCH=ARM64 ;; *) RUNNER_ARCH=X64 ;; esac
BATON_ARTIFACTS=$base/artifacts BATON_JOB=$job BATON_PROJECT=$project
export CI GITHUB_ACTIONS GITHUB_WORKSPACE GITHUB_SHA GITHUB_RUN_ID GITHUB_RUN_NUMBER GITHUB_RUN_ATTEMPT GITHUB_JOB
export RUNNER_WORKSPACE RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE RUNNER_NAME RUNNER_ARCH
export BATON_ARTIFACTS BATON_JOB BATON_PROJECT
own=$(mktemp -d "$job/temp/step.XXXXXX") || exit 70
if [ "$(id -u)" = 0 ] && ! command -v sudo > /dev/null; then
  # Where everything is done by root, sudo has nothing to do.
  mkdir -p "$job/tools"
  printf '#!/bin/sh\nexec "$@"\n' > "$job/tools/sudo"
  chmod +x "$job/tools/sudo"
  PATH=$job/tools:$PATH
fi
if [ -z "${APT_CONFIG:-}" ] && command -v apt-get > /dev/null; then
  # There is no one to ask, and GitHub's machines take every answer for yes.
  printf 'APT::Get::Assume-Yes "true";\n' > "$own/apt.conf"
  export APT_CONFIG="$own/apt.conf"
fi
[ -f "$job/env" ] && . "$job/env"
if env | grep -q '[$][{][{]'; then
  awk "$BATON_FILLING$BATON_QUOTING"'BEGIN {
    for (name in ENVIRON)
      if (name !~ /^BATON_/ && name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && index(ENVIRON[name], "${{"))
        print "export " name "=" quoted(filled(ENVIRON[name]))
  }' > "$own/env"
  . "$own/env"
fi
[ -f "$job/path" ] && while IFS= read -r entry; do PATH=$entry:$PATH; done < "$job/path"
export PATH
GITHUB_OUTPUT=$own/output GITHUB_ENV=$own/environment GITHUB_PATH=$own/path GITHUB_STEP_SUMMARY=$own/summary
GITHUB_STATE=$own/state
export GITHUB_OUTPUT GITHUB_ENV GITHUB_PATH GITHUB_STEP_SUMMARY GITHUB_STATE
for name in output environment path summary state; do : > "$own/$name"; done
case $text in
  *'${{'*)
    text=$(printf '%s\n' "$text" | awk "$BATON_FILLING"'{ print filled($0) } END { print "." }')
    text=${text%.} ;;
esac
case $folder in
  *'${{'*) folder=$(printf '%s' "$folder" | awk "$BATON_FILLING"'{ printf "%s", filled($0) }') ;;
esac
script=$own/script
case $template in pwsh*|powershell*) script=$script.ps1 ;; python*) script=$script.py ;; esac
printf '%s\n' "$text" > "$script"
if [ -n "$folder" ]; then cd "$folder" || exit 1; fi
case $template in
  pwsh|powershell) set -- pwsh -command ". '$script'" ;;
  *)
    set -f --
    IFS='
'
    for word in $(printf '%s\n' "$template" | xargs -n 1 printf '%s\n'); do
      case $word in *'{0}'*) word=${word%%'{0}'*}$script${word#*'{0}'} ;; esac
      set -- "$@" "$word"
    done
    unset IFS
    set +f ;;
esac
if ! command -v "$1" > /dev/null; then
  echo "the step's shell $1 is not on PATH" >&2
  exit 127
fi
filling=$BATON_FILLING quoting=$BATON_QUOTING reading=$BATON_READING output=$BATON_OUTPUT
unset BATON_FILLING BATON_QUOTING BATON_READING
"$@"
code=$?
for name in $names; do printf '{"%s":""}\n' "$name" >> "$output"; done
awk -v form=json "$quoting$reading" "$own/output" >> "$output" || [ $code -ne 0 ] || code=1
awk -v form=sh "$quoting$reading" "$own/environment" >> "$job/env" || [ $code -ne 0 ] || code=1
cat "$own/path" >> "$job/path"
if [ -s "$own/summary" ]; then
  cat "$own/summary" >> "$job/summary.md"
  echo "--- summary"
  cat "$own/summary"
fi
exit $code
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

shells.standard = shells.shell ""
shells.bash = shells.shell "bash"
shells.sh = shells.shell "sh"
shells.python = shells.shell "python"
shells.pwsh = shells.shell "pwsh"

return shells
