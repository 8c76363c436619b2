import BatonLua
import BatonModel
import Testing

/// What the program itself says of its language.
enum Program {
  private static func request(_ source: String) -> Script.Request {
    Script.Request(
      file: "test.lua", absolutePath: "/work/test.lua", source: Array(source.utf8),
      observations: Observations(time: Instant(milliseconds: 1_700_000_000_000), seed: 1))
  }

  /// The mistakes of a script as a user sees them.
  static func mistakes(_ source: String) -> String {
    do throws(Diagnostics) {
      _ = try Script.load(request(source))
      return ""
    } catch { return error.text }
  }

  /// What a script prints.
  static func printed(_ source: String) throws -> [String] {
    final class Lines { var all: [String] = [] }
    let lines = Lines()
    var request = request(source)
    request.onPrint = { lines.all.append($0) }
    do throws(Diagnostics) { _ = try Script.load(request) } catch {
      Issue.record("\(error.text)")
    }
    return lines.all
  }

  /// The fields that a table may have, as the message about one that it may not have lists them.
  static func fields(_ source: String) -> Set<String> {
    let text = mistakes(source)
    for mark in ["known: ", "known are ", "it has "] {
      guard let start = text.firstRange(of: mark)?.upperBound else { continue }
      let line = text[start...].prefix { $0 != "\n" }
      return Set(
        line.replacing(" and ", with: ", ").split(separator: ",").map { word in
          String(word.drop { " \"".contains($0) }.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        })
    }
    Issue.record("no list of fields in: \(text)")
    return []
  }

  /// The globals of workflows, or of specs.
  static func globals(spec: Bool) throws -> Set<String> {
    final class Names { var all: [LuaItem] = [] }
    let names = Names()
    let tail = "\nlocal names = {} for name in pairs(sandbox) do names[#names + 1] = name end host.report(names)"
    _ = try SpecMachine(request(""), words: (spec ? Stdlib.spec : []) + Array(tail.utf8)) { vm throws(LuaFailure) in
      try vm.register("report") { call in
        if case .table(let table)? = call.arguments.first { names.all = table.items }
        return .none
      }
    }
    return Set(names.all.compactMap { if case .string(let text) = $0 { text } else { nil } })
  }

  /// What Lua itself brings, in every script.
  static let lua: Set<String> = [
    "_G", "_VERSION", "assert", "collectgarbage", "coroutine", "error", "getmetatable", "ipairs", "load", "math",
    "next",
    "os", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable",
    "string", "table", "tonumber", "tostring", "type", "utf8", "xpcall",
  ]
}
