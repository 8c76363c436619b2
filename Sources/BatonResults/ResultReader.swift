import BatonModel
import Glibc

/// Reads files of results, item by item: a file of any size takes the same memory.
///
/// Whatever stands in a file, reading it neither throws nor stops the program: what cannot be read becomes a
/// ``ResultItem/problem(_:)`` that names file, line and reason, and what came before it stands. Only what `take` throws is thrown.
///
/// ```swift
/// try ResultReader.read(path: "reports/unit.xml", as: .junit) { item in try collector.add(item) }
/// ```
public enum ResultReader {
  /// Reads the file at a path.
  ///
  /// - Parameters:
  ///   - label: What problems call the file; nil: its path.
  ///   - source: What reads from the open descriptor, which is closed behind it; nil: the reader itself does.
  ///   - take: Called for each item, in the file's order. When it throws, nothing more is read.
  /// - Throws: What `take` throws.
  public static func read<Failure: Error>(
    path: String, label: String? = nil, as format: ResultFormat, source: ((Int32) -> any ByteSource)? = nil,
    into take: (ResultItem) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    forEachItem(of: path, label: label, as: format, source: source) { item in keep(&failure, of: item, take) }
    if let failure { throw failure }
  }

  /// Reads the file at a path as long as the items are wanted: the way for many of them.
  ///
  /// - Parameters:
  ///   - label: What problems call the file; nil: its path.
  ///   - source: What reads from the open descriptor, which is closed behind it; nil: the reader itself does.
  ///   - take: Called for each item, in the file's order. When it says false, nothing more is read.
  public static func forEachItem(
    of path: String, label: String? = nil, as format: ResultFormat, source: ((Int32) -> any ByteSource)? = nil,
    while take: (ResultItem) -> Bool
  ) {
    let name = label ?? path
    func refuse(_ reason: String) { _ = take(.problem("\(name): \(reason)")) }
    // A named pipe without a writer must not stop the reader.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { return refuse("cannot be opened: \(SystemText.error(errno))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return refuse("is no regular file")
    }
    let source = source?(descriptor)
    defer { source?.close() }
    let input = ByteInput(source.map { .other($0) } ?? .descriptor(descriptor))
    forEachItem(in: input, label: name, as: format, while: take)
  }

  /// Reads from an open descriptor, up to its end. The descriptor stays open.
  public static func read<Failure: Error>(
    descriptor: Int32, label: String, as format: ResultFormat, into take: (ResultItem) throws(Failure) -> Void
  ) throws(Failure) {
    try read(ByteInput(.descriptor(descriptor)), label: label, as: format, into: take)
  }

  /// Reads what stands in memory.
  public static func read<Failure: Error>(
    bytes: [UInt8], label: String, as format: ResultFormat, into take: (ResultItem) throws(Failure) -> Void
  ) throws(Failure) {
    try read(bytes: bytes, label: label, as: format, window: ByteInput.usualSize, into: take)
  }

  /// - Parameter window: How many bytes are seen at a time.
  package static func read<Failure: Error>(
    bytes: [UInt8], label: String, as format: ResultFormat, window: Int, into take: (ResultItem) throws(Failure) -> Void
  ) throws(Failure) {
    try read(ByteInput(.bytes(bytes, 0), size: window), label: label, as: format, into: take)
  }

  static func read<Failure: Error>(
    _ input: consuming ByteInput, label: String, as format: ResultFormat,
    into take: (ResultItem) throws(Failure) -> Void
  ) throws(Failure) {
    var failure: Failure?
    forEachItem(in: input, label: label, as: format) { item in keep(&failure, of: item, take) }
    if let failure { throw failure }
  }

  /// Whether the item was taken.
  private static func keep<Failure: Error>(
    _ failure: inout Failure?, of item: ResultItem, _ take: (ResultItem) throws(Failure) -> Void
  ) -> Bool {
    do throws(Failure) {
      try take(item)
      return true
    } catch {
      failure = error
      return false
    }
  }

  private static func forEachItem(
    in input: consuming ByteInput, label: String, as format: ResultFormat, while take: (ResultItem) -> Bool
  ) {
    // A closure cannot consume what it captures.
    var unread: ByteInput? = input
    withoutActuallyEscaping(take) { take in
      let sink = ResultSink(label: label, take: take)
      if let input = unread.take() { run(input, format, sink) }
      sink.finish()
    }
  }

  private static func run(_ input: consuming ByteInput, _ format: ResultFormat, _ sink: ResultSink) {
    switch format {
    case .junit:
      var reader = JUnitReader(input, sink)
      reader.run()
    case .tap:
      var reader = TAPReader(input, sink)
      reader.run()
    case .gotest:
      var reader = GoTestReader(input, sink)
      reader.run()
    case .swifttest:
      var reader = SwiftTestingReader(input, sink)
      reader.run()
    case .lcov:
      var reader = LCOVReader(input, sink)
      reader.run()
    case .cobertura:
      var reader = CoberturaReader(input, sink)
      reader.run()
    case .llvmcov:
      var reader = LLVMCoverageReader(input, sink)
      reader.run()
    case .contexts:
      var input = input
      if LCOVTracesReader.reads(&input) {
        var reader = LCOVTracesReader(input, sink)
        reader.run()
      } else {
        var reader = ContextsReader(input, sink)
        reader.run()
      }
    case .sarif:
      var reader = SARIFReader(input, sink)
      reader.read()
    case .benchmark:
      var reader = BenchmarkReader(input, sink)
      reader.run()
    case .metrics:
      var reader = MetricsReader(input, sink)
      reader.run()
    }
  }
}
