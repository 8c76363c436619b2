import BatonModel
import BatonResults
import BatonRuntime
import CSystem
import Glibc

/// Reads the items of a long file on a thread of its own, a little ahead of the one that takes them. Short files get no thread.
final class ItemsAhead: @unchecked Sendable {
  // Sound because `batches`, `isOver` and `isClosed` are touched under `monitor` alone; a batch belongs to the reading thread
  // until it is handed over, and to the taking one from then on.
  /// Files of so many bytes are read without a thread.
  static let directLimit = 1 << 22
  /// So many batches wait to be taken.
  private static let batchCount = 4
  /// What the items of a batch weigh, about, in bytes: texts of failures may be long, and memory is not to grow with them.
  private static let batchWeight = 1 << 17
  private static let itemWeight = 256

  private let monitor = Monitor()
  private var batches: [[ResultItem]] = []
  /// Everything was read.
  private var isOver = false
  /// Nothing more is wanted.
  private var isClosed = false

  private init() {}

  /// - Parameters:
  ///   - label: What problems call the file.
  ///   - take: Called for each item, in the file's order, on this thread. When it says false, no more is taken.
  static func forEachItem(
    of path: String, label: String, as format: ResultFormat, directLimit: Int = directLimit,
    while take: (ResultItem) -> Bool
  ) {
    var status = stat()
    if stat(path, &status) == 0, status.st_size > directLimit {
      let ahead = ItemsAhead()
      if let thread = WorkerThread({ ahead.fill(path, label, format) }) {
        ahead.drain(take)
        return thread.join()
      }
    }
    ResultReader.forEachItem(of: path, label: label, as: format, source: ReadAhead.init, while: take)
  }

  private func fill(_ path: String, _ label: String, _ format: ResultFormat) {
    var (batch, weight) = ([ResultItem](), 0)
    ResultReader.forEachItem(of: path, label: label, as: format, source: ReadAhead.init) { item in
      batch.append(item)
      weight += Self.weight(of: item)
      guard weight >= Self.batchWeight else { return true }
      defer { (batch, weight) = ([], 0) }
      return hand(over: batch)
    }
    _ = hand(over: batch)
    monitor.withLock {
      isOver = true
      monitor.wakeAll()
    }
  }

  private static func weight(of item: ResultItem) -> Int {
    switch item {
    case .test(let outcome):
      itemWeight + weight(of: outcome.details) + weight(of: outcome.message) + weight(of: outcome.file)
        + weight(of: outcome.suite) + weight(of: outcome.className) + weight(of: outcome.name)
        + weight(of: outcome.parameters) + weight(of: outcome.type)
        + outcome.attachments.reduce(0) { $0 + weight(of: $1) } + outcome.tags.reduce(0) { $0 + weight(of: $1) }
    case .coverage(let file): itemWeight + 32 * file.lines.count
    case .trace(let trace): itemWeight + trace.tests.reduce(0) { $0 + weight(of: $1) }
    case .finding(let finding):
      itemWeight + weight(of: finding.rule) + weight(of: finding.message) + weight(of: finding.file)
    case .problem(let text): itemWeight + weight(of: text)
    case .measurement: itemWeight
    }
  }

  /// A short text lies in its own 16 bytes.
  private static func weight(of text: String?) -> Int {
    guard let length = text?.utf8.count, length > 15 else { return 0 }
    return 32 + length
  }

  /// Whether more is wanted.
  private func hand(over batch: [ResultItem]) -> Bool {
    monitor.withLock {
      while batches.count >= Self.batchCount, !isClosed { monitor.wait() }
      guard !isClosed else { return false }
      batches.append(batch)
      monitor.wakeAll()
      return true
    }
  }

  private func drain(_ take: (ResultItem) -> Bool) {
    while let batch = next() {
      for item in batch where !take(item) {
        return monitor.withLock {
          isClosed = true
          monitor.wakeAll()
        }
      }
    }
  }

  private func next() -> [ResultItem]? {
    monitor.withLock {
      while batches.isEmpty, !isOver { monitor.wait() }
      guard !batches.isEmpty else { return nil }
      monitor.wakeAll()
      return batches.removeFirst()
    }
  }
}
