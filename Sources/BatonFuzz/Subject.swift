import BatonCore
import BatonFiles
import BatonLua
import BatonModel

/// Something that reads texts which others wrote.
struct Subject: Sendable {
  var name: String
  /// Good texts to start from.
  var seeds: [String]
  /// Pieces that matter in the language.
  var words: [String]
  /// Reads the text: whether it was accepted.
  /// - Throws: When an accepted text does not have the properties that it must have.
  var read: @Sendable ([UInt8]) throws(FuzzError) -> Bool

  static var all: [Subject] { [json, records, globs, script, imports] + results }

  /// What was read and written again is the same.
  static let json = Subject(
    name: "json",
    seeds: [
      #"{"name":"gate","on":[true,false,null],"n":-12.5e-3,"i":9223372036854775807,"deep":{"a":[[[]]]}}"#,
      #"["é","😀","\u00e9\ud83d\ude00","\"\\\/\b\f\n\r\t",""]"#, "0", #""text""#, "[1,2.0,1e10,-0]",
    ],
    words: [
      "{", "}", "[", "]", ",", ":", "\"", "\\u", "\\ud83d", "null", "true", "1e999", "-", "0", "9223372036854775808",
      "\0",
      "[[[[[[[[", "\u{FEFF}",
    ],
    read: { text throws(FuzzError) in
      guard let value = try? JSON.decode(text) else { return false }
      for written in [JSON.encode(value), JSON.encodePretty(value)] {
        guard let again = try? JSON.decode(written), JSON.encode(again) == JSON.encode(value) else {
          throw FuzzError("read again, it differs: \(written)")
        }
      }
      return true
    })

  /// A stored record that can be read is written as it was read.
  static let records = Subject(
    name: "records",
    seeds: [
      #"step.ended ["step","succeeded",null,false,["succeeded",1700,1800,"local"],{"version":"1.2"},["run","make"]]"#,
      #"attempt.failed ["exited:2",1700,1800,"local","retry",1900]"#, #"attempt.started ["local",4711]"#,
      #"step.intended ["lint",1,"types",1]"#, #"step.metric ["p95_ms",12.5]"#, #"step.progress [0.4,"shard 4 of 10"]"#,
      #"gate.judged {"findings":[],"measured":{},"otherwise":"halt","passed":true}"#,
      #"notify.sent {"attempts":1,"error":"","key":"k","name":"n"}"#,
      #"run.ended {"reason":null,"status":"succeeded"}"#,
      #"run.halting {"by":"","reason":"enough"}"#, #"step.checkpoint {"epoch":3}"#, #"group.expanded {"x":[1,2]}"#,
    ],
    words: [
      "null", "\"", "[", "]", "exited:", "signaled:9", "retry", "failover", "resume", ",", "-1", "1e999",
      "99999999999999999999",
    ],
    read: { text throws(FuzzError) in
      guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return false }
      let kind = String(decoding: text[..<space], as: UTF8.self)
      func decoded(_ body: [UInt8]) -> Record? {
        body.withUnsafeBufferPointer { try? RecordCoding.record(kind: kind, step: "s", attempt: 1, body: $0) }
      }
      guard let record = decoded(Array(text[(space + 1)...])) else { return false }
      var written: [UInt8] = []
      RecordCoding.appendBody(of: record, to: &written)
      guard let again = decoded(written) else {
        throw FuzzError("cannot be read again: \(String(decoding: written, as: UTF8.self))")
      }
      var twice: [UInt8] = []
      RecordCoding.appendBody(of: again, to: &twice)
      guard twice == written else {
        throw FuzzError("read again, it differs: \(String(decoding: twice, as: UTF8.self))")
      }
      return true
    })

  static let globs = Subject(
    name: "globs", seeds: ["src/**/*.{c,h}", "!build/**", "a/[a-z0-9]?/*", "**", "{a,{b,c}}/x", "./a/../b"],
    words: ["*", "**", "?", "[", "]", "{", "}", ",", "!", "/", "\\", "..", "-", "{{{{", "**/**/"],
    read: { text throws(FuzzError) in
      // Braces multiply: what a person writes is short.
      let pattern = String(decoding: text.prefix(200), as: UTF8.self)
      return (try? GlobSet([pattern])) != nil
    })

  /// A script becomes a plan or mistakes with places, whatever stands in it; the same script gives the same plan.
  static let script = Subject(
    name: "script",
    seeds: [
      """
      workflow "w" { params = { n = param.integer { default = 4, min = 1 } }, env = { A = "b" } }
      local a = step "a" { run = [[echo "v=1" >> "$BATON_OUTPUT"]], inputs = { "src/**" }, outputs = { "o" } }
      local m = matrix "m" { depends = a, axes = { x = { 1, 2 }, y = { "p", "q" } }, exclude = { { x = 1, y = "q" } },
        step = function(c) return { run = { "echo", c.y, a.out.v }, retry = { attempts = 3, backoff = "2s" } } end }
      gate "g" { depends = m, require = { pass_rate = ">= 0.98" }, otherwise = "branch" }
      """,
      """
      parallel "p" { max = 2, step "b" "true", sequence "s" { step "c" { run = "a" .. "b" }, { step "d" "x", step "e" "y" } } }
      local f = step "f" { run = function(deps) return { "echo" } end, when = "finished", timeout = "1h30m" }
      depends(f, { "p" })
      notify "n" { on = { "failed" }, to = command { run = "cat" }, message = "x " .. f.out.a.b:map(function(v) return v end) }
      for i = 1, 3 do step("l" .. i) { run = "true", priority = i, resources = { cpu = 1, memory = "1G" }, failover = { { run = "z" } } } end
      """,
    ],
    words: [
      "step", "matrix", "gate", "function() ", " end ", "{", "}", "(", ")", "[[", "]]", "--[[", "..", "out",
      "while true do end",
      "nil", "0x7fffffffffffffff", "1e308", "\"", "cell.", "params.", "secret ", "raw(", ":map(",
      "string.rep('x', 1e9)",
      "('a'):rep(99):find(('a*'):rep(99) .. 'b')", "setmetatable({}, {__index = function() error('x') end})", "goto ",
      "\0",
    ],
    read: { text throws(FuzzError) in
      func plan() -> Result<Int, Diagnostics> {
        var request = Script.Request(
          file: "fuzz.lua", absolutePath: "/fuzz.lua", source: text,
          observations: Observations(time: Instant(nanoseconds: 0), seed: 1))
        request.limit = Span(milliseconds: 500)
        request.memoryLimit = 64 << 20
        do throws(Diagnostics) { return .success(try Script.load(request).plan.nodes.count) } catch {
          return .failure(error)
        }
      }
      switch plan() {
      case .success: return true
      case .failure(let mistakes):
        guard !mistakes.items.isEmpty, mistakes.items.allSatisfy({ !$0.message.isEmpty }) else {
          throw FuzzError("refused without saying why")
        }
        return false
      }
    })
}
