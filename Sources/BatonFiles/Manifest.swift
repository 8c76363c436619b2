import BatonCore
import BatonModel
import Glibc

/// What a step left behind when it succeeded: its outputs and values, kept under its key as `manifests/ab/cdef…`.
///
/// The file is JSON: `{"check": digest of the rest, "entry": {"version": 1, "run", "stored", "outputs": […], "values": {…}, "kept": what it measured, "items": digest}}`,
/// where an output is `{"path", "digest", "size", "mode"}` or `{"path", "link"}`; a path that is not UTF-8 stands as
/// `{"hex": "…"}`.
struct Manifest {
  struct Output: Equatable {
    enum Content: Equatable {
      /// `mode`: the permissions, as the low nine bits of `st_mode`.
      case file(Digest, size: Int64, mode: UInt32)
      case link(FilePath)
    }

    /// As the pattern goes: relative to the step's folder, or absolute.
    var path: FilePath
    var content: Content
  }

  static let version: Int64 = 1

  /// The run that made it.
  var run: String
  /// RFC 3339.
  var stored: String
  var outputs: [Output]
  var values: [String: Value]
  /// What it measured.
  var kept: KeptResults?
  /// The items of its results.
  var items: Digest?

  /// The content of all outputs' files, and of the items.
  var digests: [Digest] {
    outputs.compactMap { output in
      if case .file(let digest, _, _) = output.content { digest } else { nil }
    } + (items.map { [$0] } ?? [])
  }

  static func place(of key: Digest, in folder: FilePath) -> FilePath {
    let hex = key.hex
    return FilePath("\(hex.prefix(2))/\(hex.dropFirst(2))").resolved(in: folder)
  }

  /// Reads a manifest; nil when there is none, or one that is torn, foreign or of another version.
  static func read(_ path: FilePath) -> Manifest? {
    guard let bytes = FileContent.read(path, atMost: 1 << 28), let whole = try? JSON.decode(bytes),
      let entry = whole["entry"], whole["check"]?.string == ContentHash.digest(of: JSON.encode(entry)).hex
    else { return nil }
    return Manifest(entry)
  }

  var encoded: [UInt8] {
    var entry: [String: Value] = [
      "version": .integer(Manifest.version), "run": .string(run), "stored": .string(stored),
      "outputs": .list(outputs.map(Manifest.encode)), "values": .map(values),
    ]
    if let kept { entry["kept"] = kept.value }
    if let items { entry["items"] = .string(items.hex) }
    let text = JSON.encode(.map(entry))
    return Array(#"{"check":"\#(ContentHash.digest(of: text).hex)","entry":\#(text)}"#.utf8)
  }

  private init?(_ entry: Value) {
    guard entry["version"] == .integer(Manifest.version), let run = entry["run"]?.string,
      let stored = entry["stored"]?.string, let list = entry["outputs"]?.list, let values = entry["values"]?.map
    else { return nil }
    let outputs = list.compactMap(Manifest.decode)
    guard outputs.count == list.count else { return nil }
    self.init(run: run, stored: stored, outputs: outputs, values: values)
    if let told = entry["kept"] {
      kept = KeptResults(told)
      guard kept != nil else { return nil }
    }
    if let hex = entry["items"]?.string {
      items = Digest(hex: hex)
      guard items != nil else { return nil }
    }
  }

  init(run: String, stored: String, outputs: [Output], values: [String: Value]) {
    self.run = run
    self.stored = stored
    self.outputs = outputs
    self.values = values
  }

  private static func encode(_ output: Output) -> Value {
    switch output.content {
    case .file(let digest, let size, let mode):
      [
        "path": output.path.encoded, "digest": .string(digest.hex), "size": .integer(size),
        "mode": .integer(Int64(mode)),
      ]
    case .link(let target): ["path": output.path.encoded, "link": target.encoded]
    }
  }

  private static func decode(_ value: Value) -> Output? {
    guard let path = FilePath(encoded: value["path"]) else { return nil }
    if let target = FilePath(encoded: value["link"]) { return Output(path: path, content: .link(target)) }
    guard let digest = value["digest"]?.string.flatMap({ Digest(hex: $0) }), let size = value["size"]?.integer,
      let mode = value["mode"]?.integer.flatMap({ UInt32(exactly: $0) })
    else { return nil }
    return Output(path: path, content: .file(digest, size: size, mode: mode & 0o777))
  }
}

extension FilePath {
  fileprivate var encoded: Value {
    if let text = String(validating: bytes, as: UTF8.self) { return .string(text) }
    let digits = Array("0123456789abcdef")
    return ["hex": .string(String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }))]
  }

  fileprivate init?(encoded value: Value?) {
    switch value {
    case .string(let text) where !text.isEmpty: self.init(text)
    case .map(let fields):
      guard let digits = fields["hex"]?.string?.utf8.map({ $0 }), !digits.isEmpty, digits.count.isMultiple(of: 2)
      else { return nil }
      var bytes: [UInt8] = []
      for index in stride(from: 0, to: digits.count, by: 2) {
        guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(byte)
      }
      self.init(bytes: bytes)
    default: return nil
    }
  }
}
