local files = require "baton.files"

describe("files.matches", function()
  local function yes(glob, ...)
    for _, path in ipairs { ... } do assert.is_true(files.matches(glob, path), path) end
  end
  local function no(glob, ...)
    for _, path in ipairs { ... } do assert.is_false(files.matches(glob, path), path) end
  end

  it("stops at slashes", function()
    yes("*.c", "a.c", ".c")
    no("*.c", "src/a.c", "a.cc", "axc")
    yes("src/?.c", "src/a.c", "src/é.c")
    no("src/?.c", "src/ab.c", "src/.c")
  end)

  it("takes folders with two stars", function()
    yes("src/**", "src/a", "src/b/c.d")
    no("src/**", "src", "source/a")
    yes("**/*.lua", "a.lua", "x/y/a.lua")
    yes("a/**/b/**/c", "a/b/c", "a/x/b/b/y/c", "a/b/b/c")
    no("a/**/b/**/c", "a/c", "b/c", "a/b/c/d")
    yes("**", "a", "a/b")
  end)

  it("takes sets and alternatives", function()
    yes("[a-c]x", "ax", "cx")
    no("[a-c]x", "dx", "x")
    yes("[!a-c]x", "dx")
    no("[!a-c]x", "ax")
    yes("[]%]", "]", "%")
    yes("*.{c,h{,pp}}", "a.c", "a.h", "a.hpp")
    no("*.{c,h{,pp}}", "a.pp", "a.{c,h}")
    yes("{src,test}/**", "src/a", "test/b/c")
  end)

  it("takes everything else as it is", function()
    yes("a.b+(1)%$", "a.b+(1)%$")
    no("a.b", "axb")
    yes("a[b", "a[b")
    yes("a{b", "a{b")
    yes("./a//b", "a/b")
    no("/a", "a")
    yes("/a/*", "/a/b")
    yes({ "x", "y" }, "y")
  end)

  it("takes globs and a path", function()
    assert.has_error(function() return files.matches(5, "a") or 1 end,
      "files.matches takes a glob or a list of globs, not 5")
    assert.has_error(function() return files.matches({ {} }, "a") or 1 end,
      "files.matches takes a glob or a list of globs, not a table")
    assert.has_error(function() return files.matches("a") or 1 end, "files.matches takes a path, not nil")
  end)
end)

describe("files.filter", function()
  it("keeps the order", function()
    assert.same({ "b.c", "a.c" }, files.filter({ "b.c", "x", "t_test.c", "a.c" }, "*.c", { "*_test.c" }))
    assert.has_error(function() return #files.filter("a", "b") end, 'files.filter takes a list of paths, not "a"')
  end)
end)

-- The one step of a workflow.
local function step(fields, mocks)
  return simulate {
    source = 'local files = require "baton.files"\nstep "x" (' .. fields .. ")", steps = mocks or {},
  }.steps.x
end

describe("files.find", function()
  it("lists what is below the roots of its globs, and takes what matches", function()
    local run = simulate {
      source = [[
        local files = require "baton.files"
        local found = step "found" (files.find {
          files = { "src/**/*.c", "{lib,ext}/*.c", "Makefile", "*.c" }, exclude = "**/*_test.c", hidden = false,
          cwd = "sub",
        })
        matrix "m" { depends = found, axes = { file = found.out.files }, step = { run = { "cc", cell.file } } }
      ]],
      steps = { ["found/exec-1"] = {
        output = "./src/b.c\0./src/x/a.c\0./src/.x/a.c\0./src/a_test.c\0./src/a.h\0./src/b.c\0",
      } },
    }
    assert.same({ files = { "src/b.c", "src/x/a.c" }, count = 2 }, run.steps.found.out)
    assert.same({ "./src", "./lib", "./ext", "./Makefile", "." },
      { table.unpack(run.steps["found/exec-1"].args, 5) })
    assert.matches("/sub$", run.steps["found/exec-1"].cwd)
    local compiled = {}
    for name, one in pairs(run.steps) do
      if name:find "^m%[" then compiled[#compiled + 1] = one.command end
    end
    assert.same({ "cc src/b.c", "cc src/x/a.c" }, compiled)
  end)

  it("finds nothing", function()
    local run = simulate {
      source = [[step "x" ((require "baton.files").find "*.c")]], steps = { ["x/exec-1"] = { output = "" } },
    }
    assert.same({ files = {}, count = 0 }, run.steps.x.out)
  end)

  it("checks its options", function()
    assert.has_error(function() return #files.find {} end, 'files.find: "files" is missing')
    assert.has_error(function() return #files.find { files = "a", exlude = "b" } end,
      'files.find: there is no option "exlude": did you mean "exclude"?')
  end)
end)

describe("steps", function()
  it("refuse empty names", function()
    for _, call in ipairs {
      { files.write, { path = "", text = "x" }, "path" }, { files.copy, { from = "x", to = "" }, "to" },
      { files.copy, { from = { "x", "" }, to = "y" }, "from" }, { files.find, "", "files" },
    } do
      local done, message = pcall(call[1], call[2])
      assert.is_false(done)
      assert.is_true(message:find('"' .. call[3] .. '" is empty', 1, true) ~= nil)
    end
  end)

  it("copy", function()
    local copy = step [[files.copy { from = { "a b", "-c" }, to = "out", timeout = "1m" }]]
    assert.same({ "out", "a b", "-c" }, { table.unpack(copy.args, 5) })
  end)

  it("write", function()
    local write = step [[files.write { path = "x/y", text = "it's\n" }]]
    assert.equal("it's\n", write.stdin)
    assert.same({ "x/y", "644" }, { table.unpack(write.args, 5) })
  end)

  it("pack", function()
    local pack = step [[files.archive { files = "bin", to = "dist/a.tgz" }]]
    assert.same({ "dist/a.tgz", ".", "gz", "1970-01-01", "bin" }, { table.unpack(pack.args, 5) })
    for name, format in pairs { ["a.tar"] = "tar", ["a.tar.xz"] = "xz", ["a.tar.zst"] = "zst", ["a.zip"] = "zip" } do
      assert.equal(format, step(([[files.archive { files = "bin", to = %q }]]):format(name)).args[7])
    end
  end)

  it("unpack", function()
    local extract = step [[files.extract { file = "a.tar.gz", to = "out", strip = 1 }]]
    assert.same({ "a.tar.gz", "out", "1" }, { table.unpack(extract.args, 5) })
    assert.matches("unzip", step([[files.extract { file = "a.zip", to = "out" }]]).args[3])
  end)

  it("reckon and compare checksums", function()
    local sums = step [[files.checksum { files = { "a", "b" }, algorithm = "sha512", to = "SUMS" }]]
    assert.same({ "sha512sum", "SUMS", "a", "b" }, { table.unpack(sums.args, 5) })
    assert.equal("sha256sum --check --strict --quiet -- 'my sums'", step([[files.verify "my sums"]]).command)
  end)

  it("take refs", function()
    local run = simulate {
      source = [[
        local files = require "baton.files"
        local pack = step "pack" (files.archive { files = "bin", to = "a.tar" })
        step "copy" (files.copy { from = pack.out.path, to = "x/" .. pack.out.sha256 })
      ]],
      steps = { pack = { out = { path = "a b.tar", sha256 = "f00" } } },
    }
    assert.same({ "x/f00", "a b.tar" }, { table.unpack(run.steps.copy.args, 5) })
  end)

  it("check their options", function()
    local function says(sentence, make, given)
      assert.has_error(function() return #make(given) end, sentence)
    end
    says('files.copy: "from" is missing\nfiles.copy: "to" is missing', files.copy, {})
    says('files.copy: "from" must be a string or a list of strings, not true', files.copy, { from = true, to = "x" })
    says('files.write: "text" is missing', files.write, { path = "a" })
    says('files.write: "stdin" is not for you to say: it is the text', files.write,
      { path = "a", text = "", stdin = "" })
    says('files.archive: what "a.rar" is to be is told by no suffix: '
      .. 'say format = "tar", "gz", "xz", "zst" or "zip"', files.archive, { files = "a", to = "a.rar" })
    says('files.archive: "format" must be one of "gz", "tar", "xz", "zip", "zst", not "rar"', files.archive,
      { files = "a", to = "b", format = "rar" })
    says('files.extract: "strip" must be an integer from 0 on, not -1', files.extract,
      { file = "a.tar", to = "b", strip = -1 })
    says('files.extract: "strip" is for tar archives, not for zip', files.extract,
      { file = "a.zip", to = "b", strip = 1 })
    says('files.checksum: "algorithm" must be one of "b2", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", '
      .. 'not "crc"', files.checksum, { files = "a", algorithm = "crc" })
    says('files.verify: there is no option "sum": did you mean "sums"?', files.verify, { sum = "a" })
  end)

  it("blame the line of the caller", function()
    for _, make in ipairs { files.copy, files.write, files.archive, files.extract, files.checksum, files.find } do
      local _, message = pcall(function() return #make {} end)
      assert.matches("^%S*files_test.lua:%d+: files.", message)
    end
    local _, message = pcall(function() return #files.archive { files = "a", to = "x" } end)
    assert.matches("^%S*files_test.lua:%d+: files.archive: what", message)
  end)
end)
