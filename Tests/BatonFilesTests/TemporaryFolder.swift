import BatonFiles
import BatonRuntime
import Glibc
import Testing

/// A folder of one test, removed with it.
final class TemporaryFolder {
  let path: String

  init() {
    var template = Array("/tmp/baton-files-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, mkdtemp(base) != nil else { return "/nowhere" }
      return String(cString: base)
    }
  }

  deinit { TemporaryFolder.remove(path) }

  /// Writes a file and the folders above it.
  func write(_ name: String, _ content: String = "", mode: mode_t = 0o644) {
    let whole = "\(path)/\(name)"
    TemporaryFolder.makeParents(of: whole)
    let descriptor = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    #expect(descriptor >= 0)
    let bytes = Array(content.utf8)
    #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    fchmod(descriptor, mode)
    close(descriptor)
  }

  func link(_ name: String, to target: String) {
    TemporaryFolder.makeParents(of: "\(path)/\(name)")
    #expect(symlink(target, "\(path)/\(name)") == 0)
  }

  func makeFolder(_ name: String) { TemporaryFolder.makeParents(of: "\(path)/\(name)/x") }

  func delete(_ name: String) { TemporaryFolder.remove("\(path)/\(name)") }

  /// The content of a file; nil when there is none.
  func read(_ name: String) -> String? {
    let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
  }

  func status(_ name: String) -> stat? {
    var status = stat()
    return lstat("\(path)/\(name)", &status) == 0 ? status : nil
  }

  /// All files and links below a folder, sorted; hidden ones too.
  func list(_ name: String) -> [String] {
    guard let set = try? GlobSet(["."]), let found = try? set.matches(in: FilePath("\(path)/\(name)")) else {
      return []
    }
    return found.files.map(\.path.text)
  }

  private static func makeParents(of path: String) {
    var prefix = ""
    for piece in path.split(separator: "/").dropLast() {
      prefix += "/\(piece)"
      mkdir(prefix, 0o755)
    }
  }

  private static func remove(_ path: String) {
    if Glibc.unlink(path) == 0 { return }
    if let stream = opendir(path) {
      var names: [String] = []
      while let entry = readdir(stream) {
        names.append(
          withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
      }
      closedir(stream)
      for name in names where name != "." && name != ".." { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }
}

/// A mailbox that hands over what comes in, one by one.
final class TestMailbox: Mailbox, @unchecked Sendable {
  // Sound because `inputs` is touched under `mutex` alone.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var inputs: [EngineInput] = []

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(filled, nil)
  }

  func post(_ input: EngineInput) {
    pthread_mutex_lock(mutex)
    inputs.append(input)
    pthread_cond_signal(filled)
    pthread_mutex_unlock(mutex)
  }

  func next() -> EngineInput {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while inputs.isEmpty { pthread_cond_wait(filled, mutex) }
    return inputs.removeFirst()
  }
}
