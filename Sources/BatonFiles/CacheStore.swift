import BatonCore
import BatonModel
import BatonRuntime
import Glibc

/// The cache's work, as it is done on its thread.
final class CacheStore {
  private let manifests: FilePath
  private let blobs: BlobStore
  private let staging: FilePath
  private let digester: FileDigester
  private let reader: InputReader
  private let run: String
  private let listings: FilePath?
  /// Whose paths are written already.
  private var listed: Set<Digest> = []
  private let now: () -> Int64
  private var statsSaved: Int64 = 0
  /// What the inputs of a step contained when it was probed, until it is saved; by ``identity(_:)``.
  private var probed: [Digest: Digest] = [:]

  init(folder: FilePath, run: String, listings: FilePath?, now: @escaping () -> Int64) {
    manifests = FilePath("manifests").resolved(in: folder)
    blobs = BlobStore(folder: FilePath("blobs").resolved(in: folder))
    staging = FilePath("staging").resolved(in: folder)
    digester = FileDigester(cache: StatCache(path: FilePath("stat").resolved(in: folder), now: now))
    reader = InputReader(digester: digester)
    self.run = run
    self.listings = listings
    self.now = now
  }

  func inputs(_ folder: String, _ patterns: [String]) throws(FilesError) -> InputReader.Reading {
    let reading = try reader.read(FilePath(folder), patterns)
    list(reading)
    return reading
  }

  func image(_ path: String) throws(FilesError) -> Digest { try ImageSource(at: path).digest(reader) }

  /// Writes which files the inputs were, for who asks later what changed. Where that fails, the answer says less.
  private func list(_ reading: InputReader.Reading) {
    guard let listings, let files = reading.input.files, listed.insert(reading.digest).inserted else { return }
    let place = FilePath("\(reading.digest.hex).json").resolved(in: listings)
    guard FileStamp.of(place) == nil, Folder.create(listings) else { return }
    _ = FileContent.replace(place, with: Array(JSON.encode(.map(files.mapValues { .string($0) })).utf8))
  }

  func probe(_ request: CacheRequest) -> CacheAnswer {
    let reading: InputReader.Reading
    do throws(FilesError) { reading = try inputs(request.workingDirectory, request.inputs) } catch {
      return .failed(error.message)
    }
    probed[identity(request)] = reading.digest
    if request.ignoreStored { return .miss(inputs: reading.input) }
    let place = Manifest.place(of: key(request, reading.digest), in: manifests)
    guard let manifest = Manifest.read(place), (manifest.kept?.sources ?? "") == request.sources,
      bringBack(manifest.items, to: request.items)
    else { return .miss(inputs: reading.input) }
    let restorer = OutputRestorer(blobs: blobs, staging: staging, digester: digester)
    switch restorer.restore(manifest, in: FilePath(request.workingDirectory)) {
    case .incomplete: return .miss(inputs: reading.input)
    case .complete(let restored):
      // In use: not to be collected.
      place.withCString { _ = utimensat(AT_FDCWD, $0, nil, 0) }
      return .hit(inputs: reading.input, values: manifest.values, restored: restored, kept: manifest.kept)
    }
  }

  /// Puts the items of results in their place; false where they are gone. They appear there whole.
  private func bringBack(_ items: Digest?, to place: String) -> Bool {
    guard let items else { return true }
    let target = FilePath(place)
    let made = FilePath(place + ".new")
    guard !place.isEmpty, let parent = target.parent, Folder.create(parent) else { return false }
    made.remove()
    FaultPoint.reach("cache.restoring-results")
    guard case .copied? = try? blobs.fetch(items, to: made) else {
      made.remove()
      return false
    }
    return made.move(to: target)
  }

  /// Artifacts are kept whatever becomes of the outputs: they are what one looks at when something went wrong.
  func save(_ request: CacheRequest, values: [String: Value]) -> SaveAnswer {
    let trouble = keepArtifacts(request)
    do throws(FilesError) {
      let set: GlobSet
      do throws(GlobError) { set = try GlobSet(request.outputs) } catch { throw FilesError(error.text) }
      let matches = try set.matches(in: FilePath(request.workingDirectory))
      guard matches.unmatched.isEmpty else { return .missingOutputs(matches.unmatched) }
      if request.stores { try keepOutputs(matches.files, of: request, values) }
    } catch {
      return .failed([error.message, trouble].compactMap { $0 }.joined(separator: "; "))
    }
    return trouble.map { .failed($0) } ?? .saved
  }

  /// What went wrong with the artifacts; nil where nothing did.
  private func keepArtifacts(_ request: CacheRequest) -> String? {
    guard !request.artifacts.isEmpty else { return nil }
    switch ArtifactKeeper(mask: request.mask).keep(
      request.artifacts, from: request.workingDirectory, to: request.artifactFolder)
    {
    case .failure(let error): return error.message
    case .success(let kept) where kept.unmatched.isEmpty: return nil
    case .success(let kept):
      return "nothing matches the artifacts \(kept.unmatched.map { "\"\($0)\"" }.joined(separator: ", "))"
    }
  }

  private func keepOutputs(
    _ files: [FoundFile], of request: CacheRequest, _ values: [String: Value]
  ) throws(FilesError) {
    let folder = FilePath(request.workingDirectory)
    let inputs = try inputs(request.workingDirectory, request.inputs).digest
    if let before = probed.removeValue(forKey: identity(request)), before != inputs {
      throw FilesError("its inputs changed while it ran")
    }
    var outputs: [Manifest.Output] = []
    outputs.reserveCapacity(files.count)
    for file in files { outputs.append(try keep(file, in: folder)) }
    var manifest = Manifest(run: run, stored: Instant(nanoseconds: now()).rfc3339, outputs: outputs, values: values)
    manifest.kept = request.kept
    if request.kept?.summary?.file != nil { manifest.items = try blobs.put(FilePath(request.items)).digest }
    FaultPoint.reach("cache.before-manifest")
    let place = Manifest.place(of: key(request, inputs), in: manifests)
    guard FileContent.replace(place, with: manifest.encoded) else { throw .system("write", place.text) }
  }

  /// Writes what was learned of files; when there is no hurry, once in a while.
  func saveStatCache(atOnce: Bool) {
    let now = now()
    guard digester.cache.isDirty, atOnce || now - statsSaved > 5_000_000_000 || now < statsSaved else { return }
    statsSaved = now
    digester.cache.save()
  }

  private func keep(_ file: FoundFile, in folder: FilePath) throws(FilesError) -> Manifest.Output {
    let path = file.path.resolved(in: folder)
    if file.stamp.isLink {
      return Manifest.Output(path: file.path, content: .link(try SymbolicLink.target(of: path)))
    }
    let mode = file.stamp.permissions & 0o777
    if let known = digester.cache.digest(of: path, file.stamp), blobs.touch(known) {
      return Manifest.Output(path: file.path, content: .file(known, size: file.stamp.size, mode: mode))
    }
    let copied = try blobs.put(path)
    if copied.size == copied.stamp.size, FileStamp.of(path) == copied.stamp {
      digester.cache.remember(path, copied.stamp, copied.digest)
    }
    return Manifest.Output(path: file.path, content: .file(copied.digest, size: copied.size, mode: mode))
  }

  /// Under which a result is kept.
  private func key(_ request: CacheRequest, _ inputs: Digest) -> Digest {
    let hash = ContentHash()
    hash.update(field: "baton cache \(Manifest.version)".utf8)
    hash.update(field: request.base.utf8)
    hash.update(inputs)
    for pattern in request.outputs { hash.update(field: pattern.utf8) }
    return hash.finish()
  }

  /// The same for the probe and the save of one step.
  private func identity(_ request: CacheRequest) -> Digest {
    let hash = ContentHash()
    hash.update(field: request.workingDirectory.utf8)
    hash.update(field: request.base.utf8)
    for pattern in request.inputs { hash.update(field: pattern.utf8) }
    hash.update(field: [])
    for pattern in request.outputs { hash.update(field: pattern.utf8) }
    return hash.finish()
  }
}
