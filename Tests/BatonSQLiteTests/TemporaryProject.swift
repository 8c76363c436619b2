import BatonModel
import BatonSQLite
import BatonTestKit
import Glibc
import Testing

/// A folder of one test, removed with it.
final class TemporaryProject: Sendable {
  private let scratch = ScratchFolder()

  var folder: String { scratch.path }
  var baton: String { "\(folder)/.baton" }
  var database: String { "\(baton)/baton.db" }

  func store() throws -> SQLiteStore { try SQLiteStore(creating: database) }

  static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  static func read(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Int(lseek(file, 0, SEEK_END)))
    #expect(pread(file, &bytes, bytes.count, 0) == bytes.count)
    return bytes
  }

  static func write(_ bytes: some Collection<UInt8>, to path: String) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    #expect(file >= 0)
    defer { close(file) }
    let bytes = Array(bytes)
    #expect(Glibc.write(file, bytes, bytes.count) == bytes.count)
  }
}

/// The error that the work throws.
func batonError(_ work: () throws -> Void, _ location: SourceLocation = #_sourceLocation) -> BatonError? {
  do { try work() } catch let error as BatonError { return error } catch {
    Issue.record("not a BatonError: \(error)", sourceLocation: location)
    return nil
  }
  Issue.record("no error was thrown", sourceLocation: location)
  return nil
}
