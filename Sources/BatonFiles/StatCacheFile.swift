import Glibc

/// The format in which a ``StatCache`` is kept:
///
/// | bytes | |
/// | --- | --- |
/// | 8 | `BATONST1`: the format and its version |
/// | 8 | number of entries |
/// | 88 each | key, device, inode, size, modified, changed (8 bytes each), digest (32), day of last use (4), four zero bytes |
/// | 32 | BLAKE2b-256 of all that stands before |
///
/// Numbers are little-endian. A file that is anything else, torn or of another version counts as none.
enum StatCacheFile {
  private static let magic = Array("BATONST1".utf8)
  private static let entrySize = 88

  static func read(_ path: FilePath) -> [UInt64: StatCache.Entry]? {
    guard let bytes = FileContent.read(path, atMost: 1 << 30) else { return nil }
    return bytes.withUnsafeBytes { decode($0) }
  }

  static func write(_ entries: [UInt64: StatCache.Entry], to path: FilePath) -> Bool {
    FileContent.replace(path, with: encode(entries))
  }

  private static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt64: StatCache.Entry]? {
    let head = magic.count + 8
    guard bytes.count >= head + 32, bytes.prefix(magic.count).elementsEqual(magic) else { return nil }
    func number(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    func digest(_ offset: Int) -> Digest {
      let words = bytes.loadUnaligned(fromByteOffset: offset, as: (UInt64, UInt64, UInt64, UInt64).self)
      return Digest(words: words)
    }
    let room = bytes.count - head - 32
    guard room % entrySize == 0, number(magic.count) == UInt64(room / entrySize) else { return nil }
    let hash = ContentHash()
    hash.update(UnsafeRawBufferPointer(rebasing: bytes[..<(head + room)]))
    guard hash.finish() == digest(head + room) else { return nil }
    var entries: [UInt64: StatCache.Entry] = [:]
    entries.reserveCapacity(room / entrySize)
    for offset in stride(from: head, to: head + room, by: entrySize) {
      entries[number(offset)] = StatCache.Entry(
        device: number(offset + 8), inode: number(offset + 16), size: Int64(bitPattern: number(offset + 24)),
        modified: Int64(bitPattern: number(offset + 32)), changed: Int64(bitPattern: number(offset + 40)),
        digest: digest(offset + 48), used: UInt32(truncatingIfNeeded: number(offset + 80)))
    }
    return entries
  }

  private static func encode(_ entries: [UInt64: StatCache.Entry]) -> [UInt8] {
    var bytes = magic
    bytes.reserveCapacity(magic.count + 8 + entries.count * entrySize + 32)
    func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    append(UInt64(entries.count))
    for (key, entry) in entries {
      append(key)
      append(entry.device)
      append(entry.inode)
      append(UInt64(bitPattern: entry.size))
      append(UInt64(bitPattern: entry.modified))
      append(UInt64(bitPattern: entry.changed))
      withUnsafeBytes(of: entry.digest.words) { bytes.append(contentsOf: $0) }
      append(UInt64(entry.used))
    }
    let hash = ContentHash()
    bytes.withUnsafeBytes { hash.update($0) }
    withUnsafeBytes(of: hash.finish().words) { bytes.append(contentsOf: $0) }
    return bytes
  }
}
