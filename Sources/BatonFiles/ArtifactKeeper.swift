import Glibc

/// Keeps files that a step made with its run: reports, screenshots, logs.
public struct ArtifactKeeper {
  /// A file that was kept.
  public struct Artifact: Sendable, Hashable {
    /// Below the folder of the artifacts.
    public var path: String
    /// In bytes.
    public var size: Int64
    /// BLAKE2b-256, in hexadecimal digits.
    public var digest: String
  }

  /// What was kept and what was not there.
  public struct Kept: Sendable, Hashable {
    /// Sorted by path.
    public var artifacts: [Artifact] = []
    /// Patterns that matched nothing.
    public var unmatched: [String] = []
  }

  private let mask: ((String) -> String)?

  /// - Parameter mask: hides secrets in the names under which files are kept; nil: there are none.
  public init(mask: ((String) -> String)? = nil) { self.mask = mask }

  /// Copies what patterns match (see ``GlobSet``); what is there under the same name is replaced.
  ///
  /// A path keeps its form below the target; of an absolute one or one that begins with `../` the beginning becomes `_root`
  /// and `_up`. A link to a file is kept as that file, any other link as a link.
  ///
  /// - Parameters:
  ///   - folder: what the patterns are relative to, absolute.
  ///   - target: made when there is something to keep, absolute.
  public func keep(
    _ patterns: [String], from folder: String, to target: String
  ) -> Result<Kept, FilesError> {
    do throws(FilesError) {
      let set: GlobSet
      do throws(GlobError) { set = try GlobSet(patterns) } catch { throw FilesError(error.text) }
      let matches = try set.matches(in: FilePath(folder))
      var kept = Kept(unmatched: matches.unmatched)
      let copier = FileCopier()
      var hidden: [String: Int] = [:]
      for file in matches.files {
        let source = file.path.resolved(in: FilePath(folder))
        let name = masked(ArtifactKeeper.name(of: file.path), &hidden)
        let place = name.resolved(in: FilePath(target))
        let artifact = try copy(source, file.stamp, to: place, copier)
        kept.artifacts.append(Artifact(path: name.text, size: artifact.size, digest: artifact.digest.hex))
      }
      kept.artifacts.sort { $0.path < $1.path }
      return .success(kept)
    } catch {
      return .failure(error)
    }
  }

  private func copy(
    _ source: FilePath, _ stamp: FileStamp, to place: FilePath, _ copier: FileCopier
  ) throws(FilesError) -> (size: Int64, digest: Digest) {
    guard let (temporary, descriptor) = TemporaryFile.create(beside: place) else { throw .system("write", place.text) }
    defer { close(descriptor) }
    do throws(FilesError) {
      let result: (size: Int64, digest: Digest)
      if stamp.isLink, FileStamp.of(source, follow: true)?.isRegular != true {
        let link = try SymbolicLink.target(of: source)
        temporary.remove()
        guard link.withCString({ link in temporary.withCString { symlink(link, $0) } }) == 0 else {
          throw .system("write", place.text)
        }
        result = (Int64(link.bytes.count), ContentHash.digest(of: link.text))
      } else {
        let copied = try copier.copy(source, to: descriptor, named: temporary)
        fchmod(descriptor, copied.stamp.permissions & 0o777)
        result = (copied.size, copied.digest)
      }
      guard temporary.move(to: place) else { throw .system("write", place.text) }
      return result
    } catch {
      temporary.remove()
      throw error
    }
  }

  /// The name without secrets. Of two that are the same then, the second has its number at the end.
  private func masked(_ name: FilePath, _ hidden: inout [String: Int]) -> FilePath {
    guard let mask else { return name }
    let text = mask(name.text)
    guard text != name.text else { return name }
    hidden[text, default: 0] += 1
    let count = hidden[text] ?? 1
    return FilePath(count == 1 ? text : "\(text).\(count)")
  }

  private static func name(of path: FilePath) -> FilePath {
    var parts = path.bytes.split(separator: UInt8(ascii: "/")).map { part in
      part.elementsEqual("..".utf8) ? Array("_up".utf8) : Array(part)
    }
    if path.bytes.first == UInt8(ascii: "/") { parts.insert(Array("_root".utf8), at: 0) }
    return FilePath(bytes: Array(parts.joined(separator: CollectionOfOne(UInt8(ascii: "/")))))
  }
}
