import BatonLua
import BatonModel
import BatonTestKit
import Testing

/// A module that means ill, and what has to come of it. It gives back a text that begins with "ESCAPED" where it got what it
/// wanted.
struct Attack: Sendable, CustomTestStringConvertible {
  /// What has to come of it.
  enum End: Sendable {
    /// It runs, and reaches nothing.
    case harmless
    /// It fails with an error that contains this, and its neighbours go on.
    case refused(String)
    /// The script ends, whatever it catches, with an error that contains this.
    case ended(String)
  }

  /// Where it was published.
  var source: String
  var code: String
  var end: End
  /// How long it may take; not until that is over, whatever ends by itself.
  var limit: Span

  init(_ source: String, _ code: String, _ end: End) {
    self.source = source
    self.code = code
    self.end = end
    if case .ended(let part) = end, part.contains("400ms") {
      limit = Span(milliseconds: 400)
    } else {
      limit = Span(seconds: 20)
    }
  }

  var testDescription: String { source }
}

/// A project with an honest workflow, honest modules, and one that attacks them.
struct AttackedProject {
  private let folder = ScratchFolder()

  init() {
    write("victim", Self.victim)
    write("late", Self.checks + "return { check = check }")
  }

  /// A file in the folder of modules.
  func path(_ name: String) -> String { "\(folder.path)/modules/\(name).lua" }

  func write(_ module: String, _ text: String) { folder.write("modules/\(module).lua", text) }

  /// Writes a file beside the folder of modules, and gives its path.
  @discardableResult
  func writeOutside(_ text: String) -> String { folder.write("outside.lua", text) }

  /// What came of a workflow that requires the attacking module.
  struct Outcome {
    /// What `pcall(require, "evil")` gave, in words: "fine", "refused", and the value or the error.
    var said: [String] = []
    /// What is wrong with the workflow.
    var mistakes = ""
  }

  /// Reads the workflow.
  func attack(with code: String, caught: Bool = true, limit: Span = Span(seconds: 20)) -> Outcome {
    write("evil", code)
    let outcome = Box()
    var request = Script.Request(
      file: "w.lua", absolutePath: folder.path + "/w.lua", source: Array(Self.workflow(caught).utf8),
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1),
      environment: { $0 == "HOME" ? "/home/ada" : nil }, modules: [folder.path + "/modules"])
    request.limit = limit
    request.memoryLimit = 96 << 20
    request.onPrint = { outcome.value.said.append($0) }
    do throws(Diagnostics) {
      _ = try Script.load(request)
    } catch {
      outcome.value.mistakes = error.text
    }
    return outcome.value
  }

  private final class Box { var value = Outcome() }

  /// Fails where the words of the language do not do what they always do.
  private static let checks = #"""
    local function check(where)
      local function same(got, wanted, what)
        if got ~= wanted then error(where .. ": " .. what .. " is broken: " .. tostring(got), 0) end
      end
      same(string.format("%d-%s", 7, "x"), "7-x", "string.format")
      same(("abc"):upper():rep(2), "ABCABC", "a method of a string")
      same(("x").planted, nil, "a string")
      same(table.concat({ 1, 2, 3 }, ","), "1,2,3", "table.concat")
      same(select("#", table.unpack({ 1, 2, 3 })), 3, "table.unpack")
      same(math.max(1, 5), 5, "math.max")
      same(utf8.len("ä"), 1, "utf8.len")
      same(tostring(nil) .. type({}), "niltable", "tostring")
      same(pcall(error, "x"), false, "pcall")
      same(next({}), nil, "next")
      same(load("return 'ab'")(), "ab", "load")
      same(coroutine.wrap(function() return 9 end)(), 9, "coroutine.wrap")
      same(os.time(), 1700000000, "os.time")
      same(params.who .. params.tags[1], "Adaa", "params")
      for name, value in pairs(params) do if name == "who" then same(value, "Ada", "pairs(params)") end end
      same(env.HOME, "/home/ada", "env")
      same(type(param.string), "function", "param.string")
      same(require("baton.shell").quote("a b"), "'a b'", "baton.shell")
      same(require("baton.json").encode({ a = 1 }), '{"a":1}', "baton.json")
      same(tostring(require("baton.json").null), "null", "baton.json.null")
      same(rawget(_G, "planted"), nil, "_G")
    end

    """#

  private static let victim =
    checks + """
      local key = "s3cret"
      local built = step "built" { run = "true" }
      return { check = check, compare = function(text) return text == key end, handle = built, ref = built.out.version }
      """

  private static func workflow(_ caught: Bool) -> String {
    """
    workflow "w" { params = { who = param.string { default = "Ada" }, tags = param.list { default = { "a" } } } }
    local victim = require "victim"
    \(caught ? "local fine, outcome = pcall(require, 'evil')" : "local fine, outcome = true, require 'evil'")
    local told, text = pcall(tostring, outcome)
    print(fine and "fine" or "refused")
    print(told and text or "not to be told")
    \(checks)
    victim.check "victim"
    require("late").check "late"
    check "main"
    if victim.handle.name ~= "built" then error "the handle is broken" end
    step "after" { run = "echo " .. victim.ref .. params.who }
    """
  }
}

extension Attack {
  /// Runs it.
  func check(prepare: (AttackedProject) -> Void = { _ in }) {
    let project = AttackedProject()
    prepare(project)
    let outcome = project.attack(with: code, limit: limit)
    let told = outcome.said + [outcome.mistakes]
    #expect(!told.contains { $0.contains("ESCAPED") }, "\(source): \(told)")
    switch end {
    case .harmless:
      #expect(outcome.mistakes == "", "\(source)")
      #expect(outcome.said.first == "fine", "\(source): \(told)")
    case .refused(let part):
      #expect(outcome.mistakes == "", "\(source)")
      #expect(outcome.said.first == "refused", "\(source): \(told)")
      #expect(outcome.said.last?.contains(part) == true, "\(source): \(told)")
    case .ended(let part):
      #expect(outcome.mistakes.contains(part), "\(source): \(told)")
    }
  }
}
