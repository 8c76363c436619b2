import Glibc

/// The few things that the benchmark does with files.
enum Files {
  static func write(_ text: String, to path: String) throws(BenchError) {
    guard let file = fopen(path, "w") else { throw problem("write", path) }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else { throw problem("write", path) }
  }

  /// Makes the folder and those above it.
  static func make(folder path: String) throws(BenchError) {
    var built = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      built += "/\(part)"
      guard mkdir(built, 0o755) == 0 || errno == EEXIST else { throw problem("make", built) }
    }
  }

  /// Removes a folder and all below it, links not followed.
  static func remove(folder path: String) {
    for name in names(in: path) {
      let inner = "\(path)/\(name)"
      if unlink(inner) != 0 { remove(folder: inner) }
    }
    rmdir(path)
  }

  /// What stands in the folder.
  static func names(in folder: String) -> [String] {
    guard let entries = opendir(folder) else { return [] }
    defer { closedir(entries) }
    var names: [String] = []
    while let entry = readdir(entries) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func absolute(_ path: String) throws(BenchError) -> String {
    guard let found = realpath(path, nil) else { throw problem("find", path) }
    defer { free(found) }
    return String(cString: found)
  }

  /// The last 2,000 bytes.
  static func tail(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    fseek(file, 0, SEEK_END)
    fseek(file, max(0, ftell(file) - 2000), SEEK_SET)
    var bytes = [UInt8](repeating: 0, count: 2000)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Whether a program of that name is in the `PATH`, or the path itself names one.
  static func isThere(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isProgram(_ name: String) -> Bool {
    if name.contains("/") { return access(name, X_OK) == 0 }
    guard let path = getenv("PATH") else { return false }
    return String(cString: path).split(separator: ":").contains { access("\($0)/\(name)", X_OK) == 0 }
  }

  private static func problem(_ verb: String, _ path: String) -> BenchError {
    BenchError("cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}
