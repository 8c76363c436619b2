import BatonModel
import BatonRuntime
import Glibc

/// Follows the JSON lines that a command appends to `$BATON_EVENTS`.
struct EventsFile {
  /// Bytes in one reading, and the longest line.
  static let limit = 16 << 20

  let path: String
  private var offset = 0
  /// The beginning of a line whose end has not been written yet.
  private var partial: [UInt8] = []
  /// Whether the file was there the last time.
  private(set) var exists = false

  init(path: String) { self.path = path }

  /// What has been appended since the last time. `isLast`: nothing more will come, so that a line without an end counts too.
  mutating func read(isLast: Bool) -> [CommandReport] {
    guard let bytes = Descriptor.contents(of: path, from: offset, limit: Self.limit) else {
      exists = errno != ENOENT
      guard errno == EFBIG, offset != .max else { return isLast ? take([], isLast: true) : [] }
      offset = .max
      return [.unreadable("more than 16 MB at once; the rest is not read")]
    }
    exists = true
    offset = offset == .max ? .max : offset + bytes.count
    return take(bytes, isLast: isLast)
  }

  mutating func take(_ bytes: [UInt8], isLast: Bool) -> [CommandReport] {
    if bytes.isEmpty, !isLast || partial.isEmpty { return [] }
    partial += bytes
    var reports: [CommandReport] = []
    var start = 0
    while let end = partial[start...].firstIndex(of: 0x0A) {
      Self.append(partial[start..<end], to: &reports)
      start = end + 1
    }
    partial.removeFirst(start)
    if isLast {
      Self.append(partial[...], to: &reports)
      partial = []
    }
    return reports
  }

  private static func append(_ line: ArraySlice<UInt8>, to reports: inout [CommandReport]) {
    guard line.contains(where: { $0 > 0x20 }) else { return }
    let value: Value
    do throws(JSON.Failure) { value = try JSON.decode(line, isGiven: true) } catch {
      reports.append(.unreadable("\(quoted(line)): not JSON: \(error.message)"))
      return
    }
    if let problem = Self.problem(value) {
      reports.append(.unreadable("\(quoted(line)): \(problem)"))
      return
    }
    let told = Self.reports(value)
    if told.isEmpty {
      reports.append(.unreadable("\(quoted(line)): expected progress, text, metric and value, or checkpoint"))
    }
    reports += told
  }

  /// The longest name of a metric, in characters.
  static let longestName = 200
  /// The longest text of progress, in characters; of longer ones this much is kept.
  static let longestText = 500
  /// What a checkpoint may come to as JSON, in bytes: it is handed on in the environment, which the system bounds.
  static let largestCheckpoint = 100_000

  /// What keeps a line from being taken at all.
  private static func problem(_ value: Value) -> String? {
    if let name = value["metric"]?.string, name.isEmpty || name.count > longestName {
      return name.isEmpty ? "a metric needs a name" : "the name of a metric has at most \(longestName) characters"
    }
    if let checkpoint = value["checkpoint"], JSON.encode(checkpoint).utf8.count > largestCheckpoint {
      return "a checkpoint has at most \(largestCheckpoint / 1000) kB; write more into a file, and name the file"
    }
    return nil
  }

  private static func shortened(_ text: String) -> String {
    guard let end = text.index(text.startIndex, offsetBy: longestText, limitedBy: text.endIndex), end < text.endIndex
    else { return text }
    return "\(text.prefix(longestText - 1))…"
  }

  /// A line may tell several things at once.
  private static func reports(_ value: Value) -> [CommandReport] {
    guard case .map(let fields) = value else { return [] }
    var reports: [CommandReport] = []
    if let metric = fields["metric"] {
      guard let name = metric.string, let number = fields["value"]?.number else { return [] }
      reports.append(.metric(name: name, value: number))
    }
    let fraction = fields["progress"]?.number
    let text = fields["text"]?.string.map(shortened)
    if fraction != nil || text != nil {
      reports.append(
        .progress(fraction: fraction.flatMap { $0.isNaN ? nil : min(max($0, 0), 1) }, text: text))
    }
    if let checkpoint = fields["checkpoint"] { reports.append(.checkpoint(checkpoint)) }
    return reports
  }

  private static func quoted(_ line: ArraySlice<UInt8>) -> String {
    "\"\(String(decoding: line.prefix(80), as: UTF8.self))\""
  }
}
