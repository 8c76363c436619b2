import Glibc

/// Calls with a folder that is there as long as the call lasts.
func withTemporaryFolder<Answer>(_ use: (String) throws -> Answer) throws -> Answer {
  var template = Array("/tmp/baton-measuring-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw TemporaryFolderError() }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer { remove(path) }
  return try use(path)
}

struct TemporaryFolderError: Error {}

private func remove(_ path: String) {
  if let folder = opendir(path) {
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != "..", unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    }
    closedir(folder)
  }
  rmdir(path)
}
