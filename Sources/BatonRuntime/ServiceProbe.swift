import BatonCore
import BatonModel

/// A probe that Baton carries out itself, in a process of its own: what that is told on its standard input.
public struct ServiceProbe: Sendable, Hashable {
  /// The word by which the program carries one out.
  public static let command = "probe"
  /// Set for it, so that nobody comes to it by chance.
  public static let variable = "BATON_SERVICE_FOLDER"

  public enum Kind: Sendable, Hashable {
    case tcp(host: String, ports: [Int])
    /// The text that must be in the content, and path → value of its JSON.
    case http(url: String, statuses: [Int64], contains: String?, json: [String: Value])
    /// The file, and a text in which `*` stands for any letters.
    case log(file: String, text: String)
    case sql(url: String, query: String, expect: String?)
  }

  public var kind: Kind
  public var timeout: Span
  /// Ports of this machine behind which a forwarder stands: it takes connections whether the service does or not.
  public var forwarded: [Int] = []

  /// What the process is told: with all that was not known when the script was read.
  static func question(
    _ probe: ProbeSpec, log: String, forwarded: [Int], _ evaluation: Evaluation
  ) throws(Evaluation.Failure) -> Value {
    var fields: [String: Value] = ["kind": .string(probe.name), "timeout": .integer(probe.timeout.nanoseconds)]
    func text(_ template: Template?) throws(Evaluation.Failure) -> Value {
      guard let template else { return .null }
      return .string(try evaluation.text(of: template))
    }
    switch probe.kind {
    case .command: break
    case .tcp(let host, let ports):
      fields["host"] = try text(host)
      var numbers: [Value] = []
      for port in ports { numbers.append(try text(port)) }
      fields["ports"] = .list(numbers)
      if !forwarded.isEmpty { fields["forwarded"] = .list(forwarded.map { .integer(Int64($0)) }) }
    case .http(let url, let statuses, let contains, let json):
      fields["url"] = try text(url)
      fields["statuses"] = .list(statuses.map { .integer($0) })
      fields["contains"] = try text(contains)
      var values: [String: Value] = [:]
      for (path, expr) in json { values[path] = try evaluation.value(of: expr) }
      fields["json"] = .map(values)
    case .log(let pattern):
      fields["file"] = .string(log)
      fields["text"] = try text(pattern)
    case .sql(let url, let query, let expect):
      fields["url"] = try text(url)
      fields["query"] = try text(query)
      fields["expect"] = try text(expect)
    }
    return .map(fields)
  }

  /// nil where it is none.
  public init?(_ value: Value) {
    guard let timeout = value["timeout"]?.integer else { return nil }
    self.timeout = Span(nanoseconds: timeout)
    forwarded = (value["forwarded"]?.list ?? []).compactMap { $0.integer.flatMap { Int(exactly: $0) } }
    switch value["kind"]?.string {
    case "tcp":
      guard let host = value["host"]?.string else { return nil }
      kind = .tcp(host: host, ports: (value["ports"]?.list ?? []).compactMap { Int($0.text) })
    case "http":
      guard let url = value["url"]?.string else { return nil }
      kind = .http(
        url: url, statuses: (value["statuses"]?.list ?? []).compactMap(\.integer), contains: value["contains"]?.string,
        json: value["json"]?.map ?? [:])
    case "log":
      guard let file = value["file"]?.string, let text = value["text"]?.string else { return nil }
      kind = .log(file: file, text: text)
    case "sql":
      guard let url = value["url"]?.string, let query = value["query"]?.string else { return nil }
      kind = .sql(url: url, query: query, expect: value["expect"]?.string)
    default: return nil
    }
  }
}
