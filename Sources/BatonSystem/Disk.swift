import BatonModel
import CSystem
import Glibc

/// Files and folders, without Foundation.
public enum Disk {
  /// What the system says of an error number.
  public static func message(_ number: Int32) -> String { String(cString: strerror(number)) }

  public enum Kind: Sendable { case file, folder, other }

  /// What lies there, links not followed; nil: nothing.
  public static func kind(_ path: String) -> Kind? {
    var info = stat()
    guard lstat(path, &info) == 0 else { return nil }
    switch info.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .other
    }
  }

  /// Whether a folder lies there; links are followed.
  public static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether a regular file lies there; links are followed.
  public static func isFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }

  /// The absolute path without links.
  public static func real(_ path: String) -> String? {
    guard let buffer = realpath(path, nil) else { return nil }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  /// What stands before the last `/`: `/` of `/a`, `.` of `a`.
  public static func folder(of path: String) -> String {
    guard let cut = path.lastIndex(of: "/") else { return "." }
    return cut == path.startIndex ? "/" : String(path[..<cut])
  }

  /// What stands behind the last `/`.
  public static func name(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The bytes of a regular file; nil where there is none or it cannot be read.
  public static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(info.st_size) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Makes the file, or gives it this content.
  public static func write(_ bytes: [UInt8], to path: String) throws(BatonError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    guard baton_write_all(descriptor, bytes, bytes.count) else { throw failure("write", path) }
  }

  /// Puts a file in place of another in one go: readers see the old one or the new one.
  public static func replace(_ path: String, with bytes: [UInt8]) throws(BatonError) {
    let temporary = "\(path).\(getpid()).new"
    try write(bytes, to: temporary)
    guard rename(temporary, path) == 0 else {
      let problem = failure("write", path)
      unlink(temporary)
      throw problem
    }
  }

  /// Makes a folder, and those above it that are missing.
  public static func make(folder path: String) throws(BatonError) {
    if isFolder(path) { return }
    let above = folder(of: path)
    if above != path, above != "." { try make(folder: above) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure("make the folder", path) }
  }

  /// Gives a file or a folder another name, in place of what has it.
  public static func move(_ from: String, to: String) throws(BatonError) {
    guard rename(from, to) == 0 else { throw failure("move \(from) to", to) }
  }

  /// Removes a file, or a folder with all that is in it; what is not there is no matter.
  public static func remove(_ path: String) {
    if kind(path) == .folder {
      for name in names(in: path) { remove("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  /// The names in a folder, sorted; empty when it cannot be read.
  public static func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// All that is no folder below a folder, as sorted paths relative to it.
  public static func files(below folder: String, _ prefix: String = "") -> [String] {
    var found: [String] = []
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      if kind(path) == .folder {
        found += files(below: path, "\(prefix)\(name)/")
      } else {
        found.append(prefix + name)
      }
    }
    return found
  }

  /// Copies a folder: regular files and folders; links and the rest are left out.
  ///
  /// - Parameter leavingOut: names in the folder itself.
  public static func copy(_ from: String, to: String, leavingOut: Set<String> = []) throws(BatonError) {
    try make(folder: to)
    for name in names(in: from) where !leavingOut.contains(name) {
      let (source, target) = ("\(from)/\(name)", "\(to)/\(name)")
      switch kind(source) {
      case .folder: try copy(source, to: target)
      case .file:
        guard let bytes = read(source) else { throw failure("read", source) }
        try write(bytes, to: target)
      case .other, nil: break
      }
    }
  }

  /// A new folder of this process; nil where none can be made.
  public static func temporaryFolder() -> String? {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/baton-XXXXXX".utf8CString)
    return template.withUnsafeMutableBufferPointer { letters in
      letters.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
  }

  /// An error with what the system says of the last call.
  public static func failure(_ what: String, _ path: String) -> BatonError {
    BatonError.system(what, path, errno: errno)
  }
}
