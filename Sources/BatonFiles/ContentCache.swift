import BatonModel
import BatonRuntime
import Glibc

/// Keeps what steps made, under a key of what they made it from: the step, its input files, its output patterns.
///
/// In its folder lie `manifests` (``Manifest``), `blobs` (``BlobStore``) and `stat` (``StatCache``). Everything is done on
/// one thread of its own; runs of other processes may use the folder at the same time.
public final class ContentCache: FileCache, Sendable {
  private let worker: SerialWorker
  private let store: Confined<CacheStore>
  private let mailbox: any Mailbox

  /// - Parameters:
  ///   - folder: `.baton/cache` of the project, absolute; made when something is written to it.
  ///   - run: the id of the run, noted with what it makes.
  ///   - listings: where the paths and digests of inputs are written, for who asks later which of them changed; nil: nowhere.
  public convenience init(folder: String, run: String, listings: String? = nil, mailbox: any Mailbox) {
    self.init(folder: folder, run: run, listings: listings, mailbox: mailbox, now: { StatCache.wallClock() })
  }

  init(
    folder: String, run: String, listings: String? = nil, mailbox: any Mailbox, now: @escaping @Sendable () -> Int64
  ) {
    let store = Confined {
      CacheStore(folder: FilePath(folder), run: run, listings: listings.map { FilePath($0) }, now: now)
    }
    self.store = store
    self.mailbox = mailbox
    worker = SerialWorker(whenIdle: { store.value.saveStatCache(atOnce: false) })
  }

  public func probe(_ request: CacheRequest) {
    let (store, mailbox) = (store, mailbox)
    let isTaken = worker.submit {
      mailbox.post(.probed(request.ticket, store.value.probe(request)))
    }
    if !isTaken { mailbox.post(.probed(request.ticket, .failed(ContentCache.noThread))) }
  }

  public func save(_ request: CacheRequest, values: [String: Value]) {
    let (store, mailbox) = (store, mailbox)
    let isTaken = worker.submit {
      mailbox.post(.saved(request.ticket, store.value.save(request, values: values)))
    }
    if !isTaken { mailbox.post(.saved(request.ticket, .failed(ContentCache.noThread))) }
  }

  /// What inputs contain now; worked out on the cache's thread, while the caller waits.
  ///
  /// - Parameters:
  ///   - patterns: see ``GlobSet``. None match nothing, which is an answer too.
  ///   - workingDirectory: absolute; patterns are relative to it.
  /// - Throws: when a pattern is malformed or a file cannot be read.
  public func inputs(_ patterns: [String], in workingDirectory: String) throws(BatonError) -> InputDigest {
    let store = store
    let answer = worker.perform { () -> Result<InputDigest, FilesError> in
      Result { () throws(FilesError) in try store.value.inputs(workingDirectory, patterns).input }
    }
    switch answer {
    case .success(let digest): return digest
    case .failure(let error): throw BatonError(.failure, error.message)
    case nil: throw BatonError(.failure, ContentCache.noThread)
    }
  }

  /// What a container's image is made of now (``ImageSource``); worked out as ``inputs(_:in:)`` are.
  public func image(at path: String) throws(BatonError) -> String {
    let store = store
    let answer = worker.perform { () -> Result<Digest, FilesError> in
      Result { () throws(FilesError) in try store.value.image(path) }
    }
    switch answer {
    case .success(let digest): return digest.hex
    case .failure(let error): throw BatonError(.failure, error.message)
    case nil: throw BatonError(.failure, ContentCache.noThread)
    }
  }

  /// Finishes what was asked for, keeps what was learned of files, and ends the thread.
  public func close() {
    let store = store
    if worker.hasBegun { worker.submit { store.value.saveStatCache(atOnce: true) } }
    worker.close()
  }

  private static let noThread = "the cache's thread cannot be started, or the cache is closed"
}

/// A value that is made and used on one thread alone.
private final class Confined<Wrapped>: @unchecked Sendable {
  // Sound because only pieces of work of one `SerialWorker` touch `value`.
  private let make: @Sendable () -> Wrapped
  private(set) lazy var value = make()

  init(_ make: @escaping @Sendable () -> Wrapped) { self.make = make }
}
