import BatonModel
import CSodium
import CSystem
import Glibc

/// Datasets of a project: files by name, each version by the digest of what it holds, encrypted at rest.
///
/// - `objects/SHA256`: the file under XChaCha20-Poly1305 in 64 KB pieces (libsodium's secretstream), so that it is read and written in
///   constant memory, and a piece that is missing, moved or altered is noticed.
/// - `versions.jsonl`: what was added, when, by whom, from which versions it was made.
/// - `access.jsonl`: who took which version out, in which run and step.
public struct DatasetStore {
  public struct Version: Sendable, Hashable {
    public var name: String
    /// From 1; of each name.
    public var number: Int
    /// SHA-256 of the content, in hexadecimal.
    public var digest: String
    public var size: Int
    public var time: Instant
    public var by: String
    /// What it was made of: digests.
    public var parents: [String]
    /// How, in the words of who added it.
    public var note: String?
  }

  public struct Access: Sendable, Hashable {
    public var time: Instant
    public var name: String
    public var digest: String
    public var by: String
    public var run: String?
    public var step: String?
  }

  private let folder: String
  private static let magic = Array("baton-dataset/1\n".utf8)
  private static let pieceSize = 1 << 16
  private static let overhead = Int(crypto_secretstream_xchacha20poly1305_ABYTES)
  private static let headerSize = Int(crypto_secretstream_xchacha20poly1305_HEADERBYTES)

  /// - Parameter folder: absolute; made when something is added.
  public init(folder: String) { self.folder = folder }

  // MARK: Versions

  /// In the order in which they were added.
  public func versions() throws(BatonError) -> [Version] {
    try lines("versions.jsonl").map { (value, place) throws(BatonError) in
      guard let name = value["name"]?.string, let number = value["number"]?.integer,
        let digest = value["sha256"]?.string,
        let size = value["size"]?.integer, let time = value["time"]?.integer, let by = value["by"]?.string,
        Self.isDigest(digest)
      else { throw BatonError(.usage, "this is no version of a dataset", at: place) }
      return Version(
        name: name, number: Int(clamping: number), digest: digest, size: Int(clamping: size),
        time: Instant(milliseconds: time), by: by, parents: (value["parents"]?.list ?? []).compactMap(\.string),
        note: value["note"]?.string)
    }
  }

  /// In the order in which they were made.
  public func accesses() throws(BatonError) -> [Access] {
    try lines("access.jsonl").map { (value, place) throws(BatonError) in
      guard let time = value["time"]?.integer, let name = value["name"]?.string, let digest = value["sha256"]?.string,
        let by = value["by"]?.string
      else { throw BatonError(.usage, "this is no access to a dataset", at: place) }
      return Access(
        time: Instant(milliseconds: time), name: name, digest: digest, by: by, run: value["run"]?.string,
        step: value["step"]?.string)
    }
  }

  /// `NAME`: the newest; `NAME@2`: the second; `NAME@1f3a…`: by the beginning of its digest.
  public func find(_ word: String) throws(BatonError) -> Version {
    let all = try versions()
    let parts = word.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let named = all.filter { $0.name == parts[0] }
    guard let newest = named.last else {
      let names = Set(all.map(\.name)).sorted()
      throw BatonError(
        .usage, "there is no dataset \"\(parts[0])\"",
        cure: Names.proposal(for: parts[0], in: names)
          ?? (names.isEmpty ? "baton data add NAME FILE" : "there are \(names.joined(separator: ", "))"))
    }
    guard parts.count == 2 else { return newest }
    if let number = Int(parts[1]), number < 100_000, let found = named.first(where: { $0.number == number }) {
      return found
    }
    let fitting = Set(parts[1].utf8.count >= 6 ? named.filter { $0.digest.hasPrefix(parts[1]) }.map(\.digest) : [])
    if fitting.count == 1, let found = named.last(where: { fitting.contains($0.digest) }) { return found }
    throw BatonError(
      .usage, "the dataset \"\(parts[0])\" has no version \"\(parts[1])\"",
      cure: "it has 1 to \(newest.number); a digest is told by its first six digits or more")
  }

  private static func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { $0.isDigit || (0x61...0x66).contains($0) }
  }

  // MARK: Adding

  /// Takes a file in, and tells its version: the newest one where its content is the same.
  public func add(
    _ name: String, from source: ByteSource, key: MaskKey, by: String, at time: Instant, parents: [String] = [],
    note: String? = nil
  ) throws(BatonError) -> (version: Version, isNew: Bool) {
    guard Names.isValid(name) else {
      throw BatonError(.usage, "\"\(name)\" can't be the name of a dataset", cure: "1 to 100 of A-Z a-z 0-9 _ . -")
    }
    try makeFolders()
    return try locked { () throws(BatonError) in
      let draft = "\(folder)/objects/.draft-\(getpid())"
      let (digest, size) = try seal(source, into: draft, key)
      let before = try versions().filter { $0.name == name }
      if let last = before.last, last.digest == digest, last.parents == parents {
        unlink(draft)
        return (last, false)
      }
      guard rename(draft, "\(folder)/objects/\(digest)") == 0 else { throw Self.failure("\(folder)/objects/\(digest)") }
      let version = Version(
        name: name, number: (before.last?.number ?? 0) + 1, digest: digest, size: size, time: time, by: by,
        parents: parents,
        note: note)
      try append(
        "versions.jsonl",
        [
          "name": .string(name), "number": .integer(Int64(version.number)), "sha256": .string(digest),
          "size": .integer(Int64(size)),
          "time": .integer(time.milliseconds), "by": .string(by), "parents": .list(parents.map(Value.string)),
          "note": note.map(Value.string) ?? .null,
        ])
      return (version, true)
    }
  }

  private func seal(_ source: ByteSource, into path: String, _ key: MaskKey) throws(BatonError) -> (
    digest: String, size: Int
  ) {
    let sink = try ByteSink(path)
    var state = crypto_secretstream_xchacha20poly1305_state()
    var header = [UInt8](repeating: 0, count: Self.headerSize)
    let secret = Self.secret(key)
    _ = crypto_secretstream_xchacha20poly1305_init_push(&state, &header, secret)
    sink.bytes += Self.magic + header
    var hash = crypto_hash_sha256_state()
    _ = crypto_hash_sha256_init(&hash)
    var size = 0
    var pending: [UInt8] = []
    func push(_ piece: ArraySlice<UInt8>, isLast: Bool) throws(BatonError) {
      var box = [UInt8](repeating: 0, count: piece.count + Self.overhead)
      let tag =
        isLast ? crypto_secretstream_xchacha20poly1305_tag_final() : crypto_secretstream_xchacha20poly1305_tag_message()
      let plain = Array(piece)
      _ = crypto_secretstream_xchacha20poly1305_push(&state, &box, nil, plain, UInt64(plain.count), nil, 0, tag)
      sink.bytes += box
      try sink.passOn()
    }
    while true {
      let piece = try source.next()
      if piece.isEmpty { break }
      size += piece.count
      _ = crypto_hash_sha256_update(&hash, piece.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt64(piece.count))
      pending += piece
      var start = 0
      while pending.count - start > Self.pieceSize {
        try push(pending[start..<(start + Self.pieceSize)], isLast: false)
        start += Self.pieceSize
      }
      pending.removeFirst(start)
    }
    try push(pending[...], isLast: true)
    try sink.finish()
    var sum = [UInt8](repeating: 0, count: 32)
    _ = crypto_hash_sha256_final(&hash, &sum)
    return (Self.hex(sum), size)
  }

  private static func secret(_ key: MaskKey) -> [UInt8] { key.subkey("dataset-1") + key.subkey("dataset-2") }

  private static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  // MARK: Taking out

  /// Writes the content of a version. The access is recorded before anything is written.
  public func open(
    _ version: Version, to sink: ByteSink, key: MaskKey, by: String, at time: Instant, run: String? = nil,
    step: String? = nil
  ) throws(BatonError) {
    try locked { () throws(BatonError) in
      try append(
        "access.jsonl",
        [
          "time": .integer(time.milliseconds), "name": .string(version.name), "sha256": .string(version.digest),
          "by": .string(by),
          "run": run.map(Value.string) ?? .null, "step": step.map(Value.string) ?? .null,
        ])
    }
    let path = "\(folder)/objects/\(version.digest)"
    func broken(_ why: String) -> BatonError {
      BatonError(.usage, "\(path) can't be opened: \(why)", cure: "is the key the one that it was added with?")
    }
    let source = try ByteSource(path)
    var state = crypto_secretstream_xchacha20poly1305_state()
    var hash = crypto_hash_sha256_state()
    _ = crypto_hash_sha256_init(&hash)
    var pending: [UInt8] = []
    var isOpen = false
    var isFinal = false
    var isAtEnd = false
    while !isAtEnd {
      let piece = try source.next()
      isAtEnd = piece.isEmpty
      pending += piece
      var start = 0
      if !isOpen {
        let head = Self.magic.count + Self.headerSize
        guard pending.count >= head else {
          if isAtEnd { throw broken("it is cut off") }
          continue
        }
        guard pending.starts(with: Self.magic) else { throw broken("it is no dataset of this layout") }
        let header = Array(pending[Self.magic.count..<head])
        guard crypto_secretstream_xchacha20poly1305_init_pull(&state, header, Self.secret(key)) == 0 else {
          throw broken("its header is wrong")
        }
        isOpen = true
        start = head
      }
      let full = Self.pieceSize + Self.overhead
      while pending.count - start > full || (isAtEnd && pending.count > start) {
        if isFinal { throw broken("something stands behind its end") }
        let box = Array(pending[start..<min(pending.count, start + full)])
        guard box.count >= Self.overhead else { throw broken("it is cut off") }
        var plain = [UInt8](repeating: 0, count: max(1, box.count - Self.overhead))
        var count: UInt64 = 0
        var tag: UInt8 = 0
        guard
          crypto_secretstream_xchacha20poly1305_pull(&state, &plain, &count, &tag, box, UInt64(box.count), nil, 0) == 0
        else {
          throw broken("another key, or it was altered")
        }
        _ = crypto_hash_sha256_update(&hash, plain, count)
        sink.bytes += plain[..<Int(count)]
        try sink.passOn()
        isFinal = tag == crypto_secretstream_xchacha20poly1305_tag_final()
        start += box.count
      }
      pending.removeFirst(start)
    }
    var sum = [UInt8](repeating: 0, count: 32)
    _ = crypto_hash_sha256_final(&hash, &sum)
    guard isFinal else { throw broken("it is cut off") }
    guard Self.hex(sum) == version.digest else { throw broken("it holds something else than its name says") }
    try sink.finish()
  }

  // MARK: Files

  private static func failure(_ path: String) -> BatonError {
    BatonError(.failure, "cannot write \(path): \(String(cString: strerror(errno)))")
  }

  private func makeFolders() throws(BatonError) {
    for path in [folder, "\(folder)/objects"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw Self.failure(path)
    }
  }

  private func locked<Result>(_ body: () throws(BatonError) -> Result) throws(BatonError) -> Result {
    let lock = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw BatonError(.usage, "cannot read \(folder): \(String(cString: strerror(errno)))") }
    defer { close(lock) }
    while flock(lock, LOCK_EX) != 0 && errno == EINTR {}
    return try body()
  }

  private func append(_ name: String, _ value: Value) throws(BatonError) {
    let path = "\(folder)/\(name)"
    let file = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failure(path) }
    defer { close(file) }
    // A line that a crash cut off goes.
    var end = lseek(file, 0, SEEK_END)
    var byte: UInt8 = 0
    while end > 0, pread(file, &byte, 1, end - 1) == 1, byte != 0x0A { end -= 1 }
    guard ftruncate(file, end) == 0 else { throw Self.failure(path) }
    let line = Array((JSON.encode(value) + "\n").utf8)
    guard baton_write_all(file, line, line.count), fsync(file) == 0 else { throw Self.failure(path) }
  }

  /// What counts for nothing in the lists of versions and of who took them out: a last line that a crash cut off.
  public func doubts() throws(BatonError) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for name in ["versions.jsonl", "access.jsonl"] {
      let path = "\(folder)/\(name)"
      let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else {
        if errno == ENOENT { continue }
        throw Self.failure(path)
      }
      defer { close(file) }
      var byte: UInt8 = 0x0A
      let end = lseek(file, 0, SEEK_END)
      guard end > 0, pread(file, &byte, 1, end - 1) == 1, byte != 0x0A else { continue }
      var reader = LineReader(try ByteSource(path))
      var line: [UInt8] = []
      while try reader.next(&line) {}
      found.append(
        Diagnostic(
          "the last line was cut off and counts for nothing",
          at: SourcePlace(file: path, line: Int32(clamping: reader.line)),
          cure: "what it told of was not finished: add it again"))
    }
    return found
  }

  /// A line that was cut off by a crash is the last one, and counts for nothing.
  private func lines(_ name: String) throws(BatonError) -> [(Value, SourcePlace)] {
    let path = "\(folder)/\(name)"
    guard access(path, F_OK) == 0 else { return [] }
    var reader = LineReader(try ByteSource(path))
    var found: [(Value, SourcePlace)] = []
    var line: [UInt8] = []
    var broken: BatonError?
    while try reader.next(&line) {
      if let broken { throw broken }
      do throws(BatonError) {
        found.append((try reader.json(line), SourcePlace(file: path, line: Int32(clamping: reader.line))))
      } catch { broken = error }
    }
    return found
  }
}
