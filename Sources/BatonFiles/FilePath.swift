import Glibc

/// A path as the system has it: bytes, not always UTF-8.
public struct FilePath: Sendable, Hashable, Comparable {
  public var bytes: [UInt8]

  public init(bytes: [UInt8]) { self.bytes = bytes }
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// For people; what is not UTF-8 is replaced.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// By bytes.
  public static func < (left: FilePath, right: FilePath) -> Bool { left.bytes.precedes(right.bytes) }

  /// This path, read from that folder: an absolute path stays as it is.
  public func resolved(in folder: FilePath) -> FilePath {
    if bytes.first == UInt8(ascii: "/") || folder.bytes.isEmpty { return self }
    var joined = folder.bytes
    joined.reserveCapacity(joined.count + bytes.count + 1)
    if joined.last != UInt8(ascii: "/") { joined.append(UInt8(ascii: "/")) }
    joined.append(contentsOf: bytes)
    return FilePath(bytes: joined)
  }

  /// All but the last component; nil where there is but one.
  var parent: FilePath? {
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return FilePath(bytes: Array(bytes[..<max(slash, 1)]))
  }

  /// Gives the path as C wants it.
  func withCString<Output>(_ body: (UnsafePointer<CChar>) -> Output) -> Output {
    var terminated = bytes
    terminated.append(0)
    return terminated.withUnsafeBytes { raw in
      // Never empty: it has its terminator.
      body(raw.assumingMemoryBound(to: CChar.self).baseAddress!)
    }
  }
}

extension [UInt8] {
  /// Lexicographic order of bytes.
  func precedes(_ other: [UInt8]) -> Bool {
    let order = withUnsafeBytes { left in
      other.withUnsafeBytes { right -> Int32 in
        guard let a = left.baseAddress, let b = right.baseAddress else { return 0 }
        return memcmp(a, b, Swift.min(left.count, right.count))
      }
    }
    return order == 0 ? count < other.count : order < 0
  }
}
