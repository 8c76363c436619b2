import BatonCore
import BatonFiles
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

  static var all: [Subject] { [json, records, globs] }

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
}
