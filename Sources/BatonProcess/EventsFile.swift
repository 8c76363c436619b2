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
    do throws(JSON.Failure) { value = try JSON.decode(line) } catch {
      reports.append(.unreadable("\(quoted(line)): not JSON: \(error.message)"))
      return
    }
    let told = Self.reports(value)
    if told.isEmpty {
      reports.append(.unreadable("\(quoted(line)): expected progress, text, metric and value, or checkpoint"))
    }
    reports += told
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
    let text = fields["text"]?.string
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
