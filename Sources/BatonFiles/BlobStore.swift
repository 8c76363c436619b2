import BatonModel
import BatonRuntime
import Glibc

/// Contents of files, each once, under the name of its digest: `blobs/ab/cdef…`.
///
/// A blob appears under its name when it is whole (rename), so that runs may write at the same time. Nothing is forced to
/// the disk: what a crash of the machine tore is found by its digest when it is fetched.
struct BlobStore {
  let folder: FilePath
  private let copier = FileCopier()

  init(folder: FilePath) { self.folder = folder }

  func path(of digest: Digest) -> FilePath {
    let hex = digest.hex
    return FilePath("\(hex.prefix(2))/\(hex.dropFirst(2))").resolved(in: folder)
  }

  func has(_ digest: Digest) -> Bool { FileStamp.of(path(of: digest))?.isRegular == true }

  /// Marks a blob as young, so that no collection takes it before its manifest is written. False when it is not there.
  func touch(_ digest: Digest) -> Bool { path(of: digest).withCString { utimensat(AT_FDCWD, $0, nil, 0) } == 0 }

  /// Keeps the content of a file.
  func put(_ file: FilePath) throws(FilesError) -> FileCopier.Copied {
    let entrance = FilePath("entering").resolved(in: folder)
    guard let (temporary, descriptor) = TemporaryFile.create(beside: entrance) else {
      throw .system("write to", folder.text)
    }
    let copied: FileCopier.Copied
    do throws(FilesError) {
      defer { close(descriptor) }
      copied = try copier.copy(file, to: descriptor, named: temporary)
    } catch {
      temporary.remove()
      throw error
    }
    let place = path(of: copied.digest)
    guard let parent = place.parent, Folder.create(parent), temporary.move(to: place) else {
      let code = errno
      temporary.remove()
      throw .system("write", place.text, code)
    }
    FaultPoint.reach("cache.blob-written")
    return copied
  }

  enum Fetched {
    case copied
    /// Not there, or its content is not what its name says; then it is removed.
    case gone
  }

  /// Copies a blob into a new file, and checks it on the way.
  func fetch(_ digest: Digest, to target: FilePath) throws(FilesError) -> Fetched {
    guard has(digest) else { return .gone }
    let descriptor = target.withCString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
    guard descriptor >= 0 else { throw .system("write", target.text) }
    defer { close(descriptor) }
    let copied = try copier.copy(path(of: digest), to: descriptor, named: target)
    guard copied.digest == digest else {
      path(of: digest).remove()
      return .gone
    }
    return .copied
  }
}

extension FilePath {
  /// Removes a file that may be gone already.
  func remove() { withCString { _ = unlink($0) } }

  /// Moves a file over what is there, within a file system. False, and `errno` says why, when it cannot be.
  func move(to target: FilePath) -> Bool {
    withCString { from in target.withCString { rename(from, $0) } } == 0
  }
}
