---@meta baton.files
-- Files: globs, and steps that copy, pack, compare and write.

local files = {}

---Whether a path matches a glob, or one of a list. `*` and `?` stop at slashes, `**` does not; also `[a-z]`, `{a,b}`.
---@param globs string|string[]
---@param path string
---@return boolean
function files.matches(globs, path) end

---Those paths that match one of the globs and none of the others, in the order of the list.
---@param paths string[]
---@param globs string|string[]
---@param exclude? string|string[]
---@return string[]
function files.filter(paths, globs, exclude) end

---@class baton.files.Find: baton.Common
---@field files string|string[] Globs.
---@field exclude? string|string[] Globs.
---@field hidden? boolean `false`: nothing that begins with a dot.

---A step that looks for files. Emits `files`, sorted, and `count`.
---@param options baton.files.Find|string
---@return baton.Step
function files.find(options) end

---@class baton.files.Copy: baton.Common
---@field from baton.Text|baton.Text[] Files and folders.
---@field to baton.Text A folder, which is made.

---A step that copies files and folders into a folder.
---@param options baton.files.Copy
---@return baton.Step
function files.copy(options) end

---@class baton.files.Write: baton.Common
---@field path baton.Text
---@field text baton.Text May have refs and secrets in it.
---@field mode? string As chmod takes it; default `"644"`.

---A step that writes a text to a file, whole or not at all. Emits `path`.
---@param options baton.files.Write
---@return baton.Step
function files.write(options) end

---@class baton.files.Archive: baton.Common
---@field files baton.Text|baton.Text[] Files and folders, relative to `root`.
---@field to baton.Text
---@field root? baton.Text
---@field format? "tar"|"gz"|"xz"|"zst"|"zip" Default: by the suffix of `to`.
---@field mtime? string The time that all files in it get; default `"1970-01-01"`.

---A step that packs files; the same files make the same tar archive. Emits `path`, `sha256` and `size`, in bytes.
---@param options baton.files.Archive
---@return baton.Step
function files.archive(options) end

---@class baton.files.Extract: baton.Common
---@field file baton.Text
---@field to baton.Text A folder, which is made.
---@field strip? integer How many folders are cut off from the names in it; of tar archives only.

---A step that unpacks an archive.
---@param options baton.files.Extract
---@return baton.Step
function files.extract(options) end

---@alias baton.files.Algorithm "b2"|"md5"|"sha1"|"sha224"|"sha256"|"sha384"|"sha512"

---@class baton.files.Checksum: baton.Common
---@field files baton.Text|baton.Text[]
---@field to? baton.Text Default `"SHA256SUMS"`.
---@field algorithm? baton.files.Algorithm

---A step that writes checksums. Emits `path`, and `digest`: that of the file, or, of several, that of the list.
---@param options baton.files.Checksum
---@return baton.Step
function files.checksum(options) end

---@class baton.files.Verify: baton.Common
---@field sums? baton.Text Default `"SHA256SUMS"`.
---@field algorithm? baton.files.Algorithm

---A step that fails where a file is not what its checksum says.
---@param options? baton.files.Verify|baton.Text
---@return baton.Step
function files.verify(options) end

return files
