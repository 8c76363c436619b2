-- What workflows need that come from GitHub Actions: their shells, files and expressions. `baton import` writes scripts
-- that use it.
--
--   local actions = require "baton.actions"
--   local github = actions.context { workflow = "CI", event_name = "push" }
--   workflow "CI" { env = actions.env(github, { CC = "gcc" }) }
--   sequence "build" { shell = actions.bash, step "build.compile" "make && echo \"dir=out\" >> \"$GITHUB_OUTPUT\"" }
--
-- A step's text runs as on GitHub: in its shell, with GITHUB_OUTPUT (what it writes there are the step's values),
-- GITHUB_ENV and GITHUB_PATH (for the later steps of its job), GITHUB_STEP_SUMMARY, RUNNER_TEMP, and ${{ github.… }},
-- ${{ runner.… }} and ${{ env.… }} filled in when it starts. A job's own files lie in the run's folder below actions/,
-- so a resumed run goes on with them. The job of a step is what stands before the last "." or "/" of its name.

local json = require "baton.json"
local checked = require "baton.options"
local shell = require "baton.shell"

local actions = {}

-- Shells.

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
job=$base/$(printf %s "$job" | tr -c 'A-Za-z0-9_.=,-' '_')
mkdir -p "$job/temp" || exit 70
project=$PWD
if [ "${BATON_WORKSPACE:-project}" = job ]; then mkdir -p "$job/work" && cd "$job/work" || exit 70; fi
GITHUB_WORKSPACE=$PWD
[ -n "${GITHUB_SHA:-}" ] || GITHUB_SHA=$(git -C "$project" rev-parse HEAD 2>/dev/null || :)
CI=true GITHUB_ACTIONS=true GITHUB_RUN_ID=$BATON_RUN GITHUB_RUN_NUMBER=1 GITHUB_RUN_ATTEMPT=$BATON_ATTEMPT_NUMBER
GITHUB_JOB=${job##*/} RUNNER_OS=Linux RUNNER_TEMP=$job/temp RUNNER_TOOL_CACHE=$job/tools RUNNER_NAME=baton
case $(uname -m) in aarch64) RUNNER_ARCH=ARM64 ;; *) RUNNER_ARCH=X64 ;; esac
BATON_ARTIFACTS=$base/artifacts BATON_JOB=$job BATON_PROJECT=$project
export CI GITHUB_ACTIONS GITHUB_WORKSPACE GITHUB_SHA GITHUB_RUN_ID GITHUB_RUN_NUMBER GITHUB_RUN_ATTEMPT GITHUB_JOB
export RUNNER_OS RUNNER_TEMP RUNNER_TOOL_CACHE RUNNER_NAME RUNNER_ARCH BATON_ARTIFACTS BATON_JOB BATON_PROJECT
own=$(mktemp -d "$job/temp/step.XXXXXX") || exit 70
if [ "$(id -u)" = 0 ] && ! command -v sudo > /dev/null; then
  # Where everything is done by root, sudo has nothing to do.
  mkdir -p "$job/tools"
  printf '#!/bin/sh\nexec "$@"\n' > "$job/tools/sudo"
  chmod +x "$job/tools/sudo"
  PATH=$job/tools:$PATH
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
function actions.shell(options)
  local own = read_shell(options)
  local template = templates[own.shell] or own.shell
  if not templates[own.shell] and not template:find("{0}", 1, true) then
    local near = checked.nearest(own.shell, { "bash", "sh", "python", "pwsh" })
    error('actions.shell: there is no shell "' .. own.shell .. '"'
      .. (near and (': did you mean "' .. near .. '"?') or ", and no {0} in it for the script's file"), 2)
  end
  return { "/bin/sh", "-c", prefix .. wrapper, "actions", template, own.cwd, table.concat(own.values, " ") }
end

actions.standard = actions.shell ""
actions.bash = actions.shell "bash"
actions.sh = actions.shell "sh"
actions.python = actions.shell "python"
actions.pwsh = actions.shell "pwsh"

-- Contexts.

local defaults = {
  actor = "USER", repository = false, ref = false, ref_name = false, ref_type = false, event_name = false,
  workflow = false, server_url = false, api_url = false, head_ref = false, base_ref = false, repository_owner = false,
}

-- The context `github`: what is told here, or the environment variable GITHUB_…, which wins.
function actions.context(told)
  local github = {
    event_name = "push", ref = "refs/heads/main", ref_type = "branch", repository = "local/project", head_ref = "",
    base_ref = "", server_url = "https://github.com", api_url = "https://api.github.com", event = {},
    actor = env.USER or "baton", workflow = "",
  }
  for name, value in pairs(told or {}) do github[name] = value end
  for name in pairs(defaults) do github[name] = env["GITHUB_" .. name:upper()] or github[name] end
  github.ref_name = github.ref_name or github.ref:gsub("^refs/%a+/", "")
  github.repository_owner = github.repository_owner or github.repository:match "^[^/]*"
  return github
end

-- The workflow's environment: the variables GITHUB_… of the context, and `more`. With `workspace = "job"` in the
-- context, each job has a folder of its own.
function actions.env(github, more)
  local all = { BATON_WORKSPACE = github.workspace }
  for name in pairs(defaults) do all["GITHUB_" .. name:upper()] = github[name] end
  for name, value in pairs(more or {}) do all[name] = value end
  return all
end

-- Expressions, with GitHub's rules: strings are compared without regard to case, and numbers are made of everything.

local function is_empty(value) return value == nil or value == false or value == "" or value == 0 end

function actions.truthy(value) return not is_empty(value) and value == value end

function actions.both(left, right) if is_empty(left) then return left end return right end

function actions.either(left, right) if is_empty(left) then return right end return left end

local function number(value)
  if value == nil or value == "" then return 0 end
  if type(value) == "boolean" then return value and 1 or 0 end
  if type(value) == "table" then return 0 / 0 end
  return tonumber(value) or 0 / 0
end

-- The value as GitHub writes it into a text.
function actions.text(value)
  if value == nil then return "" end
  if type(value) == "table" and not checked.is_ref(value) then return #value > 0 and "Array" or "Object" end
  if math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 1e15 then
    return ("%d"):format(value)
  end
  return type(value) == "string" and value or tostring(value)
end

function actions.same(left, right)
  if type(left) == "string" and type(right) == "string" then return left:lower() == right:lower() end
  if type(left) == type(right) then return left == right end
  return number(left) == number(right)
end

function actions.less(left, right)
  if type(left) == "string" and type(right) == "string" then return left:lower() < right:lower() end
  return number(left) < number(right)
end

function actions.at_most(left, right) return actions.less(left, right) or actions.same(left, right) end

function actions.contains(where, what)
  if type(where) == "table" then
    for _, item in ipairs(where) do
      if actions.same(item, what) then return true end
    end
    return false
  end
  return actions.text(where):lower():find(actions.text(what):lower(), 1, true) ~= nil
end

function actions.starts_with(text, start)
  text, start = actions.text(text):lower(), actions.text(start):lower()
  return text:sub(1, #start) == start
end

function actions.ends_with(text, ending)
  text, ending = actions.text(text):lower(), actions.text(ending):lower()
  return ending == "" or text:sub(-#ending) == ending
end

function actions.format(form, ...)
  local values = table.pack(...)
  return (form:gsub("{{", "\1"):gsub("}}", "\2"):gsub("{(%d+)}", function(index)
    local position = tonumber(index) + 1
    if position > values.n then error("actions.format: there is no value for {" .. index .. "}", 0) end
    return actions.text(values[position])
  end):gsub("\1", "{"):gsub("\2", "}"))
end

function actions.join(list, separator)
  if type(list) ~= "table" then return actions.text(list) end
  local texts = {}
  for i, item in ipairs(list) do texts[i] = actions.text(item) end
  return table.concat(texts, separator or ",")
end

function actions.to_json(value) return json.encode(value) end

function actions.from_json(text) return json.decode(text) end

-- What stands below keys, one after the other; nil where one of them is missing.
function actions.at(value, ...)
  for _, key in ipairs { ... } do
    if type(value) ~= "table" then return nil end
    value = value[math.type(key) == "integer" and key + 1 or key]
  end
  return value
end

-- The text as one word of a shell.
function actions.quote(text) return shell.quote(actions.text(text)) end

-- The fields of a step, with others added; what stands in `env` is added to its own.
function actions.with(step, more)
  for name, value in pairs(more) do
    if name == "env" then
      for variable, text in pairs(value) do step.env[variable] = step.env[variable] or text end
    else
      step[name] = value
    end
  end
  return step
end

-- Conditions.

local good = { succeeded = true, kept = true, cached = true }
local results = {
  succeeded = "success", kept = "success", cached = "success", skipped = "skipped", cancelled = "cancelled",
}

local function find(deps, name)
  for key, dependency in pairs(deps) do
    if key == name or key:sub(-#name - 1) == "/" .. name then return dependency end
    local inner = dependency.steps and find(dependency.steps, name)
    if inner then return inner end
  end
end

-- What a condition is told: `success()`, `failure()`, `cancelled()`, `always()`; `out(step, value)`, `outcome(step)`,
-- `result(job)`.
local function job(deps, tolerated)
  local is_tolerated = {}
  for _, name in ipairs(tolerated or {}) do is_tolerated[name] = true end
  local function any(test)
    for name, dependency in pairs(deps) do
      if not is_tolerated[name] and not is_tolerated[name:match "[^/]*$"] and test(dependency) then return true end
    end
    return false
  end
  local function failed(dependency) return dependency.status == "failed" end
  local function cancelled(dependency) return dependency.status == "cancelled" end
  local self = {}
  function self.success()
    return not any(function(dependency)
      -- A step that was skipped by its own condition stops nothing; a job that was skipped stops what needs it.
      return failed(dependency) or cancelled(dependency) or (dependency.steps and not good[dependency.status])
    end)
  end
  function self.failure() return any(failed) end
  function self.cancelled() return any(cancelled) end
  function self.always() return true end
  function self.out(step, name)
    local found = find(deps, step)
    return found and found.out and found.out[name] or ""
  end
  function self.outcome(step)
    local found = find(deps, step)
    return found and (results[found.status] or "failure") or ""
  end
  function self.conclusion(step)
    if is_tolerated[step] and self.outcome(step) == "failure" then return "success" end
    return self.outcome(step)
  end
  self.result = self.outcome
  function self.status()
    return self.failure() and "failure" or self.cancelled() and "cancelled" or "success"
  end
  return self
end

-- For `when`: the condition of a step or job. `tolerated`: steps whose failure stops nothing. `runner`: what it is to
-- run on; all that is not Linux is skipped.
function actions.when(condition, settings)
  settings = settings or {}
  local tolerated, runner = settings.tolerated, settings.runner
  return function(deps)
    if runner and not actions.is_linux(runner) then
      return false, "it runs on " .. actions.text(runner) .. ", and this is Linux"
    end
    local own = job(deps, tolerated)
    if condition == nil then
      return own.success(), "what it needs did not succeed"
    end
    return condition(own) and true or false, "its condition is not met"
  end
end

-- For `run`: the step's text, made when its turn has come.
function actions.run(make)
  return function(deps) return make(job(deps)) end
end

function actions.is_linux(label)
  if type(label) == "table" then
    for _, one in ipairs(label) do
      if not actions.is_linux(one) then return false end
    end
    return true
  end
  label = actions.text(label):lower()
  return not (label:find("windows", 1, true) or label:find("macos", 1, true))
end

-- Makes every member of a sequence wait for all before it, so that conditions see them.
function actions.chain(members)
  for i = 3, #members do
    local before = {}
    for j = 1, i - 2 do before[j] = members[j] end
    depends(members[i], before)
  end
  return members
end

-- Steps that stand for actions.

-- `actions/checkout`: fills the job's own folder with the project's files, as they are now.
function actions.checkout(path)
  return {
    description = "actions/checkout",
    shell = actions.sh,
    env = { CHECKOUT_PATH = path },
    run = [=[
target=$GITHUB_WORKSPACE${CHECKOUT_PATH:+/$CHECKOUT_PATH}
mkdir -p "$target"
find "$target" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
if git -C "$BATON_PROJECT" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  top=$(git -C "$BATON_PROJECT" rev-parse --show-toplevel)
  if git -C "$top" rev-parse -q --verify HEAD >/dev/null; then
    git clone -q --local --no-checkout "$top" "$target"
    git -C "$target" update-ref --no-deref HEAD "$(git -C "$top" rev-parse HEAD)"
    git -C "$target" reset -q
  fi
  cd "$top"
  git ls-files -z --cached --others --exclude-standard |
    tar --null --ignore-failed-read --warning=no-failed-read -cf - -T - | tar -xf - -C "$target"
else
  cd "$BATON_PROJECT"
  tar --exclude=./.baton -cf - . | tar -xf - -C "$target"
fi
]=],
  }
end

local tools = {
  go = { "go", "go version", "golang-go" },
  java = { "java", "java -version 2>&1", "default-jdk" },
  node = { "node", "node --version", "nodejs" },
  python = { "python3", "python3 --version", "python3" },
  ruby = { "ruby", "ruby --version", "ruby" },
  rust = { "rustc", "rustc --version", "rustc" },
}

-- `actions/setup-…`: checks that the tool is there in the version that is wanted; of Python, makes a virtual
-- environment with it, as the job's `python` and `pip`. `BATON_TOOLS=any` takes whatever version is there.
function actions.setup(tool, version)
  local known = tools[tool]
  if not known then
    error("actions.setup: there is no tool " .. checked.phrase(tool) .. ": there are "
      .. table.concat({ "go", "java", "node", "python", "ruby", "rust" }, ", "), 2)
  end
  version = actions.text(version)
  return {
    description = "actions/setup-" .. tool .. (version ~= "" and " " .. version or ""),
    shell = actions.sh,
    env = { SETUP_TOOL = tool, SETUP_WANTED = version, SETUP_PROGRAM = known[1], SETUP_PACKAGE = known[3] },
    run = [=[
wanted=$(printf %s "$SETUP_WANTED" | sed 's/^[v^~>=< ]*//; s/[ ,|].*//; s/\.[xX*].*//; s/-.*//')
case $wanted in stable|latest|oldstable|lts*|nightly|beta|x|'*') wanted= ;; esac
program=$SETUP_PROGRAM
if [ "$SETUP_TOOL" = python ] && [ -n "$wanted" ] && command -v "python$wanted" >/dev/null; then
  program=python$wanted
fi
if ! command -v "$program" >/dev/null; then
  echo "$SETUP_TOOL $SETUP_WANTED is wanted, and there is no program $program" >&2
  echo "install it (Debian: apt-get install $SETUP_PACKAGE)" >&2
  exit 1
fi
case $SETUP_TOOL in
  go) found=$(go version) ;;
  java) found=$(java -version 2>&1) ;;
  *) found=$("$program" --version) ;;
esac
found=$(printf '%s\n' "$found" | sed -n '1s/[^0-9]*\([0-9][0-9.]*\).*/\1/p')
case $found. in "$wanted".*|"") right=yes ;; *) right=no ;; esac
[ -z "$wanted" ] && right=yes
# What begins with > is a least version.
case $SETUP_WANTED in
  '>'*|'^'*|'~'*)
    least=$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)
    if [ "$least" = "$wanted" ]; then right=yes; fi ;;
esac
if [ "$right" = no ] && [ "${BATON_TOOLS:-}" != any ]; then
  echo "$SETUP_TOOL $SETUP_WANTED is wanted, and $found is here" >&2
  echo "install it, or set BATON_TOOLS=any to take the version that is here" >&2
  exit 1
fi
echo "$program $found"
if [ "$SETUP_TOOL" = python ]; then
  "$program" -m venv "$BATON_JOB/python"
  echo "$BATON_JOB/python/bin" >> "$GITHUB_PATH"
  echo "VIRTUAL_ENV=$BATON_JOB/python" >> "$GITHUB_ENV"
fi
echo "$SETUP_TOOL-version=$found" >> "$GITHUB_OUTPUT"
]=],
  }
end

-- `actions/upload-artifact`: keeps files under a name, for later jobs, in the run's folder below actions/artifacts.
-- `missing`: what to do where there are none: "warn", "error" or "ignore".
function actions.upload(name, paths, missing)
  return {
    description = "actions/upload-artifact " .. actions.text(name),
    shell = actions.bash,
    env = { ARTIFACT = name, ARTIFACT_PATHS = paths, ARTIFACT_MISSING = missing or "warn" },
    run = [=[
target=$BATON_ARTIFACTS/$ARTIFACT
mkdir -p "$target"
shopt -s nullglob globstar
count=0
while IFS= read -r pattern; do
  pattern="${pattern#"${pattern%%[![:space:]]*}"}"
  [ -n "$pattern" ] || continue
  case $pattern in '!'*) continue ;; '~'*) pattern=$HOME${pattern#\~} ;; esac
  IFS=
  for file in $pattern; do
    [ -e "$file" ] || continue
    count=$((count + 1))
    if [ -d "$file" ]; then cp -a "$file/." "$target/"
    elif [ "$file" = "$pattern" ]; then cp -a "$file" "$target/"
    else cp -a --parents "$file" "$target/"; fi
  done
  unset IFS
done <<< "$ARTIFACT_PATHS"
echo "$ARTIFACT: $count paths kept in $target"
if [ "$count" = 0 ] && [ "$ARTIFACT_MISSING" = error ]; then
  echo "no files were found: $ARTIFACT_PATHS" >&2
  exit 1
fi
]=],
  }
end

-- `actions/download-artifact`: fetches what an earlier job kept; without a name, everything.
function actions.download(name, path)
  return {
    description = "actions/download-artifact " .. actions.text(name),
    shell = actions.sh,
    env = { ARTIFACT = name, ARTIFACT_TARGET = path },
    run = [=[
target=${ARTIFACT_TARGET:-$GITHUB_WORKSPACE}
mkdir -p "$target"
source=$BATON_ARTIFACTS${ARTIFACT:+/$ARTIFACT}
if ! [ -d "$source" ]; then echo "no job of this run has kept an artifact ${ARTIFACT:-}" >&2; exit 1; fi
cp -a "$source/." "$target/"
]=],
  }
end

-- A step that only has values.
function actions.values(values)
  local lines = {}
  for name, value in pairs(values) do lines[#lines + 1] = json.encode { [name] = value } end
  return { shell = { "/bin/sh", "-c" }, run = "printf '%s\\n' " .. shell.join(lines) .. " >> \"$BATON_OUTPUT\"" }
end

-- A step that has no counterpart here: it fails, and says why.
function actions.unsupported(what, why)
  return {
    description = "not converted: " .. what,
    shell = { "/bin/sh", "-c" },
    run = "echo " .. shell.quote(what .. ": " .. why) .. " >&2; exit 1",
  }
end

return actions
