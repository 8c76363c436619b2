import BatonModel
import Glibc

extension Machine {
  /// What a run records of where it takes place: `host`, `system`, `kernel`, `processor`, `processors`, `memory`, `baton`, and,
  /// where the folder is in a working copy of git, `commit` and `branch`. Read from a few small files; no program is started.
  static func facts(near folder: String) -> [String: String] {
    var facts = [
      "host": String(who.drop { $0 != "@" }.dropFirst()), "processors": "\(processors)",
      "memory": ByteSize(bytes: Int64(memory)).text, "baton": Program.version,
    ]
    var name = utsname()
    if uname(&name) == 0 {
      facts["kernel"] = "\(text(of: name.sysname)) \(text(of: name.release)) \(text(of: name.machine))"
    }
    if let lines = head(of: "/etc/os-release") {
      facts["system"] = lines.first { $0.hasPrefix("PRETTY_NAME=") }.map {
        String($0.dropFirst(12).filter { $0 != "\"" })
      }
    }
    if let lines = head(of: "/proc/cpuinfo"), let line = lines.first(where: { $0.hasPrefix("model name") }) {
      facts["processor"] = String(line.drop { $0 != ":" }.dropFirst().drop { $0 == " " })
    }
    facts.merge(git(near: folder)) { first, _ in first }
    return facts
  }

  /// The commit that is checked out, and its branch.
  private static func git(near folder: String) -> [String: String] {
    var folder = folder
    while !File.exists("\(folder)/.git") {
      guard folder != "/" else { return [:] }
      folder = File.folder(of: folder)
    }
    var git = "\(folder)/.git"
    // Of a further working tree: `gitdir: PATH`.
    if !File.isFolder(git), let line = head(of: git)?.first, line.hasPrefix("gitdir: ") {
      let path = String(line.dropFirst(8))
      git = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
    guard let head = head(of: "\(git)/HEAD")?.first else { return [:] }
    guard head.hasPrefix("ref: ") else { return ["commit": String(head)] }
    let name = String(head.dropFirst(5))
    let branch = name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : name
    // Refs of a further working tree stand in the folder that it names.
    let common = Self.head(of: "\(git)/commondir")?.first.map { $0.hasPrefix("/") ? String($0) : "\(git)/\($0)" } ?? git
    if let commit = Self.head(of: "\(common)/\(name)")?.first { return ["commit": String(commit), "branch": branch] }
    let packed = ((try? File.read("\(common)/packed-refs")) ?? []).split(separator: 0x0A)
      .map { String(decoding: $0, as: UTF8.self) }.first { $0.hasSuffix(" \(name)") }
    guard let commit = packed?.prefix(while: { $0 != " " }) else { return ["branch": branch] }
    return ["commit": String(commit), "branch": branch]
  }

  /// The lines in the first 4 KB of a file; nil where it can't be read.
  private static func head(of path: String) -> [Substring]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
  }

  private static func text<Field>(of field: Field) -> String {
    withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
