import BatonModel

/// Where readers hand over what they find: it knows the file's name, keeps the number of problems small, and remembers that
/// whoever takes the items wants no more.
final class ResultSink {
  /// So many problems of a file are told one by one.
  static let problemLimit = 20

  /// What problems call the file.
  let label: String
  /// False once the taker has thrown: readers stop then.
  private(set) var wantsMore = true
  private let take: (ResultItem) -> Bool
  private var problems = 0

  init(label: String, take: @escaping (ResultItem) -> Bool) {
    self.label = label
    self.take = take
  }

  func add(_ item: ResultItem) {
    if wantsMore { wantsMore = take(item) }
  }

  /// Adds a case; texts that are empty are none.
  func add(_ outcome: TestOutcome) {
    var outcome = outcome
    if outcome.message?.isEmpty == true { outcome.message = nil }
    if outcome.type?.isEmpty == true { outcome.type = nil }
    if outcome.details?.isEmpty == true { outcome.details = nil }
    if outcome.file?.isEmpty == true { outcome.file = nil }
    add(.test(outcome))
  }

  /// Adds a finding; a file without a name is none.
  func add(_ finding: Finding) {
    var finding = finding
    if finding.file?.isEmpty == true { finding.file = nil }
    add(.finding(finding))
  }

  /// Adds a measurement; a unit without a name is none.
  func add(_ measurement: Measurement) {
    var measurement = measurement
    if measurement.unit?.isEmpty == true { measurement.unit = nil }
    add(.measurement(measurement))
  }

  /// - Parameter line: From 1; nil: the file as a whole.
  func problem(_ message: String, line: Int? = nil) {
    problems += 1
    guard problems <= Self.problemLimit else { return }
    add(.problem("\(label)\(line.map { ":\($0)" } ?? ""): \(message)"))
  }

  /// To be called when the file has been read.
  func finish() {
    let more = problems - Self.problemLimit
    if more > 0 { add(.problem("\(label): \(more) more problems of this file are not listed")) }
  }
}
