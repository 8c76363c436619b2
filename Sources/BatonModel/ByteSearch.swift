import Glibc

/// Where bytes stand among others for the first time.
package enum ByteSearch {
  /// - Parameter position: where the search begins.
  /// - Returns: where the first occurrence begins; of nothing, the position itself.
  package static func first(_ piece: UnsafeRawBufferPointer, in bytes: UnsafeRawBufferPointer, from position: Int = 0)
    -> Int?
  {
    guard position >= 0, position <= bytes.count else { return nil }
    guard let wanted = piece.baseAddress, let letter = piece.first else { return position }
    guard let base = bytes.baseAddress else { return nil }
    var start = position
    while start + piece.count <= bytes.count,
      let found = memchr(base + start, Int32(letter), bytes.count - piece.count + 1 - start)
    {
      start = UnsafeRawPointer(found) - base
      if memcmp(found, wanted, piece.count) == 0 { return start }
      start += 1
    }
    return nil
  }
}

extension StringProtocol {
  /// The first place where the other text stands, compared byte by byte; nil where it is empty or stands nowhere.
  package func range(of other: String) -> Range<Index>? {
    var other = other
    let length = other.utf8.count
    guard length > 0 else { return nil }
    func place(in bytes: UnsafeRawBufferPointer) -> Int? {
      other.withUTF8 { ByteSearch.first(UnsafeRawBufferPointer($0), in: bytes) }
    }
    let found =
      utf8.withContiguousStorageIfAvailable { place(in: UnsafeRawBufferPointer($0)) }
      ?? Array(utf8).withUnsafeBytes { place(in: $0) }
    guard let start = found else { return nil }
    let first = utf8.index(utf8.startIndex, offsetBy: start)
    return first..<utf8.index(first, offsetBy: length)
  }
}
