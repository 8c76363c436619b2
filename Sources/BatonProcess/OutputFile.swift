import BatonModel
import Glibc

/// Reads what a command appended to `$BATON_OUTPUT`: `name=value` lines, one JSON object a line, or, as GitHub Actions has
/// it, `name<<END`, lines of the value, and `END` on a line of its own. Blank lines count for nothing; the last value of a
/// name wins.
enum OutputFile {
  static let limit = 16 << 20

  struct Failure: Error {
    var text: String
    /// What was read before.
    var values: [String: Value] = [:]
  }

  /// Reads the file and removes it; nothing when there is none.
  static func take(_ path: String) throws(Failure) -> [String: Value] {
    guard let bytes = Descriptor.contents(of: path, limit: limit) else {
      let error = SystemError()
      if error.code == ENOENT { return [:] }
      unlink(path)
      switch error.code {
      case EFBIG: throw Failure(text: "BATON_OUTPUT has more than 16 MB; put large data into files")
      case EINVAL, ELOOP: throw Failure(text: "BATON_OUTPUT is no longer a regular file")
      default: throw Failure(text: "BATON_OUTPUT cannot be read: \(error.text)")
      }
    }
    unlink(path)
    return try parse(bytes)
  }

  static func parse(_ bytes: [UInt8]) throws(Failure) -> [String: Value] {
    var values: [String: Value] = [:]
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
    var number = 0
    func failure(_ what: String) -> Failure { Failure(text: "BATON_OUTPUT line \(number): \(what)", values: values) }
    while let raw = lines.popFirst() {
      number += 1
      let line = raw.last == 0x0D ? raw.dropLast() : raw
      guard let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }) else { continue }
      if line[start] == UInt8(ascii: "{") {
        let value: Value
        do throws(JSON.Failure) { value = try JSON.decode(line, isGiven: true) } catch {
          throw failure("not JSON: \(error.message)")
        }
        guard case .map(let fields) = value else { throw failure("not a JSON object") }
        values.merge(fields) { _, new in new }
        continue
      }
      let text = String(decoding: line, as: UTF8.self)
      if let marks = heredoc(text) {
        try check(marks.name, failure)
        var content: [Substring] = []
        let first = number
        while true {
          guard let next = lines.popFirst() else {
            number = first
            throw failure("the value of \"\(marks.name)\" is not ended by a line \"\(marks.end)\"")
          }
          number += 1
          let text = String(decoding: next.last == 0x0D ? next.dropLast() : next, as: UTF8.self)
          if text == marks.end { break }
          content.append(text[...])
        }
        values[String(marks.name)] = .string(content.joined(separator: "\n"))
        continue
      }
      guard let equals = text.firstIndex(of: "=") else {
        throw failure("expected name=value or a JSON object, found \"\(text.prefix(60))\"")
      }
      try check(text[..<equals], failure)
      values[String(text[..<equals])] = .string(String(text[text.index(after: equals)...]))
    }
    return values
  }

  private static func check(_ name: Substring, _ failure: (String) -> Failure) throws(Failure) {
    guard Names.isValid(String(name)) else {
      throw failure("\"\(name.prefix(60))\" is not a name (1 to 100 of A-Z a-z 0-9 _ . -)")
    }
  }

  private static func heredoc(_ line: String) -> (name: Substring, end: String)? {
    guard let bracket = line.firstIndex(of: "<"), line[bracket...].hasPrefix("<<"), !line[..<bracket].contains("=")
    else { return nil }
    let end = String(line[bracket...].dropFirst(2))
    return end.isEmpty ? nil : (line[..<bracket], end)
  }
}
