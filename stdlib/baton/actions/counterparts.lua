-- Steps that do what GitHub's own actions do. A part of baton.actions.

local checked = require "baton.options"
local expressions = require "baton.actions.expressions"
local json = require "baton.json"
local shell = require "baton.shell"
local shells = require "baton.actions.shells"

local counterparts = {}

-- What a step is called in the plan: the action, and what it is given where that is known by then.
local function described(action, given)
  given = expressions.text(given)
  return (checked.is_ref(given) or given == "") and action or action .. " " .. given
end

-- Values of a step, as `actions/checkout` has them.
local revision = [=[
printf 'commit=%s\nref=%s\n' "$GITHUB_SHA" "${GITHUB_REF:-}" >> "$GITHUB_OUTPUT"
]=]

-- `actions/checkout` where the job works in the project's own folder: nothing is fetched, its values are there.
function counterparts.revision()
  return { description = "actions/checkout", shell = shells.sh, run = revision }
end

-- `actions/checkout`: fills the job's own folder with the project's files, as they are now.
function counterparts.checkout(path)
  return {
    description = "actions/checkout",
    shell = shells.sh,
    env = { BATON_INPUT_PATH = path },
    run = [=[
target=$GITHUB_WORKSPACE${BATON_INPUT_PATH:+/$BATON_INPUT_PATH}
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
  # Never what Baton itself keeps there: this copy is a part of it.
  git ls-files -z --cached --others --exclude-standard -- ':(top)' ':(exclude,glob)**/.baton/**' |
    tar --null --ignore-failed-read --warning=no-failed-read -cf - -T - | tar -xf - -C "$target"
else
  cd "$BATON_PROJECT"
  tar --exclude=./.baton -cf - . | tar -xf - -C "$target"
fi
]=] .. revision,
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
function counterparts.setup(tool, version)
  local known = tools[tool]
  if not known then
    error("actions.setup: there is no tool " .. checked.phrase(tool) .. ": there are "
      .. table.concat({ "go", "java", "node", "python", "ruby", "rust" }, ", "), 2)
  end
  version = expressions.text(version)
  return {
    description = described("actions/setup-" .. tool, version),
    shell = shells.sh,
    env = { SETUP_TOOL = tool, BATON_INPUT_VERSION = version, SETUP_PROGRAM = known[1], SETUP_PACKAGE = known[3] },
    run = [=[
wanted=$(printf %s "$BATON_INPUT_VERSION" | sed 's/^[v^~>=< ]*//; s/[ ,|].*//; s/\.[xX*].*//; s/-.*//')
case $wanted in stable|latest|oldstable|lts*|nightly|beta|x|'*') wanted= ;; esac
program=$SETUP_PROGRAM
# A stand-in of a version manager is there also for versions that it does not run.
if [ "$SETUP_TOOL" = python ] && [ -n "$wanted" ] && "python$wanted" --version >/dev/null 2>&1; then
  program=python$wanted
fi
if ! command -v "$program" >/dev/null; then
  echo "$SETUP_TOOL $BATON_INPUT_VERSION is wanted, and there is no program $program" >&2
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
case $BATON_INPUT_VERSION in
  '>'*|'^'*|'~'*)
    least=$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)
    if [ "$least" = "$wanted" ]; then right=yes; fi ;;
esac
if [ "$right" = no ] && [ "${BATON_TOOLS:-}" != any ]; then
  echo "$SETUP_TOOL $BATON_INPUT_VERSION is wanted, and $found is here" >&2
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

-- `actions/upload-artifact`: keeps files under a name, for later jobs, in the run's folder below actions/artifacts: as
-- they lie below the folder that all paths have in common, each up to its first wildcard. `missing`: what to do where
-- there are none: "warn", "error" or "ignore". `hidden`: whether names may begin with a dot.
function counterparts.upload(name, paths, missing, hidden)
  return {
    description = described("actions/upload-artifact", name),
    shell = shells.bash,
    env = {
      BATON_INPUT_NAME = name, BATON_INPUT_PATHS = paths, BATON_INPUT_MISSING = missing or "warn",
      BATON_INPUT_HIDDEN = hidden and "yes" or "no",
    },
    run = [=[
shopt -s nullglob globstar
target=$BATON_ARTIFACTS/$BATON_INPUT_NAME
skipped='.*'
if [ "$BATON_INPUT_HIDDEN" = yes ]; then
  shopt -s dotglob
  skipped=.baton
fi
# $1 from the top, without . and .. in it, as $path.
absolute() {
  local part parts whole=$1 IFS=/
  [[ $whole == /* ]] || whole=$PWD/$whole
  set -f
  parts=($whole)
  set +f
  path=
  for part in "${parts[@]}"; do
    case $part in ''|.) ;; ..) path=${path%/*} ;; *) path+=/$part ;; esac
  done
}
unset root files names
declare -A files
while IFS= read -r pattern; do
  pattern=${pattern#"${pattern%%[![:space:]]*}"}
  pattern=${pattern%"${pattern##*[![:space:]]}"}
  kept=yes
  case $pattern in ''|'#'*) continue ;; '!'*) kept= pattern=${pattern#?} ;; esac
  case $pattern in '~'|'~/'*) pattern=$HOME${pattern#?} ;; esac
  before=${pattern%%[*?[]*}
  if [ "$before" != "$pattern" ]; then
    case $before in */*) before=${before%/*}/ ;; *) before= ;; esac
  fi
  absolute "$before"
  if [ "$kept" ]; then
    root=${root-$path}
    while [[ $path/ != "$root"/* ]]; do root=${root%/*}; done
  fi
  top=${path%/*}
  [ "$path" != "$PWD" ] || top=$PWD
  IFS=
  for match in $pattern; do
    [ -e "$match" ] || continue
    absolute "$match"
    if [ -z "$kept" ]; then
      for file in "${!files[@]}"; do
        [[ $file/ != "$path"/* ]] || files[$file]=
      done
    elif [[ ${path#"$top"}/ != */$skipped/* ]]; then
      if [ -d "$path" ]; then
        while IFS= read -r -d '' file; do files[$file]=yes; done \
          < <(find -L "$path" -mindepth 1 -name "$skipped" -prune -o -type f -print0)
      else
        files[$path]=yes
      fi
    fi
  done
  unset IFS
done <<< "$BATON_INPUT_PATHS"
root=${root-$PWD}
[ ! -f "$root" ] || root=${root%/*}
names=()
for file in "${!files[@]}"; do
  [ -z "${files[$file]}" ] || names+=(".${file#"$root"}")
done
if [ ${#names[@]} = 0 ]; then
  [ "$BATON_INPUT_MISSING" = ignore ] || echo "no files were found: $BATON_INPUT_PATHS" >&2
  [ "$BATON_INPUT_MISSING" != error ]
  exit
fi
mkdir -p "$target"
printf '%s\0' "${names[@]}" | tar -C "$root/" --null -hcf - -T - | tar -C "$target" -xf -
echo "$BATON_INPUT_NAME: ${#names[@]} files kept in $target"
]=],
  }
end

-- `actions/download-artifact`: fetches what an earlier job kept; without a name, everything: each artifact in a folder
-- of its name, or, with `merged`, all in one.
function counterparts.download(name, path, merged)
  return {
    description = described("actions/download-artifact", name),
    shell = shells.sh,
    env = {
      BATON_INPUT_NAME = name or "", BATON_INPUT_PATH = path or "", BATON_INPUT_MERGED = merged and "yes" or "no",
    },
    run = [=[
target=${BATON_INPUT_PATH:-$GITHUB_WORKSPACE}
case $target in '~'|'~/'*) target=$HOME${target#?} ;; esac
source=$BATON_ARTIFACTS${BATON_INPUT_NAME:+/$BATON_INPUT_NAME}
if ! [ -d "$source" ]; then echo "no job of this run has kept an artifact $BATON_INPUT_NAME" >&2; exit 1; fi
mkdir -p "$target"
if [ -z "$BATON_INPUT_NAME" ] && [ "$BATON_INPUT_MERGED" = yes ]; then
  for source in "$source"/*/; do cp -a "$source." "$target/"; done
else
  cp -a "$source/." "$target/"
fi
]=],
  }
end

-- A step that only has values.
function counterparts.values(values)
  local lines = {}
  for name, value in pairs(values) do lines[#lines + 1] = json.encode { [name] = value } end
  return { shell = { "/bin/sh", "-c" }, run = "printf '%s\\n' " .. shell.join(lines) .. " >> \"$BATON_OUTPUT\"" }
end

-- A step that does nothing, whatever shell and folder its job has.
function counterparts.nothing() return { shell = { "/bin/sh", "-c" }, run = "true" } end

-- A step that has no counterpart here: it fails, and says why.
function counterparts.unsupported(what, why)
  return {
    description = "not converted: " .. what,
    shell = { "/bin/sh", "-c" },
    run = "echo " .. shell.quote(what .. ": " .. why) .. " >&2; exit 1",
  }
end

return counterparts
