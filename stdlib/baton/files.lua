-- Files: globs, and steps that copy, pack, compare and write. A script itself can't read files; steps do.
--
--   local files = require "baton.files"
--   local found = step "sources" (files.find { files = "src/**/*.c", exclude = "**/*_test.c" })
--   matrix "compile" { depends = found, axes = { file = found.out.files }, step = { run = { "cc", "-c", cell.file } } }
--   step "pack" (files.archive { files = { "bin", "README.md" }, to = "dist/app.tar.gz" })
--
-- Globs are those of baton.globs: `*` and `?` stop at slashes, `**` does not; `[a-z]`, `[!a-z]` and `{a,b}` are as in
-- shells.

local globs = require "baton.globs"
local options = require "baton.options"
local shell = require "baton.shell"

local files = {}

local function check_globs(who, given, level)
  if type(given) == "string" then return { given } end
  local is_list = type(given) == "table" and getmetatable(given) ~= false
  for _, glob in ipairs(is_list and given or {}) do is_list = is_list and type(glob) == "string" end
  if not is_list then error(who .. " takes a glob or a list of globs, not " .. options.phrase(given), level + 1) end
  return given
end

-- Whether a path matches a glob, or one of a list of globs.
function files.matches(patterns, path)
  patterns = check_globs("files.matches", patterns, 2)
  if type(path) ~= "string" then error("files.matches takes a path, not " .. options.phrase(path), 2) end
  return globs.matches(patterns, path)
end

-- Those of a list of paths that match one of the globs and none of the others, in the order of the list.
function files.filter(paths, patterns, exclude)
  if type(paths) ~= "table" or getmetatable(paths) == false then
    error("files.filter takes a list of paths, not " .. options.phrase(paths), 2)
  end
  patterns = check_globs("files.filter", patterns, 2)
  exclude = exclude and check_globs("files.filter", exclude, 2) or {}
  local left = {}
  for _, path in ipairs(paths) do
    if globs.matches(patterns, path) and not globs.matches(exclude, path) then left[#left + 1] = path end
  end
  return left
end

-- Steps.

-- A command of the shell with its arguments, for ctx:exec.
local function exec(ctx, step, script, ...)
  local command = options.list({ "/bin/sh", "-c", script, "sh" }, ...)
  command.cwd, command.env = step.cwd, step.env
  return ctx:exec(command)
end

local list_files = [[
for root do
  [ -e "$root" ] || continue
  find "$root" \( -name .git -o -name .baton \) -prune -o \( -type f -o -type l \) -print0 || exit
done]]

local read_find = options.schema("files.find", {
  files = { "strings", required = true, filled = true }, exclude = { "strings" },
  hidden = { "boolean", default = true },
}, { main = "files" })

-- A step that looks for files: it emits `files`, a sorted list of paths, and `count`. What lies in folders named .git
-- and .baton is left out, and with `hidden = false` all that begins with a dot.
function files.find(given)
  local own, step = read_find(given)
  local wanted, exclude = options.list(own.files), options.list(own.exclude)
  local roots, cwd_and_env = globs.roots(wanted), { cwd = step.cwd, env = step.env }
  step[1] = function(ctx)
    local listed = exec(ctx, cwd_and_env, list_files, roots)
    return ctx:effect("files", function()
      local found, has = {}, {}
      for path in (listed.out.text or ""):gmatch "[^\0]+" do
        path = path:gsub("^%./", ""):gsub("//+", "/")
        local is_shown = own.hidden or not ("/" .. path):find("/%.[^./]")
        if is_shown and not has[path] and globs.matches(wanted, path) and not globs.matches(exclude, path) then
          has[path] = true
          found[#found + 1] = path
        end
      end
      table.sort(found)
      return { files = found, count = #found }
    end)
  end
  return step
end

local function command(script, ...) return options.list({ "/bin/sh", "-c", script, "sh" }, ...) end

local read_copy = options.schema("files.copy", {
  from = { "texts", required = true, filled = true }, to = { "text", required = true, filled = true },
})

-- A step that copies files and folders, with what is in them, their modes and times, into a folder, which is made.
function files.copy(given)
  local own, step = read_copy(given)
  step.run = command([[to=$1; shift; mkdir -p -- "$to" && cp -Rp -- "$@" "$to/"]], own.to, own.from)
  return step
end

local read_write = options.schema("files.write", {
  path = { "text", required = true, filled = true }, text = { "text", required = true },
  mode = { "string", default = "644" },
}, { taken = { stdin = "it is the text" } })

-- A step that writes a text to a file, whole or not at all, in folders that are made. The text may have refs and
-- secrets in it. It emits `path`.
function files.write(given)
  local own, step = read_write(given)
  step.stdin = own.text
  step.run = command(
    shell.replace .. [[ && printf 'path=%s\n' "$1" >> "$BATON_OUTPUT"]], own.path, own.mode)
  return step
end

local suffixes = {
  { "%.tar$", "tar" }, { "%.tar%.gz$", "gz" }, { "%.tgz$", "gz" }, { "%.tar%.xz$", "xz" }, { "%.txz$", "xz" },
  { "%.tar%.zst$", "zst" }, { "%.zip$", "zip" },
}

local function format_of(who, path, format, level)
  if format then return format end
  for _, suffix in ipairs(suffixes) do
    if type(path) == "string" and path:find(suffix[1]) then return suffix[2] end
  end
  error(('%s: what %s is to be is told by no suffix: say format = "tar", "gz", "xz", "zst" or "zip"'):format(
    who, options.phrase(path)), level + 1)
end

local formats = { "gz", "tar", "xz", "zip", "zst" }

local read_archive = options.schema("files.archive", {
  files = { "texts", required = true, filled = true }, to = { "text", required = true, filled = true },
  root = { "text", default = "." },
  format = { "choice", of = formats }, mtime = { "string", default = "1970-01-01" },
})

-- Of GNU tar. The same files give the same bytes: sorted, without owners, with one time.
local pack = [[
set -e
to=$1 root=$2 format=$3 mtime=$4
shift 4
mkdir -p -- "$(dirname -- "$to")"
case $to in /*) whole=$to;; *) whole=$PWD/$to;; esac
part=$whole.part.$$
trap 'rm -f -- "$part"' EXIT
(
  cd -- "$root"
  pack() {
    LC_ALL=C tar --create --file="$part" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
      --mode=u+rw,go-w --mtime="$mtime UTC" "$@"
  }
  case $format in
  tar) pack -- "$@";;
  gz) pack --use-compress-program='gzip -n' -- "$@";;
  xz) pack --use-compress-program=xz -- "$@";;
  zst) pack --use-compress-program='zstd -q' -- "$@";;
  zip)
    part=$part.zip
    find "$@" -type f -print | LC_ALL=C sort | TZ=UTC zip -q -X "$part" -@
    mv -f -- "$part" "${part%.zip}";;
  esac
)
mv -f -- "$part" "$to"
sum=$(sha256sum < "$to")
printf 'path=%s\nsha256=%s\nsize=%s\n' "$to" "${sum%% *}" "$(wc -c < "$to" | tr -d ' ')" >> "$BATON_OUTPUT"]]

-- A step that packs files and folders, relative to `root`, into an archive: .tar, .tar.gz, .tar.xz, .tar.zst or .zip.
-- The same files make the same tar archive, byte for byte; `mtime` is the time that all files in it get. It emits
-- `path`, `sha256` and `size`, in bytes.
function files.archive(given)
  local own, step = read_archive(given)
  local format = format_of("files.archive", own.to, own.format, 2)
  step.run = command(pack, own.to, own.root, format, own.mtime, own.files)
  return step
end

local read_extract = options.schema("files.extract", {
  file = { "text", required = true, filled = true }, to = { "text", required = true, filled = true },
  strip = { "integer", min = 0, default = 0 },
})

-- A step that unpacks an archive into a folder, which is made. `strip`: how many folders are cut off from the names in
-- it; of tar archives only.
function files.extract(given)
  local own, step = read_extract(given)
  if own.strip > 0 and type(own.file) == "string" and own.file:find "%.zip$" then
    error('files.extract: "strip" is for tar archives, not for zip', 2)
  end
  step.run = command([[
mkdir -p -- "$2" || exit
case $1 in
*.zip) [ "$3" = 0 ] || { echo "strip is for tar archives, not for $1" >&2; exit 2; }; unzip -q -o "$1" -d "$2";;
*) tar --extract --file="$1" --directory="$2" --strip-components="$3";;
esac]], own.file, own.to, own.strip)
  return step
end

local algorithms = { "b2", "md5", "sha1", "sha224", "sha256", "sha384", "sha512" }

local read_checksum = options.schema("files.checksum", {
  files = { "texts", required = true, filled = true }, to = { "text", default = "SHA256SUMS" },
  algorithm = { "choice", of = algorithms, default = "sha256" },
})

-- A step that writes the checksums of files, as sha256sum does. It emits `path`, and `digest`: that of the file, or,
-- of several, that of the list.
function files.checksum(given)
  local own, step = read_checksum(given)
  step.run = command([[
set -e
sum=$1 to=$2
shift 2
"$sum" -- "$@" > "$to.part"
mv -f -- "$to.part" "$to"
if [ $# = 1 ]; then digest=$("$sum" < "$1"); else digest=$("$sum" < "$to"); fi
printf 'path=%s\ndigest=%s\n' "$to" "${digest%% *}" >> "$BATON_OUTPUT"]], own.algorithm .. "sum", own.to, own.files)
  return step
end

local read_verify = options.schema("files.verify", {
  sums = { "text", default = "SHA256SUMS" }, algorithm = { "choice", of = algorithms, default = "sha256" },
}, { main = "sums" })

-- A step that fails where a file is not what its checksum says, or not there.
function files.verify(given)
  local own, step = read_verify(given)
  step.run = { own.algorithm .. "sum", "--check", "--strict", "--quiet", "--", own.sums }
  return step
end

return files
