import Glibc

/// Which of the files that changed are among the declared inputs of a step.
public struct TouchedInputs {
  private let top: String
  private let files: [(name: String, path: FilePath)]
  private let paths: Set<FilePath>
  /// Changed as a whole: a submodule, a repository within this one.
  private let folders: [String]

  /// - Parameters:
  ///   - top: the root of the working tree, absolute.
  ///   - files: relative to it.
  public init(top: String, files: [String]) {
    self.top = top
    self.files = files.map { ($0, FilePath("\(top)/\($0)")) }
    paths = Set(self.files.map(\.path))
    folders = files.filter { file in
      var status = stat()
      return file.hasSuffix("/") || (lstat("\(top)/\(file)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR)
    }
  }

  /// Why the inputs count as changed; nil: none of them changed. Where it cannot be told, they count as changed.
  ///
  /// - Parameter folder: of the step, absolute.
  public func reason(_ patterns: [String], in folder: String) -> String? {
    let real = Self.real(folder) ?? folder
    do {
      let set = try GlobSet(patterns)
      for file in files where set.contains(file.path, in: FilePath(real)) { return "\(file.name) changed" }
      if let folder = folders.first { return "\(folder) changed as a whole" }
      // Git names what a link leads to by its own path.
      for found in try set.matches(in: FilePath(real)).files {
        let path = found.path.resolved(in: FilePath(real))
        guard found.stamp.isLink || Self.goesThroughLink(path, below: real) else { continue }
        guard let target = Self.real(path.text) else { return "\(found.path.text) leads nowhere" }
        if paths.contains(FilePath(target)) { return "\(found.path.text) changed, behind a link" }
      }
      return nil
    } catch let error as GlobError {
      return "its inputs cannot be told: \(error.text)"
    } catch {
      return "its inputs cannot be looked at: \(error)"
    }
  }

  private static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  private static func goesThroughLink(_ path: FilePath, below folder: String) -> Bool {
    var current = path.parent
    while let folderOfFile = current, folderOfFile.bytes.count > folder.utf8.count {
      var status = stat()
      if lstat(folderOfFile.text, &status) == 0, status.st_mode & S_IFMT == S_IFLNK { return true }
      current = folderOfFile.parent
    }
    return false
  }
}
