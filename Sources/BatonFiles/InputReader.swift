import BatonModel
import BatonRuntime
import Glibc

/// Tells what the inputs of a step contain.
///
/// The digest is the BLAKE2b-256 of, for each file in the order of the paths: its path, its kind (`f` file, `x` executable
/// file, `l` link, `L` link to a file) and the digest of its content, each as a field with its length before it. Of the permissions only
/// "executable" counts, so that another umask changes nothing. A link counts with its target's name and, when that
/// is a file, with its content too.
struct InputReader {
  /// Where there are more, ``InputDigest/files`` is nil.
  static let maximumListed = 1000

  let digester: FileDigester

  /// What was read: the digest, as the engine knows it and as bytes.
  struct Reading {
    var input: InputDigest
    var digest: Digest
  }

  func read(_ folder: FilePath, _ patterns: [String]) throws(FilesError) -> Reading {
    let set: GlobSet
    do throws(GlobError) { set = try GlobSet(patterns) } catch { throw FilesError(error.text) }
    let found = try set.matches(in: folder).files
    let whole = ContentHash()
    var files: [String: String]? = found.count > InputReader.maximumListed ? nil : [:]
    for file in found {
      let absolute = file.path.resolved(in: folder)
      whole.update(field: file.path.bytes)
      if file.stamp.isLink {
        let target = try SymbolicLink.target(of: absolute)
        var shown = "-> \(target.text)"
        let content = FileStamp.of(absolute, follow: true)
        let hasContent = content?.isRegular == true
        whole.update(field: CollectionOfOne(UInt8(ascii: hasContent ? "L" : "l")))
        whole.update(field: target.bytes)
        if hasContent {
          let digest = try digester.digest(of: absolute, content)
          whole.update(digest)
          shown += " \(digest.hex)"
        }
        files?[file.path.text] = shown
      } else {
        let digest = try digester.digest(of: absolute, file.stamp)
        whole.update(field: CollectionOfOne(UInt8(ascii: file.stamp.isExecutable ? "x" : "f")))
        whole.update(digest)
        files?[file.path.text] = file.stamp.isExecutable ? "\(digest.hex) executable" : digest.hex
      }
    }
    let digest = whole.finish()
    return Reading(input: InputDigest(digest: digest.hex, files: files), digest: digest)
  }
}

/// Symbolic links.
enum SymbolicLink {
  static func target(of path: FilePath) throws(FilesError) -> FilePath {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = path.withCString { name in
      bytes.withUnsafeMutableBytes { raw in
        raw.assumingMemoryBound(to: CChar.self).baseAddress.map { readlink(name, $0, raw.count) } ?? -1
      }
    }
    guard count >= 0 else { throw .system("read the link", path.text) }
    return FilePath(bytes: Array(bytes[..<count]))
  }
}
