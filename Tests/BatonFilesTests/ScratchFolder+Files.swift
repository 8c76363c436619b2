import BatonFiles
import BatonTestKit
import Glibc
import Testing

extension ScratchFolder {
  /// Writes an empty file.
  func write(_ name: String) { write(name, "") }

  func link(_ name: String, to target: String) {
    makeFolder(name.split(separator: "/").dropLast().joined(separator: "/"))
    #expect(symlink(target, "\(path)/\(name)") == 0)
  }

  func delete(_ name: String) { Self.remove("\(path)/\(name)") }

  /// The content of a file; nil when there is none.
  func read(_ name: String) -> String? { access("\(path)/\(name)", R_OK) == 0 ? text(name) : nil }

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
}
