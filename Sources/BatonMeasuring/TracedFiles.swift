import BatonModel
import Glibc

/// The source files that coverage of single tests names, again and again: of each test, all of them.
struct TracedFiles {
  private let folder: String
  private var paths: [String: String] = [:]
  private var functions: [String: [ClosedRange<Int>]] = [:]

  /// - Parameter folder: what paths are relative to, absolute.
  init(below folder: String) { self.folder = folder }

  /// The trace with the file as all runs know it, absolute and without links, and without functions that were told of it before;
  /// nil: nothing is left.
  mutating func take(_ given: FileTrace) -> FileTrace? {
    var trace = given
    trace.file = path(given.file)
    guard let told = trace.functions else { return trace }
    if functions[trace.file] == told {
      trace.functions = nil
      if trace.tests.isEmpty { return nil }
    } else {
      functions[trace.file] = told
    }
    return trace
  }

  private mutating func path(_ file: String) -> String {
    if let known = paths[file] { return known }
    let path = file.hasPrefix("/") ? file : "\(folder)/\(file)"
    var found = path
    if let real = realpath(path, nil) {
      found = String(cString: real)
      free(real)
    }
    paths[file] = found
    return found
  }
}
