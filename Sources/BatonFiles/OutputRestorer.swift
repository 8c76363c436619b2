import BatonModel
import BatonRuntime
import Glibc

/// Puts the outputs of a manifest back in place.
struct OutputRestorer {
  let blobs: BlobStore
  /// Where files are made ready before the first of them is moved.
  let staging: FilePath
  let digester: FileDigester

  enum Answer: Equatable {
    /// All outputs are as the manifest says; so many had to be written.
    case complete(restored: Int)
    /// A blob is gone, or a place cannot be written to: the work must be done again.
    case incomplete
  }

  /// Nothing in the folder changes before all that is missing has been fetched and checked. Files that the manifest does
  /// not name are left alone.
  func restore(_ manifest: Manifest, in folder: FilePath) -> Answer {
    let missing = manifest.outputs.filter { !isInPlace($0, in: folder) }
    guard !missing.isEmpty else { return .complete(restored: 0) }
    guard let stage = makeStage() else { return .incomplete }
    defer { clear(stage, count: missing.count) }
    for (index, output) in missing.enumerated() {
      guard prepare(output, at: FilePath("\(index)").resolved(in: stage)) else { return .incomplete }
    }
    for (index, output) in missing.enumerated() {
      FaultPoint.reach("cache.restoring")
      let target = output.path.resolved(in: folder)
      guard let parent = target.parent, Folder.create(parent),
        move(FilePath("\(index)").resolved(in: stage), to: target, output)
      else { return .incomplete }
    }
    return .complete(restored: missing.count)
  }

  private func isInPlace(_ output: Manifest.Output, in folder: FilePath) -> Bool {
    let path = output.path.resolved(in: folder)
    guard let stamp = FileStamp.of(path) else { return false }
    switch output.content {
    case .link(let target): return stamp.isLink && (try? SymbolicLink.target(of: path)) == target
    case .file(let digest, let size, let mode):
      return stamp.isRegular && stamp.size == size && stamp.permissions & 0o777 == mode
        && (try? digester.digest(of: path, stamp)) == digest
    }
  }

  private func makeStage() -> FilePath? {
    guard Folder.create(staging),
      let (path, descriptor) = TemporaryFile.create(beside: FilePath("x").resolved(in: staging))
    else { return nil }
    close(descriptor)
    path.remove()
    return path.withCString { mkdir($0, 0o777) } == 0 ? path : nil
  }

  private func clear(_ stage: FilePath, count: Int) {
    for index in 0..<count { FilePath("\(index)").resolved(in: stage).remove() }
    stage.withCString { _ = rmdir($0) }
  }

  private func prepare(_ output: Manifest.Output, at place: FilePath) -> Bool {
    switch output.content {
    case .link(let target): return target.withCString { target in place.withCString { symlink(target, $0) } } == 0
    case .file(let digest, _, let mode):
      guard case .copied? = try? blobs.fetch(digest, to: place) else { return false }
      return place.withCString { chmod($0, mode) } == 0
    }
  }

  /// Moves a prepared file over what is there; on another file system it is copied beside it first.
  private func move(_ prepared: FilePath, to target: FilePath, _ output: Manifest.Output) -> Bool {
    if prepared.move(to: target) { return true }
    guard errno == EXDEV, let (temporary, descriptor) = TemporaryFile.create(beside: target) else { return false }
    defer { close(descriptor) }
    let isReady: Bool
    switch output.content {
    case .link(let link):
      temporary.remove()
      isReady = link.withCString { link in temporary.withCString { symlink(link, $0) } } == 0
    case .file(let digest, _, let mode):
      let copied = try? FileCopier().copy(prepared, to: descriptor, named: temporary)
      isReady = copied?.digest == digest && fchmod(descriptor, mode) == 0
    }
    if isReady, temporary.move(to: target) { return true }
    temporary.remove()
    return false
  }
}
