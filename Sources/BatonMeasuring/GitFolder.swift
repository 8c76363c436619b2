import BatonCore
import CSystem
import Glibc

/// What `.git` says of the code, read without asking git: in milliseconds, also where git is not installed.
///
/// Format: git's documentation, `gitrepository-layout` and `index-format`.
public enum GitFolder {
  /// nil where the folder is in no repository, or in one without a commit.
  ///
  /// - Parameter folder: absolute.
  public static func code(in folder: String) -> CodeState? {
    guard let (top, git) = find(folder) else { return nil }
    guard let head = text("\(git)/HEAD") else { return nil }
    if head.hasPrefix("ref: ") {
      let ref = String(head.dropFirst(5))
      guard let commit = commit(of: ref, git) else { return nil }
      let branch = ref.hasPrefix("refs/heads/") ? String(ref.dropFirst(11)) : ref
      return CodeState(commit: commit, branch: branch, isDirty: GitIndex.isDirty("\(git)/index", top: top))
    }
    guard isHash(head) else { return nil }
    return CodeState(commit: head, isDirty: GitIndex.isDirty("\(git)/index", top: top))
  }

  /// The root of the working tree, and its `.git` folder.
  private static func find(_ folder: String) -> (top: String, git: String)? {
    var current = folder
    while true {
      let path = current == "/" ? "/.git" : "\(current)/.git"
      var status = stat()
      if stat(path, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFDIR { return (current, path) }
        // A worktree or a submodule: the file names the folder.
        guard let line = text(path), line.hasPrefix("gitdir: ") else { return nil }
        let named = String(line.dropFirst(8))
        return (current, named.hasPrefix("/") ? named : "\(current)/\(named)")
      }
      guard let slash = current.lastIndex(of: "/"), current != "/" else { return nil }
      current = slash == current.startIndex ? "/" : String(current[..<slash])
    }
  }

  private static func commit(of ref: String, _ git: String) -> String? {
    var folders = [git]
    // Refs of a worktree are shared.
    if let common = text("\(git)/commondir") { folders.append(common.hasPrefix("/") ? common : "\(git)/\(common)") }
    for folder in folders {
      if let found = text("\(folder)/\(ref)"), isHash(found) { return found }
      for line in (text("\(folder)/packed-refs", limit: 16 << 20) ?? "").split(separator: "\n") {
        let parts = line.split(separator: " ")
        if parts.count == 2, parts[1] == ref, isHash(String(parts[0])) { return String(parts[0]) }
      }
    }
    return nil
  }

  private static func isHash(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func text(_ path: String, limit: Int = 4096) -> String? {
    guard let bytes = bytes(path, limit: limit) else { return nil }
    var text = String(decoding: bytes, as: UTF8.self)
    while text.hasSuffix("\n") { text.removeLast() }
    return text
  }

  /// nil where there is no such file, or a larger one.
  static func bytes(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
      return nil
    }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        read(descriptor, $0.baseAddress.map { $0 + filled }, $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return nil }
      filled += count
    }
    return bytes
  }
}
