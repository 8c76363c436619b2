import BatonLua
import BatonModel
import BatonTestKit
import Glibc
import Testing

/// LANGUAGE.md, section 8: `require`.
@Suite struct ModuleTests {
  private let folder = ScratchFolder()
  private let second = ScratchFolder()

  private func load(_ source: String, roots: [String]) throws -> Script {
    var request = Lua.request(source)
    request.modules = ModuleSearch(folders: roots)
    do throws(Diagnostics) { return try Script.load(request) } catch { throw Lua.Failure(text: error.text) }
  }

  private func mistakes(_ source: String, roots: [String]) -> String {
    do { _ = try load(source, roots: roots) } catch { return "\(error)" }
    return ""
  }

  @Test("require looks in each root, for files and for folders with init.lua, and loads once") func roots() throws {
    folder.write("shop/release.lua", "return { name = 'first' }")
    second.write("shop/release.lua", "return { name = 'second' }")
    second.write("tools/init.lua", "return function(n) local tool = step(n) { run = 'tool' } return tool end")
    let script = try load(
      """
      local release, again = require "shop.release", require "shop.release"
      require "tools" "a"
      step "b" { run = release.name .. tostring(release == again) }
      """, roots: [folder.path, second.path])
    #expect(try script.node("b").command == .shell(.plain("firsttrue")))
    #expect(try script.node("a").place == SourcePlace(file: "\(second.path)/tools/init.lua", line: 1))
    #expect(
      script.loadedFiles == ["/work/test.lua", "\(folder.path)/shop/release.lua", "\(second.path)/tools/init.lua"])
    #expect(Set(script.observations.modules.keys) == ["shop.release", "tools"])
  }

  @Test("modules of the standard library are part of the program") func stdlib() throws {
    let script = try load(
      """
      local shell = require "baton.shell"
      step "a" { run = shell.join { "echo", "it's", "$HOME", "plain", "" } }
      """, roots: [])
    #expect(try script.node("a").command == .shell(.plain("echo 'it'\\''s' '$HOME' plain ''")))
    #expect(script.loadedFiles == ["/work/test.lua"])
  }

  @Test("a module that is not there, broken or circular is told with its place") func mistakes() {
    folder.write("broken.lua", "return {")
    folder.write("raises.lua", "\nerror('no')")
    folder.write("a.lua", "local b = require 'b' return b")
    folder.write("b.lua", "local a = require 'a' return a")
    folder.write("typo.lua", "step 'x' { rum = 'true' }")
    let roots = [folder.path]
    #expect(
      mistakes("\nrequire 'missing'", roots: roots)
        == "test.lua:2: error: there is no module \"missing\" (looked for \(folder.path)/missing.lua)")
    #expect(
      mistakes("require 'baton.shel'", roots: [])
        == "test.lua:1: error: there is no module \"baton.shel\": did you mean \"baton.shell\"?")
    #expect(mistakes("require 'broken'", roots: roots).contains("\(folder.path)/broken.lua:1: "))
    #expect(mistakes("require 'raises'", roots: roots) == "\(folder.path)/raises.lua:2: error: no")
    #expect(
      mistakes("require 'a'", roots: roots) == "\(folder.path)/b.lua:1: error: modules require each other: a → b → a")
    #expect(mistakes("require '../x'", roots: roots).contains("\"../x\" is no name of a module"))
    #expect(
      mistakes("require(5)", roots: roots) == "test.lua:1: error: require takes the name of a module, not an integer")
    #expect(
      mistakes("require 'typo'", roots: roots).hasPrefix(
        "\(folder.path)/typo.lua:1:12: error: step \"x\": there is no field \"rum\""))
  }

  /// The repository's folder of the standard library.
  private static let stdlib = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/stdlib"

  private func bytes(_ name: String) throws -> [UInt8] {
    let file = try #require(fopen("\(Self.stdlib)/\(name)", "r"))
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }

  @Test("what a module of the standard library declares is declared where it was called") func places() throws {
    let script = try load(
      """
      local python = require "baton.python"
      local venv = python.venv {
        packages = "pytest" }
      step "unit" (venv:run "pytest")
      """, roots: [])
    #expect(try script.node("venv").place.line == 2)
    #expect(
      mistakes("local python = require 'baton.python'\npython.venv { timeout = 'soon' }", roots: []).hasPrefix(
        "test.lua:2:15: error: step \"venv\": \"timeout\" must be a duration"))
    #expect(
      mistakes("local python = require 'baton.python'\nlocal a = python.venv {}\nlocal b = python.venv {}", roots: [])
        == "test.lua:3: error: step \"venv\" is declared twice\n  the first is at test.lua:2")
  }

  @Test("the types that are built in are the files of stdlib") func embedded() throws {
    #expect(try bytes("meta/baton.lua") == Stdlib.typeDefinitions)
    for (module, text) in Stdlib.moduleTypes { #expect(try bytes("meta/\(module).lua") == text, "\(module)") }
  }

  @Test("every module of stdlib is built in, and loads with nothing but itself") func complete() throws {
    let folder = try #require(opendir("\(Self.stdlib)/baton"))
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      guard name.hasSuffix(".lua"), !name.hasSuffix("_test.lua") else { continue }
      let module = "baton.\(name.dropLast(4))"
      let script = try load("require '\(module)'", roots: [])
      #expect(script.observations.modules.keys.contains(module), "\(module)")
      #expect(script.loadedFiles == ["/work/test.lua"], "\(module)")
      count += 1
    }
    #expect(count == Set(Stdlib.moduleNames).count)
  }
}
