-- Virtual environments of Python, made once for each set of requirements.
--
--   local python = require "baton.python"
--   local venv = python.venv { requirements = "requirements.txt", packages = "pytest" }
--   step "unit" (venv:run "pytest -q tests")
--   step "docs" (venv:run { run = { "mkdocs", "build" }, timeout = "5m" })
--
-- The environment lies in a cache, under a name that follows from the interpreter, from what stands in the files of
-- requirements, and in those that they name, from packages and arguments: what was installed once is used again, by
-- every run and project of the user. Packages without a version stay what they were when it was made; packages of
-- folders are best installed as editable (args = { "-e", "." }).

local options = require "baton.options"

local python = {}

local read_venv = options.schema("python.venv", {
  name = { "string", default = "venv" }, requirements = { "strings" }, packages = { "texts" }, args = { "texts" },
  python = { "text", default = "python3" }, folder = { "text", default = "" },
  system_packages = { "boolean", default = false },
}, { main = "requirements" })

-- What the name of an environment follows from.
local key = [==[
import hashlib, os, re, sys, sysconfig

digest, seen = hashlib.sha256(), set()

def add(text):
    digest.update(text.encode("utf-8", "surrogateescape") + b"\0")

def read(path):
    path = os.path.normpath(path)
    if path in seen:
        return
    seen.add(path)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except FileNotFoundError:
        sys.exit(f"there is no {path}")
    except OSError as error:
        sys.exit(f"cannot read {path}: {error.strerror}")
    add(text)
    for name in re.findall(r"^\s*(?:-r|-c|--requirement|--constraint)[ =]*(\S+)", text, re.M):
        if "://" not in name:
            read(os.path.join(os.path.dirname(path), name))

for text in [sys.version, sys.base_prefix, sysconfig.get_platform(), *sys.argv[1:]]:
    add(text)
for flag, path in zip(sys.argv[1:], sys.argv[2:]):
    if flag == "-r":
        read(path)
print(digest.hexdigest()[:20])
]==]

-- Not whole until `complete` is there. The interpreter may have gone since.
local make = [[
set -e
python=$1 folder=$2 system=$3 key=$4
shift 4
[ "$folder" ] || folder=${XDG_CACHE_HOME:-$HOME/.cache}/baton/venvs
case $folder in /*) ;; *) folder=$PWD/$folder;; esac
path=$folder/$("$python" -c "$key" "$@" "$system")
cached=true
if [ ! -f "$path/complete" ] || ! "$path/bin/python" -c '' 2> /dev/null; then
  cached=false
  rm -rf -- "$path"
  mkdir -p -- "$folder"
  "$python" -m venv ${system:+--system-site-packages} -- "$path"
  [ $# = 0 ] || "$path/bin/python" -m pip --disable-pip-version-check --no-input install "$@"
  : > "$path/complete"
fi
printf 'path=%s\npython=%s\ncached=%s\n' "$path" "$path/bin/python" "$cached" >> "$BATON_OUTPUT"]]

local Venv = { __name = "venv", __metatable = "venv" }
Venv.__index = Venv

-- Declares the step that makes the environment, and returns the environment: `step`, its handle; `path` and `python`,
-- refs; and `run`. `requirements`: files, one or a list; `packages`: what pip takes besides; `args`: further
-- arguments of `pip install`; `python`: the interpreter; `folder`: where environments are kept, instead of the user's
-- cache.
function python.venv(given)
  local own, fields = read_venv(given)
  local arguments = {}
  for _, file in ipairs(options.list(own.requirements)) do
    arguments[#arguments + 1] = "-r"
    arguments[#arguments + 1] = file
  end
  fields.run = options.list("/bin/sh", "-c", make, "sh", own.python, own.folder, own.system_packages and "1" or "", key,
    arguments, own.args, own.packages)
  -- Two steps must not make the same one.
  fields.mutex = fields.mutex or "baton.python.venv"
  local handle = step(own.name)(fields)
  return setmetatable({ step = handle, path = handle.out.path, python = handle.out.python }, Venv)
end

local read_run = options.schema("venv:run", { run = { "command", required = true } }, { main = "run" })

-- The fields of a step that runs a command, or a program of a list, with the environment's programs before all others.
-- Beside `run`, any field of a step may stand.
function Venv.run(self, given)
  if getmetatable(self) ~= Venv.__metatable then error("venv:run is called with a colon", 2) end
  if type(given) == "table" and getmetatable(given) ~= false and given[1] ~= nil then given = { run = given } end
  local own, fields = read_run(given)
  if type(own.run) == "function" then
    error('venv:run: "run" must be a string or a list, not a function', 2)
  elseif type(own.run) == "table" and getmetatable(own.run) ~= false then
    fields.run = options.list("/bin/sh", "-c", [[
. "$1/bin/activate"
shift
exec "$@"]], "sh", self.path, own.run)
  else
    fields.run = ". " .. self.path .. "/bin/activate\n" .. own.run
  end
  return fields
end

return python
