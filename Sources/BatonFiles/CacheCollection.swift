import BatonModel
import Glibc

/// House-keeping in a project's cache.
public enum CacheCollection {
  /// What lies in a cache.
  public struct Contents: Sendable, Hashable {
    /// Results that are kept.
    public var results = 0
    /// Contents of files, each once.
    public var blobs = 0
    /// In bytes, with what the cache needs for itself.
    public var bytes: Int64 = 0
  }

  /// What a collection removed (or would remove), and what is left.
  public struct Report: Sendable, Hashable {
    public var removed = Contents()
    public var left = Contents()
    /// Paths that could not be removed, with the reason.
    public var failures: [String] = []
  }

  /// A blob that no result names may belong to one that is just being written.
  static let youth = Span(seconds: 3600)

  /// What lies in the cache; nothing where there is none.
  ///
  /// - Parameter folder: `.baton/cache` of the project.
  public static func contents(of folder: String) -> Contents {
    var contents = Contents()
    for file in files(in: FilePath(folder)) { contents.add(file) }
    return contents
  }

  /// Removes results that were not used since a moment, the blobs that only they needed, and what runs that died left behind.
  ///
  /// Runs may go on meanwhile: what they need and find gone, they make again.
  ///
  /// - Parameters:
  ///   - folder: `.baton/cache` of the project.
  ///   - moment: a result is used when it is kept and when it is found.
  ///   - dryRun: only tell.
  public static func collect(
    _ folder: String, unusedSince moment: Instant, now: Instant, dryRun: Bool = false
  ) -> Report {
    let folder = FilePath(folder)
    var report = Report()
    var needed: Set<Digest> = []
    let all = files(in: folder)
    func settle(_ file: CacheFile, remove: Bool) {
      guard remove else { return report.left.add(file) }
      let path = file.path.resolved(in: folder)
      if !dryRun, path.withCString({ unlink($0) }) != 0, errno != ENOENT {
        report.failures.append("\(path.text): \(String(cString: strerror(errno)))")
        report.left.add(file)
      } else {
        report.removed.add(file)
      }
    }
    for file in all where file.kind == .manifest {
      let manifest = Manifest.read(file.path.resolved(in: folder))
      let isOld = file.stamp.modified < moment.nanoseconds || manifest == nil
      if !isOld, let manifest { needed.formUnion(manifest.digests) }
      settle(file, remove: isOld)
    }
    let youngest = now.nanoseconds - youth.nanoseconds
    for file in all {
      switch file.kind {
      case .manifest: continue
      case .blob(let digest):
        settle(file, remove: !needed.contains(digest) && file.stamp.modified < youngest)
      case .temporary: settle(file, remove: file.stamp.changed < youngest)
      case .other: settle(file, remove: false)
      }
    }
    if !dryRun { removeEmptyFolders(in: folder) }
    return report
  }

  /// A file of a cache.
  struct CacheFile {
    enum Kind: Equatable {
      case manifest
      case blob(Digest)
      /// Something half done.
      case temporary
      case other
    }

    var path: FilePath
    var stamp: FileStamp
    var kind: Kind

    init(_ file: FoundFile) {
      path = file.path
      stamp = file.stamp
      let parts = file.path.text.split(separator: "/")
      if parts.first == "staging" || parts.last?.hasPrefix(".new-") == true {
        kind = .temporary
      } else if parts.first == "manifests" {
        kind = .manifest
      } else if parts.first == "blobs", let digest = Digest(hex: parts.dropFirst().joined()) {
        kind = .blob(digest)
      } else {
        kind = .other
      }
    }
  }

  private static func files(in folder: FilePath) -> [CacheFile] {
    guard let set = try? GlobSet(["."]), let matches = try? set.matches(in: folder) else { return [] }
    return matches.files.map { CacheFile($0) }
  }

  /// Folders below `blobs`, `manifests` and `staging` that nothing is left in; the system refuses the others.
  private static func removeEmptyFolders(in folder: FilePath) {
    let digits = Array("0123456789abcdef")
    for area in ["blobs", "manifests"] {
      for high in digits {
        for low in digits { FilePath("\(area)/\(high)\(low)").resolved(in: folder).withCString { _ = rmdir($0) } }
      }
    }
    for name in Folder.names(in: FilePath("staging").resolved(in: folder)) {
      name.resolved(in: FilePath("staging").resolved(in: folder)).withCString { _ = rmdir($0) }
    }
  }
}

extension CacheCollection.Contents {
  mutating func add(_ file: CacheCollection.CacheFile) {
    bytes += file.stamp.size
    switch file.kind {
    case .manifest: results += 1
    case .blob: blobs += 1
    case .temporary, .other: break
    }
  }
}
