import BatonModel

/// What `-p` and `--params` say, or a call.
public struct Parameters: Sendable, Hashable {
  /// From `-p name=value`: text that the parameter's kind reads.
  public var raw: [String: String] = [:]
  /// From `--params FILE.json`.
  public var typed: [String: Value] = [:]

  public init() {}

  /// - Parameter words: `name=value`, as given to `-p`.
  public init(_ words: [String]) throws(BatonError) {
    for word in words {
      guard let cut = word.firstIndex(of: "="), cut != word.startIndex else {
        throw BatonError(.usage, "-p needs name=value, not \"\(word)\"", cure: "for example: -p \(word)=1")
      }
      raw[String(word[..<cut])] = String(word[word.index(after: cut)...])
    }
  }

  /// What a call gives: its texts, numbers and booleans mean what `-p` makes of them.
  public init(call values: [String: Value]) {
    for (name, value) in values {
      switch value {
      case .string, .bool, .integer: raw[name] = value.text
      case .number(let number): raw[name] = Int64(exactly: number).map(String.init) ?? value.text
      case .null, .list, .map: typed[name] = value
      }
    }
  }

  /// Adds what a JSON file says; what `-p` says stands.
  public mutating func add(json text: [UInt8], file: String) throws(BatonError) {
    let value: Value
    do throws(JSON.Failure) {
      value = try JSON.decode(text, isGiven: true)
    } catch {
      throw BatonError(.usage, "\(file) is no JSON: \(error.message), at byte \(error.offset)")
    }
    guard case .map(let fields) = value else {
      throw BatonError(.usage, "\(file) must hold an object, not \(value.phrase)", cure: "for example: {\"shards\": 4}")
    }
    for (name, value) in fields where raw[name] == nil { typed[name] = value }
  }
}

/// `--set STEP.value=V`, and how `STEP` and its value are told apart.
public struct Repair: Sendable, Hashable {
  public var step: String
  public var name: String
  public var value: Value

  /// V is JSON where it begins like JSON, else a string. The value's name is what follows the last `.` before the first `=`
  /// outside brackets: `e2e[os=linux].url=x` sets `url` of `e2e[os=linux]`.
  public init(_ word: String) throws(BatonError) {
    let example = "for example: --set build.version=1.4.2"
    var depth = 0
    var cut: String.Index?
    var dot: String.Index?
    scan: for position in word.indices {
      switch word[position] {
      case "[": depth += 1
      case "]": depth -= 1
      case "=" where depth <= 0:
        cut = position
        break scan
      case "." where depth <= 0: dot = position
      default: break
      }
    }
    guard let cut else { throw BatonError(.usage, "--set needs STEP.VALUE=V, not \"\(word)\"", cure: example) }
    guard let dot, dot != word.startIndex, word.index(after: dot) != cut else {
      throw BatonError(
        .usage, "--set \(word) does not say which value of the step is set", cure: example)
    }
    step = String(word[..<dot])
    name = String(word[word.index(after: dot)..<cut])
    guard Names.isValid(name) else {
      throw BatonError(
        .usage, "--set \(word): \"\(name)\" is no name for a value", cure: "it is made of A-Z a-z 0-9 _ . -")
    }
    let text = String(word[word.index(after: cut)...])
    do throws(JSON.Failure) {
      value = try JSON.decode(text, isGiven: true)
    } catch {
      // What begins as a list, an object or a string is meant to be one, and 1e999 as a number.
      let begins = text.first { !$0.isWhitespace }.map { "[{\"".contains($0) } ?? false
      if begins || (try? JSON.decode(text)) != nil {
        throw BatonError(
          .usage, "--set \(word): its value is no JSON: \(error.message), at byte \(error.offset)",
          cure: "a text that begins like JSON is written in its quotes: \(step).\(name)=\(JSON.encode(.string(text)))")
      }
      value = .string(text)
    }
  }
}
