/// A file of collected results could not be written or read.
public struct ResultFileError: Error, Hashable, CustomStringConvertible {
  /// What was tried, the file, and the system's reason: `cannot write /…/results.ndjson: No space left on device`.
  public var description: String

  init(_ verb: String, _ path: String, _ number: Int32) {
    description = "cannot \(verb) \(path): \(SystemText.error(number))"
  }
}
